# ruff: noqa: SIM905 - tables of words read better as one string
"""Abbreviations with a full stop, and the few without: Dr. as a title or a drive, St. as a saint or a street, No. 5."""

from __future__ import annotations

import re

from avatron.text.english.abbreviations import ABBREVIATIONS, TITLES
from avatron.text.english.reading import Reading

__all__ = ["read_abbreviation"]

_WORD = re.compile(r"([A-Za-z]+(?:\.[A-Za-z]+)*)(\.?)")
_NAME_FOLLOWS = re.compile(r"\s+(?:[A-Z][a-z']|[A-Z]\.)")
_PLACE_BEFORE = re.compile(r"(?:[A-Z][\w']*|\d+(?:st|nd|rd|th))\s+$")
_PLAIN_TITLES = frozenset(["mr", "mrs", "ms", "dr", "prof", "sgt", "capt", "lt", "messrs", "mme", "mlle"])
"""Titles that are read so without a full stop too."""
_NO_STOP = {
    "vs": "versus",
    "etc": "et cetera",
    "approx": "approximately",
    "jr": "junior",
    "sr": "senior",
    "st": "saint",
    "mt": "mount",
}
_NEEDS_NUMBER = frozenset(
    """
        fig figs ch vol vols pp pg eq ed no nos sq ext tel p max min
        """.split()
)
_ALSO_WORDS = frozenset(
    """
        no min max ed al co inc mar sat sun mon wed jan jun gen col det rep sen fr hon gov pres maj ft mt dec est ca
        eq ch fig temp apt ave ext dept univ
        """.split()
)
"""Words of their own too: read as abbreviations only where the context says so."""


def read_abbreviation(text: str, place: int) -> Reading | None:
    """The abbreviation at the place, in full; the full stop is left where it also ends the sentence."""
    match = _WORD.match(text, place)
    if not match:
        return None
    written, stop = match[1], match[2]
    lower = written.lower()
    after = text[match.end() :]
    if lower in ("a.m", "p.m") and stop:
        return Reading(_end(text, match), tuple(lower[::2].upper()))
    words = _spoken(lower, written, stop, text[:place], after)
    if not words:
        return None
    return Reading(_end(text, match), tuple(words.split()))


def _spoken(lower: str, written: str, stop: str, before: str, after: str) -> str:
    if lower == "st" and written[0].isupper():
        return (
            "street"
            if _PLACE_BEFORE.search(before) and not _saint_follows(before, after)
            else "saint"
            if stop or _NAME_FOLLOWS.match(after)
            else ""
        )
    if lower == "dr" and written[0].isupper():
        return "drive" if _PLACE_BEFORE.search(before) and not _NAME_FOLLOWS.match(after) else "doctor"
    if lower in TITLES and written[0].isupper():
        if _NAME_FOLLOWS.match(after) and (stop or lower in _PLAIN_TITLES):
            return TITLES[lower]
        if lower in _PLAIN_TITLES and stop:
            return TITLES[lower]
    if lower in ("no", "nos") and stop:
        return ABBREVIATIONS[lower] if re.match(r"\s*\d", after) else ""
    if lower == "p" and stop and re.match(r"\s?\d", after) and written == "p":
        return "page"
    if lower == "mt" and written == "Mt" and _NAME_FOLLOWS.match(after):
        return "mount"
    if lower == "ft" and stop and written == "Ft" and _NAME_FOLLOWS.match(after):
        return "fort"
    if not stop:
        return _NO_STOP.get(lower, "") if lower in _NO_STOP and lower not in ("st", "mt") else ""
    if lower in _NEEDS_NUMBER:
        return ABBREVIATIONS.get(lower, "") if re.match(r"\s*\d", after) else ""
    if lower in _ALSO_WORDS:
        # Within a sentence a full stop can only belong to an abbreviation.
        goes_on = bool(re.match(r"(?:\s+[a-z0-9]|[,;:)])", after)) or (
            lower in ("inc", "co", "dept", "univ", "ave", "apt") and bool(written[0].isupper())
        )
        return ABBREVIATIONS.get(lower, "") if goes_on else ""
    return ABBREVIATIONS.get(lower, "")


def _saint_follows(before: str, after: str) -> bool:
    """`in St. James's`: a saint after a small word; `Baker St. Irregulars` keeps its street."""
    return bool(_NAME_FOLLOWS.match(after)) and not re.search(r"\d\s+[A-Z]\w*\s+$|(?:st|nd|rd|th)\s+$", before)


def _end(text: str, match: re.Match[str]) -> int:
    end = match.end()
    if match[2] and not text[end:].strip(" \"')]"):
        return end - 1
    return end
