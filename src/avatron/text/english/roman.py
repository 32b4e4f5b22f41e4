# ruff: noqa: SIM905 - tables of words read better as one string
"""Roman numerals: after a name they are ordinals (Henry the Eighth), after `Chapter` and its like cardinals."""

from __future__ import annotations

import re

from avatron.text.english.numbers import cardinal, ordinal
from avatron.text.english.reading import Reading

__all__ = ["read_roman", "roman_value"]

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_VALID = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_NUMERAL = re.compile(r"([IVXLCDM]+)('s)?(?![\w'&/-])")
_COUNTED = frozenset(
    """
        chapter part book volume act scene section article appendix phase stage type class level grade world war title
        table figure number no game level mark season episode series symphony canto psalm lesson unit module tier
        rocky apollo vatican saturn quest fantasy bowl rank schedule annex exhibit sonnet
        """.split()
)
"""What is numbered: `World War II`, `Chapter IV`."""
_RULERS = frozenset(
    """
        henry edward george william james charles louis richard john paul elizabeth mary philip pius benedict gregory
        innocent leo clement alexander nicholas catherine frederick francis ferdinand napoleon peter ivan otto robert
        david christian gustav haakon olaf oscar albert leopold baldwin ptolemy ramesses ramses thutmose darius xerxes
        cleopatra margaret anne edmund stephen harold malcolm kenneth wilhelm ludwig karl carl juan carlos felipe
        alfonso isabella pope king queen emperor tsar urban boniface sixtus adrian celestine eugene martin victor
        emmanuel umberto mehmed murad selim suleiman thomas harald rama mohammed muhammad hassan abdullah akbar
        constantine theodosius justinian basil michael leo romanos
        """.split()
)


def roman_value(numeral: str) -> int | None:
    """The number of a well-formed Roman numeral in capitals."""
    if not numeral or not _VALID.fullmatch(numeral):
        return None
    total = 0
    for letter, following in zip(numeral, [*numeral[1:], ""], strict=True):
        value = _VALUES[letter]
        total += -value if following and _VALUES[following] > value else value
    return total


def read_roman(text: str, place: int) -> Reading | None:
    """`Henry VIII`, `Chapter IV`, `World War II`; a lone `I` only after a ruler's name or what is numbered."""
    match = _NUMERAL.match(text, place)
    if not match or (value := roman_value(match[1])) is None:
        return None
    before = re.search(r"([^\W\d_]+)\.?\s+$", text[max(0, place - 30) : place])
    previous = before[1] if before else ""
    if previous.lower() in _COUNTED and (
        previous.lower() not in {"no", "class", "type", "mark", "part", "book", "level"} or value > 1
    ):
        return Reading(match.end(1), cardinal(value))
    if previous.lower() in _RULERS and previous[0].isupper() and value <= 40:
        if match[1] == "I" and not _ends_name(text, match.end()):
            return None
        ending = ordinal(value)
        return Reading(match.end(), ("the", *ending[:-1], f"{ending[-1]}'s" if match[2] else ending[-1]))
    if (
        len(match[1]) >= 2
        and previous[:1].isupper()
        and value <= 39
        and match[1] not in {"MM", "CC", "CD", "MD", "DC", "DI", "MI", "LI", "XL", "XX", "MC"}
    ):
        return Reading(match.end(1), ("the", *ordinal(value))) if previous.lower() not in _COUNTED else None
    if len(match[1]) >= 3 and match[1] not in {
        "III",
        "MIX",
        "CIV",
        "DIM",
        "MID",
        "CCC",
        "MMM",
        "MDI",
        "LCD",
        "DVD",
        "DLL",
        "CDC",
        "MCI",
    }:
        return Reading(match.end(1), cardinal(value))
    return None


def _ends_name(text: str, place: int) -> bool:
    """Whether what follows cannot go on after the pronoun: `Elizabeth I was ...`, but not `When Mary I saw ...`."""
    rest = text[place:].lstrip()
    return (
        not rest
        or not rest[0].isalpha()
        or bool(re.match(r"(?:was|is|of|reigned|ruled|had|died|became|and|in)\b", rest))
    )
