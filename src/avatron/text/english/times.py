"""Times of day and lengths of time written with colons."""

from __future__ import annotations

import re

from avatron.text.english.numbers import cardinal
from avatron.text.english.reading import Reading

__all__ = ["read_time"]

_HALF = r"(?:\s?([aApP])\.?\s?[mM]\b\.?(?![^\W_]))"
_CLOCK = re.compile(rf"(\d{{1,2}})[:.](\d{{2}})(?::(\d{{2}}))?(?![:\d]){_HALF}?")
_HOUR = re.compile(rf"(\d{{1,2}}){_HALF}")
_OCLOCK = re.compile(r"(\d{1,2})\s+o'clock\b")
_SCORE_BEFORE = re.compile(r"(?:ratio|odds|score)\D{0,12}$")


def read_time(text: str, place: int) -> Reading | None:
    """`3:05 pm`, `14:30`, `7 a.m.`, `12:00`, `1:02:03`."""
    match = _CLOCK.match(text, place)
    if match and int(match[2]) < 60 and int(match[1]) <= 24:
        half = match[4]
        # A point parts hours and minutes only before am and pm: `3.05` alone is a number.
        if half or text[match.start() + len(match[1])] == ":":
            return Reading(_end(text, match), (*_clock_words(match), *_half_words(half)))
    match = _HOUR.match(text, place)
    if match and 1 <= int(match[1]) <= 12:
        return Reading(_end(text, match), (*cardinal(int(match[1])), *_half_words(match[2])))
    match = _OCLOCK.match(text, place)
    if match:
        return Reading(match.end(), (*cardinal(int(match[1])), "o'clock"))
    return None


def _clock_words(match: re.Match[str]) -> tuple[str, ...]:
    hour, minute, half = int(match[1]), int(match[2]), match[4]
    if match[3]:
        seconds = int(match[3])
        return (*cardinal(hour), *_minutes(minute), "and", *cardinal(seconds), "second" if seconds == 1 else "seconds")
    if minute == 0:
        if half:
            return cardinal(hour)
        if hour == 0 or hour > 12:
            return (*cardinal(hour), "hundred") if hour else ("midnight",)
        return (*cardinal(hour), "o'clock")
    return (*cardinal(hour), *_minutes(minute))


def _minutes(minute: int) -> tuple[str, ...]:
    if minute == 0:
        return ("oh", "oh")
    return ("oh", *cardinal(minute)) if minute < 10 else cardinal(minute)


def _half_words(half: str | None) -> tuple[str, ...]:
    return (half.upper(), "M") if half else ()


def _end(text: str, match: re.Match[str]) -> int:
    # The full stop of `p.m.` also ends the sentence where nothing follows: leave it there.
    end = match.end()
    return end - 1 if text[end - 1] == "." and not text[end:].strip() else end
