"""What is removed or folded before a text is read: control and invisible characters, odd spaces, wide letters."""

from __future__ import annotations

import re
import unicodedata

from avatron.text.notes import Note, NoteListener, ignore_note

__all__ = ["clean_text", "fold_typography", "strip_accents"]

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
_PLAIN = re.compile(r"[\x00-\x7f]*")
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\ufe63\uff0d", "-"),
        **dict.fromkeys("\u2015\u2e3a\u2e3b", "\u2014"),
        **dict.fromkeys("\u2212\u207b", "-"),
        **dict.fromkeys("\u3001\uff0c\u060c", ","),
        **dict.fromkeys("\u3002\uff0e", "."),
        "\uff01": "!", "\uff1f": "?", "\u061f": "?", "\uff1a": ":", "\uff1b": ";", "\u00ba": "\u00b0",
        "\u02da": "\u00b0",
        "\u2044": "/", "\u2215": "/", "\uff05": "%", "\uff04": "$", "\uff06": "&", "\u200a": " ",
    }
)  # fmt: skip
"""One character for one, so that places in the folded text are places in the original."""


def clean_text(text: str, on_note: NoteListener = ignore_note) -> str:
    """The text without control and invisible characters; wide and joined letters in their plain form.

    Removing a control character is told as a note; line breaks and tabs stay.
    """
    if _PLAIN.fullmatch(text) and not _CONTROL.search(text):
        return text
    cleaned, count = _CONTROL.subn("", text)
    if count:
        first = _CONTROL.search(text)
        assert first is not None
        on_note(Note("control", f"removed control characters at {count} places, the first U+{ord(first[0][0]):04X}"))
    cleaned = _INVISIBLE.sub("", cleaned)
    cleaned = unicodedata.normalize("NFC", cleaned)
    return "".join(_plain_form(letter) for letter in cleaned)


def fold_typography(text: str) -> str:
    """The text with straight quotes, plain hyphens and single-width punctuation; of the same length."""
    return "".join(" " if letter.isspace() else letter for letter in text.translate(_FOLDED))


def strip_accents(text: str) -> str:
    """The text without the marks on its letters."""
    return "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))


def _plain_form(letter: str) -> str:
    """ASCII and typography as they are; compatibility letters and digits (wide, mathematical, joined) in plain form."""
    if letter < "\x80":
        return letter
    if letter in "²³ªº":
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.digit(letter))
    if kind[0] == "L" or kind == "Nl" or (kind == "No" and unicodedata.numeric(letter).is_integer()):
        return unicodedata.normalize("NFKC", letter)
    return letter
