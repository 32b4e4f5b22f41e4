# ruff: noqa: SIM905 - tables of words read better as one string
"""Where sentences end: lazily, in memory that does not grow with the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from avatron.text.english.abbreviations import ABBREVIATIONS, ENDING_ABBREVIATIONS, NEVER_ENDING_ABBREVIATIONS

__all__ = ["MAXIMUM_SENTENCE", "paragraphs", "split_sentences"]

MAXIMUM_SENTENCE = 280
"""Characters of a sentence; about as many phonemes. Longer ones are cut at a clause, else at a word."""

_END = re.compile(r"(?:[.!?\u2026\u3002\uff01\uff1f]+)[\"'\u201d\u2019)\]\u00bb*_]*(?=\s|$)")
_OPENING = re.compile(r"[\"'\u201c\u2018(\[\u00ab*_]*")
_LAST_WORD = re.compile(r"(\S*)\Z")
_INITIAL = re.compile(r"(?:[A-Z]\.)+")
_LIST_ITEM = re.compile(r"\s*(?:[-*\u2022\u2023\u25e6\u2013]\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s+)")
_LIST_NUMBER = re.compile(r"(?:\d{1,3}|[a-zA-Z])\.\Z")
_CLAUSES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[;:\u2014][\"')\]]*\s+|\s+[-\u2013\u2014]+\s+",
        r",[\"')\]]*\s+(?=(?:and|but|or|nor|so|yet|which|who|while|because|although|though|when|where|if|as|for)\b)",
        r",[\"')\]]*\s+",
        r"\s+(?=(?:and|but|or|because|which|that|while|although|when|where|if)\s)",
        r"\s+",
    )
)
"""Where a sentence that is too long may be cut, the best places first."""


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """(place, paragraph) in order: blank lines part paragraphs, and so do list items; line breaks within are spaces."""
    place = start = stop = lines = 0
    while place < len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        line = text[place:end]
        blank = not line.strip()
        if lines and (blank or _LIST_ITEM.match(line) or (lines == 1 and _is_heading(text[start:stop], line))):
            yield start, text[start:stop]
            lines = 0
        if not blank:
            start = start if lines else place
            stop = end
            lines += 1
        place = end + 1
    if lines:
        yield start, text[start:stop]


def split_sentences(paragraph: str) -> Iterator[tuple[int, str]]:
    """(place, sentence) in order, none blank; joined by spaces they hold every word of the paragraph."""
    start = 0
    for match in _END.finditer(paragraph):
        if match.start() < start or not _ends_here(paragraph, start, match):
            continue
        yield from _pieces(paragraph, start, match.end())
        start = match.end()
    yield from _pieces(paragraph, start, len(paragraph))


def _is_heading(held: str, line: str) -> bool:
    """Whether the one line before is a heading: short, without an end, before a line that starts anew."""
    held = held.strip()
    return (
        len(held) < 50
        and held[-1] not in ".,;:!?-\u2014"
        and line.lstrip()[:1].isupper()
        and not held[:1].islower()
        and held.count(" ") < 6
    )


_LOOK_AHEAD = 120
"""Characters after a full stop that say whether it ends the sentence: never the whole paragraph, which may be long."""
_LOOK_BACK = 40
_LONGEST_LIST_NUMBER = 6


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match[0]
    rest = text[match.end() : match.end() + _LOOK_AHEAD].lstrip()[:40]
    if not rest:
        return True
    opening = _OPENING.match(rest)
    follows = rest[opening.end() :] if opening else rest
    if mark[0] != "." or len(mark.rstrip("\"'\u201d\u2019)]\u00bb*_")) > 1:
        # `"What?" he said.` goes on, and so does an ellipsis before a small letter.
        return not follows[:1].islower()
    word = _LAST_WORD.search(text, max(start, match.start() - _LOOK_BACK), match.start())
    before = (word[1] if word else "").lstrip("\"'([\u201c\u2018")
    bare = before.lower().rstrip(".")
    if follows[:1].islower():
        # Those who write without capitals still end sentences; an abbreviation within one goes on.
        return len(bare) > 2 and before.isalpha() and before.islower() and bare not in _ABBREVIATED
    if bare in ("st", "dr") and _begins_sentence(follows):
        # `on Baker St. She left.`, but `St. John` and `Dr. Who`.
        said = text[max(start, match.start() - _LOOK_BACK) : match.start()]
        return re.search(r"[A-Z][\w']*\s+\S+$", said) is not None
    if before == "I" and match.start() - start > _LONGEST_LIST_NUMBER:
        # `So it was I. He went.`, but `I. The beginning`.
        return True
    if _INITIAL.fullmatch(before + "."):
        # `J. R. Smith` goes on, and so does `the U.S. Army`; `in the U.S. The army` does not.
        return len(before) > 1 and _begins_sentence(follows)
    if match.end() - start < _LONGEST_LIST_NUMBER and _LIST_NUMBER.fullmatch(text[start : match.end()].strip()):
        return False
    if bare in ("no", "nos") and follows[:1].isdigit():
        return False
    if bare in NEVER_ENDING_ABBREVIATIONS:
        return False
    if bare in ENDING_ABBREVIATIONS:
        return _begins_sentence(follows)
    return True


_ABBREVIATED = frozenset([*ABBREVIATIONS, *NEVER_ENDING_ABBREVIATIONS, *ENDING_ABBREVIATIONS])
_STARTERS = frozenset(
    """
        the a an this that these those he she it we they i you his her its our their my your there here what who when
        where why how but and so in on at after before if then no yes it's he's she's they're we're
        """.split()
)


def _begins_sentence(follows: str) -> bool:
    first = re.match(r"[^\W\d_]+(?:'[a-z]+)?", follows)
    return first is not None and first[0][0].isupper() and first[0].lower() in _STARTERS


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAXIMUM_SENTENCE:
        cut = _best_cut(text, start, start + MAXIMUM_SENTENCE)
        piece = text[start:cut].rstrip()
        if piece:
            yield start, piece
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, text[start:end]


def _best_cut(text: str, start: int, limit: int) -> int:
    # From a third on, so that no scrap is left before the cut.
    earliest = start + (limit - start) // 3
    for pattern in _CLAUSES:
        cuts = [
            match.end()
            for match in pattern.finditer(text, earliest, limit)
            if not _inside_markup(text, start, match.end())
        ]
        if cuts:
            return cuts[-1]
    return limit


def _inside_markup(text: str, start: int, place: int) -> bool:
    """Whether the place is inside `[word](/.../)`: a pronunciation is never cut."""
    opened = text.rfind("[", start, place)
    if opened < 0:
        return False
    return re.compile(r"\[[^\[\]\n]*\]\([^()\n]*\)").match(text, opened) is not None and text.find(")", opened) >= place
