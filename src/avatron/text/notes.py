"""Remarks on a text that was spoken all the same: a foreign name, a dropped emoji. Values, not log lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Note", "NoteListener", "ignore_note"]


@dataclass(frozen=True)
class Note:
    """One remark."""

    kind: str
    """`control`, `foreign`, `dropped` or `guessed`."""
    message: str
    """One line for people."""

    def __str__(self) -> str:
        return self.message


NoteListener = Callable[[Note], None]


def ignore_note(note: Note) -> None:
    """Hears nothing."""
