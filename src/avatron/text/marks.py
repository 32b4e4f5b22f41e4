"""All marks of a script, in plain text or SSML."""

from __future__ import annotations

from avatron.text.marked import MarkedText
from avatron.text.markup import parse_markup
from avatron.text.notes import NoteListener, ignore_note
from avatron.text.ssml import holds_ssml, note_unknown_tag, parse_ssml

__all__ = ["parse_marks"]


def parse_marks(text: str, on_note: NoteListener = ignore_note) -> MarkedText:
    """The text as it is shown, and what its marks say.

    Raises:
        MarkError: as `parse_markup` and `parse_ssml`.
        PronunciationError: likewise.
    """
    if holds_ssml(text):
        return parse_ssml(text, on_note)
    note_unknown_tag(text, on_note)
    return parse_markup(text, on_note)
