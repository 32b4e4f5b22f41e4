"""The card of a lip reader: what it reads, what it was made from, and how well it was found to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avatron.training.lips.recipe import LipRecipe

__all__ = ["card_of"]


def card_of(recipe: LipRecipe, measured: Mapping[str, Any]) -> bytes:
    """`CARD.md` of `recipe`; `measured` is a table of names and values."""
    data = "\n".join(
        f"- **{source['name']}**: {source['use']}; {source['licence']}, {source['source']}"
        for source in recipe.provenance
    )
    rows = "\n".join(f"| {name} | {value} |" for name, value in measured.items())
    table = f"\n## Measured\n\n| | |\n|---|---|\n{rows}\n" if rows else ""
    return (
        f"# The lip reader `{recipe.name}`\n\n"
        "From a crop of the mouth, 96 x 72 px and upright: twenty points about the outer and twenty about the inner "
        "contour of the lips, each with its deviation; how far the lips are apart; whether they are closed. It says "
        "nothing about who somebody is or what they say.\n\n"
        f"Licence of the weights: {recipe.licence}. Trained for {recipe.loop.steps} steps of {recipe.stage.batch} "
        f"pictures.\n\n## Data\n\n{data}\n{table}"
    ).encode()
