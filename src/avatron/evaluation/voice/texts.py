"""Texts that nobody has recorded: a hundred sentences of our own, or the user's."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from avatron.errors import UnreadableFileError

__all__ = ["new_sentences", "read_texts"]


def new_sentences() -> tuple[str, ...]:
    """The hundred: dialogue, news, numbers, dates, names, lists, questions, exclamations, parentheses, abbreviations,
    tongue twisters, short and long."""
    text = files("avatron").joinpath("data/text/new_sentences.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def read_texts(path: Path) -> tuple[str, ...]:
    """The lines of a UTF-8 file, empty ones left out.

    Raises:
        UnreadableFileError: not readable, not UTF-8, or without a line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"`{path}` cannot be read ({error}); expected UTF-8, one text a line") from error
    texts = tuple(line.strip() for line in lines if line.strip())
    if not texts:
        raise UnreadableFileError(f"`{path}` is empty; expected one text a line")
    return texts
