"""Years, decades and dates."""

from __future__ import annotations

import re

from avatron.text.english.numbers import cardinal, ordinal, plural
from avatron.text.english.reading import Reading

__all__ = ["MONTHS", "read_date", "read_decade", "read_year", "year"]

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH_OF = {name: name for name in MONTHS} | {name[:3]: name for name in MONTHS} | {"sept": "september"}
_MONTH_NAMES = "|".join(name.capitalize() for name in MONTHS)
_MONTH = rf"({_MONTH_NAMES}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
_YEAR = r"(\d{4})(?!\d|,\d|\.\d)"
_WEEKDAYS = {
    name[:3]: name for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
} | {"tues": "tuesday", "thur": "thursday", "thurs": "thursday"}

_WEEKDAY = re.compile(
    r"(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.?(?=,?\s+(?:\d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
)
_MONTH_FIRST = re.compile(rf"{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.]\d|\d|\s?(?:%|[ap]\.?m))(?:,?\s+{_YEAR})?")
_DAY_FIRST = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+(of\s+)?{_MONTH}(?!\w)(?:,?\s+{_YEAR})?")
_MONTH_YEAR = re.compile(rf"{_MONTH}\s+{_YEAR}")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:T(?=\d))?(?![\d-])")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d/.-]?\d)")
_DECADE = re.compile(r"(?:(\d{2})(\d0)|'?(\d0))'?s(?!\w)")
_PLAIN_YEAR = re.compile(r"(\d{4})(?![\d.,:/]\d|\d|\w|[-%°])")
_ERA = re.compile(r"\s?(B\.?C\.?E?|A\.?D|C\.?E)\b\.?")
_COUNTED = re.compile(
    r"\s+(?:people|men|women|children|soldiers|dollars|pounds|euros|miles|feet|meters|metres|words|pages|times|points|votes"
    r"|copies|years|days|hours|minutes|seconds|of\s+(?:them|us|these|those)|more|other|different|new|or\s+more|percent)\b"
)


def year(number: int) -> tuple[str, ...]:
    """A year as it is said: 1984 -> nineteen eighty four, 1905 -> nineteen oh five, 2007 -> two thousand seven."""
    century, rest = divmod(number, 100)
    if number < 1000 or number > 9999 or 2000 <= number < 2010 or (rest == 0 and century % 10 == 0):
        return cardinal(number)
    if rest == 0:
        return (*cardinal(century), "hundred")
    if rest < 10:
        return (*cardinal(century), "oh", *cardinal(rest))
    return (*cardinal(century), *cardinal(rest))


def read_year(text: str, place: int) -> Reading | None:
    """Four digits from 1100 to 2099 that count nothing, and any year before BC or AD."""
    match = re.compile(r"\d{1,4}(?=\s?(?:B\.?C|A\.?D)\b)").match(text, place)
    if match:
        era = _ERA.match(text, match.end())
        assert era is not None
        return Reading(era.end(), (*year(int(match[0])), *(letter for letter in era[1] if letter.isalpha())))
    match = _PLAIN_YEAR.match(text, place)
    if not match or not 1100 <= int(match[1]) <= 2099 or _COUNTED.match(text, match.end()):
        return None
    return Reading(match.end(), year(int(match[1])))


def read_decade(text: str, place: int) -> Reading | None:
    """`the 1990s`, `'80s`, `the 1800s`."""
    match = _DECADE.match(text, place)
    if not match:
        return None
    if match[3]:
        tens = cardinal(int(match[3]))
        return Reading(match.end(), plural(tens)) if int(match[3]) >= 20 else None
    return Reading(match.end(), plural(year(int(match[1] + match[2]))))


def read_date(text: str, place: int) -> Reading | None:
    """Dates with the month as a word or a number; `3/5/1984` is read the American way unless the day says otherwise."""
    for pattern, reader in (
        (_WEEKDAY, _weekday),
        (_MONTH_FIRST, _month_first),
        (_DAY_FIRST, _day_first),
        (_MONTH_YEAR, _month_year),
        (_ISO, _iso),
        (_NUMERIC, _numeric),
    ):
        match = pattern.match(text, place)
        if match and (words := reader(match)):
            return Reading(match.end(), words)
    return None


def _month_name(written: str) -> str:
    return _MONTH_OF[written.lower().rstrip(".")]


def _weekday(match: re.Match[str]) -> tuple[str, ...]:
    return (_WEEKDAYS[match[1].lower()],)


def _month_first(match: re.Match[str]) -> tuple[str, ...]:
    if not 1 <= int(match[2]) <= 31:
        return ()
    return (_month_name(match[1]), *ordinal(int(match[2])), *((",", *year(int(match[3]))) if match[3] else ()))


def _day_first(match: re.Match[str]) -> tuple[str, ...]:
    day = int(match[1])
    if not 1 <= day <= 31 or (match[3] == "May" and not match[2] and not match[4] and "th" not in match[0]):
        # `the 5 May ...` is rarely the month without a year, but `may` seldom has a capital.
        return () if not 1 <= day <= 31 else ("the", *ordinal(day), "of", "may")
    month = ("of", _month_name(match[3]))
    head = () if match[2] else ("the",)
    article = () if match.string[: match.start()].rstrip().lower().endswith(" the") else head
    return (*article, *ordinal(day), *month, *((",", *year(int(match[4]))) if match[4] else ()))


def _month_year(match: re.Match[str]) -> tuple[str, ...]:
    return (_month_name(match[1]), *year(int(match[2])))


def _iso(match: re.Match[str]) -> tuple[str, ...]:
    return _spoken_date(int(match[1]), int(match[2]), int(match[3]))


def _numeric(match: re.Match[str]) -> tuple[str, ...]:
    first, second = int(match[1]), int(match[3])
    number = int(match[4])
    if len(match[4]) == 2:
        if match[2] == ".":
            return ()
        number += 2000 if number < 50 else 1900
    # Dots part European dates, which begin with the day.
    day_first = first > 12 or (match[2] == "." and second <= 12)
    return _spoken_date(number, second, first) if day_first else _spoken_date(number, first, second)


def _spoken_date(number: int, month: int, day: int) -> tuple[str, ...]:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ()
    return (MONTHS[month - 1], *ordinal(day), ",", *year(number))
