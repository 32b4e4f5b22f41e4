"""Marks inside a script, in plain text.

[Ava](/ˈeɪvə/)  [Ava]({EY1 V AH0})     pronunciations, in IPA or ARPAbet
[never](emphasis)  [this](slow, low)   style: see `avatron.text.styles`; also `rate 0.9`, `pitch +2st`, `volume -3dB`
[I won!](happy)  [Oh.](sad 0.5, slow)  emotion: neutral, happy, sad, angry, surprised, calm; its intensity is 0 .. 1
[NASA](as: space people)               other words to be said
[pause]  [pause 0.5s]  [pause 300ms]   a pause
*never*  **never**                     emphasis, moderate and strong

What is in the square brackets is shown, what is in the round ones is done. A backslash keeps a sign from being a
mark: `\\[`, `\\*`. A link such as `[our page](https://example.org)` is shown and said as its text.
"""

from __future__ import annotations

import re

from avatron.errors import PronunciationError
from avatron.text.marked import Alias, Break, Marked, MarkedText, SpeakingStyle, Styled
from avatron.text.notes import Note, NoteListener, ignore_note
from avatron.text.pronunciation import parse_pronunciation
from avatron.text.styles import EMPHASES, parse_break_time, parse_style, style_names

__all__ = ["parse_markup"]

_MARK = re.compile(
    r"\\([\[\]\\*])"
    r"|\[([^\[\]]{1,500})\]\(([^()\n]{0,200})\)"
    r"|\[pause(?:\s+([^\[\]\n]{1,20}))?\]"
    r"|(?<![\w*])(\*\*?)(?=[^\s*])([^*\n]{1,200}?)(?<=[^\s*])\5(?![\w*])"
)
_BROKEN = re.compile(r"\]\(|\[pause\b|(?<![\w*])\*\*?(?=[^\W\d_])")
"""What is left of a mark that is not whole; a star before a word that no other star closes."""
_PAUSE_S = 0.5
"""A pause whose length is not given."""
_LINK = re.compile(r"[/.#@]|^$")
_EMPHASIS = {"*": EMPHASES["moderate"], "**": EMPHASES["strong"]}


def parse_markup(text: str, on_note: NoteListener = ignore_note) -> MarkedText:
    """The text as it is shown, and what its marks say.

    A mark that is not known is told as a note and left out; of those that are not whole, the first is told.

    Raises:
        PronunciationError: a pronunciation that is empty or holds a symbol outside the inventory.
        MarkError: a style or pause with a value that it cannot have.
    """
    if not any(sign in text for sign in "[]\\*"):
        return MarkedText(text)
    shown: list[str] = []
    marked: list[Marked] = []
    aliases: list[Alias] = []
    styles: list[Styled] = []
    breaks: list[Break] = []
    length = place = 0
    broken = ""
    for match in _MARK.finditer(text):
        before = text[place : match.start()]
        broken = broken or _broken_mark(text, place, match.start())
        shown.append(before)
        length += len(before)
        place = match.end()
        kept, said, given, pause, stars, starred = match.groups()
        inner = kept or said or starred or ""
        shown.append(inner)
        end = length + len(inner)
        if stars:
            styles.append(Styled(length, end, SpeakingStyle(emphasis=_EMPHASIS[stars])))
        elif said:
            _read_mark(match[0], given.strip(), length, end, (marked, aliases, styles), on_note)
        elif not inner:
            breaks.append(Break(length, parse_break_time(pause) if pause else _PAUSE_S))
        length = end
    shown.append(text[place:])
    broken = broken or _broken_mark(text, place, len(text))
    if broken:
        on_note(
            Note(
                "mark",
                f"`{broken}` is not a whole mark and is read as it stands; write e.g. `[word](slow)` or `*word*`",
            )
        )
    return MarkedText("".join(shown), tuple(marked), tuple(aliases), tuple(styles), tuple(breaks))


def _broken_mark(text: str, start: int, stop: int) -> str:
    """The surroundings of what is left of a mark in `start` .. `stop`; empty where there is none."""
    found = _BROKEN.search(text, start, stop)
    if found is None:
        return ""
    return " ".join(text[max(start, found.start() - 20) : found.start() + 20].split())


def _read_mark(
    written: str,
    given: str,
    start: int,
    end: int,
    found: tuple[list[Marked], list[Alias], list[Styled]],
    on_note: NoteListener,
) -> None:
    """What the round brackets of one mark say, into the list where it belongs."""
    marked, aliases, styles = found
    if len(given) > 1 and given[:1] + given[-1:] in ("//", "{}"):
        marked.append(Marked(start, end, parse_pronunciation(given)))
    elif not given or given[0] in "{ˈˌ":
        raise PronunciationError(
            f"`{written[:80]}` gives no pronunciation; write e.g. `[Ava](/ˈeɪvə/)` or `[Ava]({{EY1 V AH0}})`"
        )
    elif given.lower().startswith("as:") and given[3:].strip():
        aliases.append(Alias(start, end, given[3:].strip()))
    elif (style := parse_style(given)) is not None:
        styles.append(Styled(start, end, style))
    elif not _LINK.search(given):
        on_note(
            Note("mark", f"`{given[:40]}` is no mark and is left out; known: {', '.join(style_names())}, as: WORDS")
        )
