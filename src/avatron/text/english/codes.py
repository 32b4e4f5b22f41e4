"""Numbers that name and do not count: rooms, roads, flights, emergency calls, round the clock."""

from __future__ import annotations

import re

from avatron.text.english.dates import year
from avatron.text.english.numbers import cardinal, digits
from avatron.text.english.reading import Reading

__all__ = ["pairs", "read_code"]

_NUMBERED = re.compile(
    r"(?:room|route|flight|highway|interstate|suite|apartment|area|bus|channel|boeing|airbus|extension)\s+$",
    re.IGNORECASE,
)
_CALLED = re.compile(r"(?:call|called|calling|dial|dialed|dialled)\s+$", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{3,4})(?![\w,.:/-]*\d|\w)")
_SEASON = re.compile(r"((?:1[1-9]|20)\d{2})/(\d{2}|(?:1[1-9]|20)\d{2})(?![\d/])")
_ROUND_THE_CLOCK = re.compile(r"24/7(?:/365)?(?![\d/])")
_WITH = re.compile(r"w/(o\b)?")


def pairs(number: str) -> tuple[str, ...]:
    """Three or four digits as they are said of a room: 101 -> one oh one, 2490 -> twenty four ninety."""
    if len(number) == 4:
        return digits(number) if number[0] == "0" else year(int(number))
    if number[0] == "0":
        return digits(number)
    rest = int(number[1:])
    if rest == 0:
        return cardinal(int(number))
    return (*digits(number[0]), *(("oh",) if rest < 10 else ()), *cardinal(rest))


def read_code(text: str, place: int) -> Reading | None:
    """`Room 101`, `Route 66`, `call 911`, `1975/76`, `24/7`, `w/`."""
    match = _ROUND_THE_CLOCK.match(text, place)
    if match:
        return Reading(match.end(), ("twenty", "four", "seven"))
    match = _SEASON.match(text, place)
    if match:
        until = year(int(match[2])) if len(match[2]) == 4 else cardinal(int(match[2]))
        return Reading(match.end(), (*year(int(match[1])), *until))
    match = _WITH.match(text, place)
    if match and text[match.end() : match.end() + 1] in ("", " "):
        return Reading(match.end(), ("without" if match[1] else "with",))
    match = _NUMBER.match(text, place)
    if match:
        before = text[max(0, place - 20) : place]
        if _NUMBERED.search(before):
            return Reading(match.end(), pairs(match[1]))
        if _CALLED.search(before) and len(match[1]) == 3:
            return Reading(match.end(), digits(match[1]))
    return None
