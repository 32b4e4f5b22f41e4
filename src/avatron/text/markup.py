"""Pronunciations inside a script: `[avatron](/ˈævətɹɑn/)` and `[tomato]({T AH0 M EY1 T OW2})`.

What is in the square brackets is shown, what is in the round ones is said. A backslash keeps a square bracket from
beginning one: `\\[`. A link such as `[our page](https://example.org)` is shown and said as its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from avatron.errors import PronunciationError
from avatron.text.pronunciation import parse_pronunciation

__all__ = ["Marked", "MarkedText", "parse_markup"]

_MARKED = re.compile(r"\\([\[\]\\])|\[([^\[\]\n]{1,80})\]\(([^()\n]{0,200})\)")


@dataclass(frozen=True)
class Marked:
    """A stretch of the shown text with its pronunciation."""

    start: int
    end: int
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class MarkedText:
    """A text without its marks, and what they said."""

    text: str
    marked: tuple[Marked, ...]


def parse_markup(text: str) -> MarkedText:
    """The text as it is shown, and the pronunciations given in it.

    Raises:
        PronunciationError: a pronunciation that is empty or holds a symbol outside the inventory.
    """
    if "[" not in text and "\\" not in text:
        return MarkedText(text, ())
    shown: list[str] = []
    marked: list[Marked] = []
    length, place = 0, 0
    for match in _MARKED.finditer(text):
        before = text[place : match.start()]
        inner = match[1] or match[2]
        shown += [before, inner]
        length += len(before)
        place = match.end()
        written = (match[3] or "").strip()
        if match[2] and written[:1] + written[-1:] in ("//", "{}") and len(written) > 1:
            marked.append(Marked(length, length + len(inner), parse_pronunciation(written)))
        elif match[2] and (not written or written[0] in "{ˈˌ"):
            raise PronunciationError(
                f"`{match[0][:80]}` gives no pronunciation; write e.g. `[Ava](/ˈeɪvə/)` or `[Ava]({{EY1 V AH0}})`"
            )
        length += len(inner)
    shown.append(text[place:])
    return MarkedText("".join(shown), tuple(marked))
