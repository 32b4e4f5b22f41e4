"""The card of a learned animator: what it does, what it was made from, and how well it was found to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avatron.motion.decoder.view import TimeView
from avatron.training.motion.recipe import MotionRecipe

__all__ = ["card_of"]


def card_of(
    recipe: MotionRecipe,
    parameters: int,
    view: TimeView,
    learned_on: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> bytes:
    """`CARD.md` of `recipe`; `measured` is a table of names and values."""
    data = "\n".join(
        f"- **{source['name']}**: {source['use']}; {source['licence']}, {source['source']}"
        for source in recipe.provenance
    )
    rows = "\n".join(f"| {name} | {value} |" for name, value in measured.items())
    table = f"\n## Measured\n\n| | |\n|---|---|\n{rows}\n" if rows else ""
    ahead_ms = 1000 * view.look_ahead_columns * learned_on["hop_length"] / learned_on["sample_rate"]
    return (
        f"# The animator `{recipe.name}`\n\n{recipe.description}\n\n"
        f"{parameters:,} parameters; it sees {ahead_ms:.0f} ms of what comes next. Ways of moving: "
        f"{', '.join(f'`{subject}`' for subject in recipe.subjects)}. It moves mouth, jaw, cheeks and tongue; lids, "
        "gaze, brows, head and breath are moved by the idle layers.\n\n"
        f"Licence of the weights: {recipe.licence}. Trained for {recipe.loop.steps} steps of "
        f"{recipe.stage.windows.batch} windows of {recipe.stage.windows.frames} frames.\n\n"
        f"It has learned the motion of few people, who consented to research with their recordings: it says nothing "
        "about how anybody else speaks, and must not be shown as if it were somebody's own face.\n\n"
        f"## Data\n\n{data}\n{table}"
    ).encode()
