"""The card of a point reader: what it reads, what it was made from, and how well it was found to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avatron.training.points.recipe import PointRecipe

__all__ = ["card_of"]


def card_of(recipe: PointRecipe, measured: Mapping[str, Any]) -> bytes:
    """`CARD.md` of `recipe`; `measured` is a table of names and values."""
    data = "\n".join(
        f"- **{source['name']}**: {source['use']}; {source['licence']}, {source['source']}"
        for source in recipe.provenance
    )
    rows = "\n".join(f"| {name} | {value} |" for name, value in measured.items())
    table = f"\n## Measured\n\n| | |\n|---|---|\n{rows}\n" if rows else ""
    return (
        f"# The point reader `{recipe.name}`\n\n"
        "From a crop of the face, 128 x 128 px and upright: where MediaPipe's 478 points lie on the head model of this "
        "package, each with its deviation. It says nothing about who somebody is.\n\n"
        f"Licence of the weights: {recipe.licence}. Trained for {recipe.loop.steps} steps of {recipe.stage.batch} "
        f"pictures.\n\n## Data\n\n{data}\n{table}"
    ).encode()
