"""The card of a voice: whose it is, what it was made of and how, for the people who are handed the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from avatron.training.recipe import VoiceRecipe

__all__ = ["CARD", "card_of"]

CARD = "CARD.md"


def card_of(recipe: VoiceRecipe, run: Path, minutes: Mapping[str, float]) -> bytes:
    """`CARD.md` of the run's folder if somebody has written one, else one that is made from the recipe.

    `minutes` says how much speech was trained on and held out.
    """
    own = run / CARD
    if own.is_file():
        return own.read_bytes()
    rows = [
        ("licence of the weights", recipe.licence),
        ("languages", ", ".join(recipe.languages)),
        ("made from", f"the voice `{recipe.base_voice}`, by a small change" if recipe.base_voice else "nothing"),
        *((f"speech {what}", f"{length:.1f} minutes") for what, length in minutes.items()),
        ("stages", ", ".join(f"{stage.name} ({stage.loop.steps} steps)" for stage in recipe.stages)),
    ]
    data = [
        f"- **{source.get('name', 'unnamed')}**: {source.get('use', 'trained on')}; "
        f"{source.get('licence', 'no licence')}, {source.get('source', 'source not said')}"
        for source in recipe.provenance
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    listed = "\n".join(data)
    return (
        f"# The voice `{recipe.name}`\n\n{recipe.description}.\n\n| | |\n|---|---|\n{table}\n\n## Data\n\n{listed}\n\n"
        "It is the voice of a real person. Do not use it to pretend that they said something.\n"
    ).encode()
