"""Numbers as words: cardinals, ordinals, decimals, fractions, digit by digit."""

from __future__ import annotations

import re

from avatron.text.english.reading import Reading

__all__ = [
    "DIGITS",
    "NUMBER",
    "VULGAR",
    "cardinal",
    "decimal",
    "digits",
    "fraction",
    "ordinal",
    "plural",
    "read_number",
    "read_ordinal",
    "read_scientific",
]

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_LONGEST = 3 * len(_SCALES)
"""Digits of the largest number that has a name; longer ones are said digit by digit."""
_LONGEST_UNGROUPED = 12
"""Digits without commas that are still a quantity and no code."""

VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9),
    "⅒": (1, 10),
}  # fmt: skip

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
"""A number as it is written: with or without commas, with or without decimals."""

_ORDINAL = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)(?![^\W_])", re.IGNORECASE)
_PLAIN = re.compile(rf"([-+±]?)({NUMBER})(?![\d])")
_FRACTION = re.compile(r"(?:(\d{1,4})(?:\s+|-|\s+and\s+))?(\d{1,4})/(\d{1,4})(?![\d/]|\.\d)")
_VULGAR = re.compile(rf"(\d+)?\s?([{''.join(VULGAR)}])")
_SCIENTIFIC = re.compile(rf"({NUMBER})(?:\s?[x×*]\s?10\^?|[eE])([-+]?\d{{1,3}}|[⁰¹²³⁴-⁹]+)(?!\w|\.\d)")


def cardinal(number: int) -> tuple[str, ...]:
    """The number as words: 21 -> twenty one; negative ones begin with `minus`."""
    if number < 0:
        return ("minus", *cardinal(-number))
    if number >= 10**_LONGEST:
        return digits(str(number))
    if number == 0:
        return ("zero",)
    groups = []
    scale = 0
    while number:
        number, group = divmod(number, 1000)
        if group:
            groups.append((*_below_thousand(group), *((_SCALES[scale],) if scale else ())))
        scale += 1
    return tuple(word for group in reversed(groups) for word in group)


def _below_thousand(number: int) -> tuple[str, ...]:
    hundreds, rest = divmod(number, 100)
    words = (DIGITS[hundreds], "hundred") if hundreds else ()
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        return (*words, _TENS[tens], *((DIGITS[ones],) if ones else ()))
    if rest >= 10:
        return (*words, _TEENS[rest - 10])
    return (*words, DIGITS[rest]) if rest else words


def ordinal(number: int) -> tuple[str, ...]:
    """The number as a place in a row: 21 -> twenty first."""
    *head, last = cardinal(number)
    if last in _ORDINALS:
        return (*head, _ORDINALS[last])
    return (*head, f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def digits(text: str) -> tuple[str, ...]:
    """Each digit by its name."""
    return tuple(DIGITS[int(digit)] for digit in text if digit.isdecimal())


def decimal(written: str) -> tuple[str, ...]:
    """A number as it is written, e.g. `1,200`, `3.14`, `.5`, `007`."""
    whole, point, rest = written.replace(",", "").partition(".")
    if not whole:
        words: tuple[str, ...] = ()
    elif (len(whole) > 1 and whole[0] == "0") or (len(whole) > _LONGEST_UNGROUPED and "," not in written):
        words = digits(whole)
    else:
        words = cardinal(int(whole)) if len(whole) <= _LONGEST else digits(whole)
    return (*words, "point", *digits(rest)) if point else words


def fraction(numerator: int, denominator: int) -> tuple[str, ...]:
    """A part: 1/2 -> one half, 3/4 -> three quarters, 7/16 -> seven sixteenths, 5/100 -> five hundredths."""
    if denominator == 0 or denominator > 1000 or (denominator > 100 and denominator % 100):
        return (*cardinal(numerator), "over", *cardinal(denominator))
    if denominator == 1:
        return (*cardinal(numerator), "over", "one")
    if denominator == 2:
        part: tuple[str, ...] = ("half",) if numerator == 1 else ("halves",)
    elif denominator == 4:
        part = ("quarter",) if numerator == 1 else ("quarters",)
    else:
        part = ordinal(denominator)
        if denominator in (100, 1000):
            part = part[1:]
        if numerator != 1:
            part = (*part[:-1], f"{part[-1]}s")
    return (*cardinal(numerator), *part)


def plural(words: tuple[str, ...]) -> tuple[str, ...]:
    """The last word in the plural: nineteen ninety -> nineteen nineties."""
    *head, last = words
    if last.endswith("y"):
        return (*head, f"{last[:-1]}ies")
    return (*head, f"{last}es" if last.endswith(("x", "s")) else f"{last}s")


def read_ordinal(text: str, place: int) -> Reading | None:
    """`1st`, `22nd`, `1,000th`."""
    match = _ORDINAL.match(text, place)
    if not match or len(match[1]) > 20:
        return None
    return Reading(match.end(), ordinal(int(match[1].replace(",", ""))))


def read_scientific(text: str, place: int) -> Reading | None:
    """`1e9`, `6.02 x 10^23`, `3×10⁸`: a number times a power of ten."""
    match = _SCIENTIFIC.match(text, place)
    if not match:
        return None
    power = int(match[2].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))
    return Reading(match.end(), (*decimal(match[1]), "times", "ten", "to", "the", *cardinal(power)))


def read_number(text: str, place: int) -> Reading | None:
    """Fractions, and plain numbers with an optional sign."""
    match = _FRACTION.match(text, place)
    if match:
        whole = (*cardinal(int(match[1])), "and") if match[1] else ()
        part = fraction(int(match[2]), int(match[3]))
        if whole and part[0] == "one":
            part = ("a", *part[1:])
        return Reading(match.end(), (*whole, *part))
    match = _VULGAR.match(text, place)
    if match:
        whole = (*decimal(match[1]), "and") if match[1] else ()
        part = fraction(*VULGAR[match[2]])
        if whole and part[0] == "one":
            part = ("a", *part[1:])
        return Reading(match.end(), (*whole, *part))
    match = _PLAIN.match(text, place)
    if not match:
        return None
    sign = {"-": ("minus",), "+": ("plus",), "±": ("plus", "or", "minus")}.get(match[1], ())
    return Reading(match.end(), (*sign, *decimal(match[2])))
