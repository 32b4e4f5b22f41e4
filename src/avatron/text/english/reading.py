"""What a rule of reading gives: the words that stand for a stretch of text.

A spoken word is a string: a word in lower case, one capital for the name of a letter (`F`, `B`, `I`), or one of the
pauses `,` and `;`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Reading", "Rule", "letters"]


@dataclass(frozen=True)
class Reading:
    """A stretch of text, up to `end`, is said as these words."""

    end: int
    words: tuple[str, ...]


Rule = Callable[[str, int], Reading | None]
"""Reads the text at a place, if it is what the rule is for; the place is the start of a word."""


def letters(text: str) -> tuple[str, ...]:
    """The letters of the text, each said by its name."""
    return tuple(letter.upper() for letter in text if letter.isalpha())
