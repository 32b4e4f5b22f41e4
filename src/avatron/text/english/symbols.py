"""Signs between and before words: `&`, `+`, `=`, `#5`, Greek letters, emoji."""

from __future__ import annotations

import re
import unicodedata

from avatron.text.english.numbers import decimal
from avatron.text.english.reading import Reading

__all__ = ["is_emoji", "read_greek", "read_symbol"]

_SAID = {
    "&": ("and",), "+": ("plus",), "=": ("equals",), "%": ("percent",), "@": ("at",), "°": ("degrees",),
    "§": ("section",),
    "©": ("copyright",), "×": ("times",), "÷": ("divided", "by"), "±": ("plus", "or", "minus"), "≈": ("approximately",),
    "≠": ("is", "not", "equal", "to"), "≤": ("is", "at", "most"), "≥": ("is", "at", "least"), "→": ("to",),
    "√": ("square", "root", "of"),
    "∞": ("infinity",), "∑": ("sum",), "∆": ("delta",), "$": ("dollar",), "€": ("euro",), "£": ("pound",),
    "¥": ("yen",), "¢": ("cent",),
    "²": ("squared",), "³": ("cubed",), "№": ("number",), "^": ("to", "the", "power", "of"), "#": ("hash",),
    "~": ("about",),
    "µ": ("micro",), "♯": ("sharp",), "♭": ("flat",), "¶": ("paragraph",), "‰": ("per", "mille"),
    "<": ("less", "than"), ">": ("greater", "than"),
    "/": ("slash",), "\\": ("backslash",), "₿": ("bitcoin",), "♥": ("heart",), "❤": ("heart",),
    "℃": ("degrees", "celsius"),
}  # fmt: skip
_SILENT_ALONE = frozenset("<>\\~^*_|#")
"""Left out where they stand alone or as decoration; said only between numbers."""
_GREEK = re.compile(r"[\u0391-\u03a9\u03b1-\u03c9\u03d5](?![^\W\d_])")
_NUMBERED = re.compile(r"#\s?(\d+)")
_BETWEEN_NUMBERS = re.compile(r"\s?([-\u2212*/<>^])\s?(?=[\d.])")
_COMPARED = re.compile(r"(<=|>=|!=|==|->|=>|<-)")
_COMPARISONS = {
    "<=": ("is", "at", "most"), ">=": ("is", "at", "least"), "!=": ("is", "not", "equal", "to"), "==": ("equals",),
    "->": ("to",), "=>": ("to",), "<-": ("from",),
}  # fmt: skip
_OPERATORS = {
    "-": ("minus",), "\u2212": ("minus",), "*": ("times",), "/": ("divided", "by"), "<": ("is", "less", "than"),
    ">": ("is", "greater", "than"), "^": ("to", "the", "power", "of"),
}  # fmt: skip


def read_greek(text: str, place: int) -> Reading | None:
    """A lone Greek letter by its name: `π`, `Δ`."""
    match = _GREEK.match(text, place)
    if not match:
        return None
    name = unicodedata.name(unicodedata.normalize("NFD", match[0])[0]).split()[-1].lower()
    return Reading(match.end(), ({"lamda": "lambda"}.get(name, name),))


def read_symbol(text: str, place: int) -> Reading | None:
    """One sign as words, or nothing where it has none here."""
    match = _NUMBERED.match(text, place)
    if match:
        return Reading(match.end(), ("number", *decimal(match[1])))
    match = _COMPARED.match(text, place)
    if match:
        return Reading(match.end(), _COMPARISONS[match[0]])
    sign = text[place]
    before = text[:place].rstrip()[-1:]
    if sign in "*/<>^" and (before.isdecimal() or before == ")") and _BETWEEN_NUMBERS.match(text, place):
        return Reading(place + 1, _OPERATORS[sign])
    if (
        sign in "-\u2212"
        and before.isdecimal()
        and text[place - 1].isspace()
        and re.match(r"[-\u2212]\s(?=[\d.])", text[place:])
    ):
        return Reading(place + 1, _OPERATORS[sign])
    if sign == "/":
        # `and/or`, `his/her`: the slash parts two words and is not said.
        joins = place > 0 and text[place - 1].isalpha() and text[place + 1 : place + 2].isalpha()
        return Reading(place + 1, () if joins or not text[place + 1 : place + 2].isalnum() else ("slash",))
    if sign == "~" and not text[place + 1 : place + 2].isdecimal():
        return None
    if sign in _SILENT_ALONE and sign != "~":
        return None
    return Reading(place + 1, _SAID[sign]) if sign in _SAID else None


def is_emoji(sign: str) -> bool:
    """Whether the sign is a picture and no writing."""
    return unicodedata.category(sign) in ("So", "Sk", "Cs", "Co", "Cn") or "\U0001f000" <= sign <= "\U0001faff"
