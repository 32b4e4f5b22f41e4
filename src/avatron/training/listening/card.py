"""The card of an encoder of speech: what it hears, what it was made from, and how well it was found to work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avatron.training.listening.recipe import EncoderRecipe
from avatron.voice.listening.features import COLUMN_S, HEARING

__all__ = ["card_of"]


def card_of(recipe: EncoderRecipe, measured: Mapping[str, Any]) -> bytes:
    """`CARD.md` of `recipe`; `measured` is a table of names and values."""
    before, after = recipe.network.context
    window_s = HEARING.window_length / 2 / HEARING.sample_rate
    data = "\n".join(
        f"- **{source['name']}**: {source['use']}; {source['licence']}, {source['source']}"
        for source in recipe.provenance
    )
    rounds = "; ".join(
        f"{turn.name}: {turn.loop.steps} steps of {turn.stage.batch} excerpts of "
        f"{turn.stage.columns * COLUMN_S:.1f} s from {', '.join(turn.corpora)}"
        for turn in recipe.rounds
    )
    rows = "\n".join(f"| {name} | {value} |" for name, value in measured.items())
    table = f"\n## Measured\n\n| | |\n|---|---|\n{rows}\n" if rows else ""
    return (
        f"# The encoder of recorded speech `{recipe.name}`\n\n"
        "Recorded speech in, and for each column of the mel clock (86 a second) what the text encoder of the built-in "
        "voices would have said, and how likely each of 70 sounds is (silence, consonants, vowels by their stress). It "
        "knows no words, and nothing of who speaks. Other languages are heard as the sounds of American English.\n\n"
        "| | |\n|---|---|\n"
        f"| licence of the weights | {recipe.licence} |\n"
        f"| hears | {HEARING.bins} mel bins of {HEARING.sample_rate} Hz, freed of loudness by a level that follows the "
        "past |\n"
        f"| depends on | {before * COLUMN_S:.2f} s before a column, {(after + 1) * COLUMN_S + window_s:.2f} s after |\n"
        f"| learned from | the text encoder of the voice `{recipe.voice}` |\n"
        f"| trained | {rounds}; recordings changed by noise, babble, rooms, microphones, codecs, speed and level |\n"
        f"\n## Data\n\n{data}\n\nTwo men and a woman who read, American and British. Children, singing and strong "
        f"accents were not heard in training.\n{table}"
    ).encode()
