"""Amounts of money."""

from __future__ import annotations

import re

from avatron.text.english.numbers import NUMBER, cardinal, decimal
from avatron.text.english.reading import Reading

__all__ = ["read_money"]

_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "jeon", "jeon"),
    "₽": ("ruble", "rubles", "kopek", "kopeks"),
    "₪": ("shekel", "shekels", "agora", "agorot"),
    "₿": ("bitcoin", "bitcoins", "", ""),
    "¢": ("cent", "cents", "", ""),
}
_CODES = {"USD": "$", "GBP": "£", "EUR": "€", "JPY": "¥", "INR": "₹"}
_COUNTRIES = {
    "US": ("U", "S"), "C": ("canadian",), "CA": ("canadian",), "A": ("australian",), "AU": ("australian",),
    "NZ": ("new", "zealand"), "HK": ("hong", "kong"), "S": ("singapore",),
}  # fmt: skip
_SCALE = r"(?:\s?(k|m|mm|bn|b|tn|K|M|MM|Bn|BN|B|Tn|TN|T)(?![^\W_])|\s(hundred|thousand|million|billion|trillion)\b)?"
_SCALES = {
    "k": "thousand",
    "m": "million",
    "mm": "million",
    "b": "billion",
    "bn": "billion",
    "t": "trillion",
    "tn": "trillion",
}
_SIGNS = "".join(sign for sign in _CURRENCIES if sign != "¢")

_BEFORE = re.compile(
    rf"(-)?(US|CA|AU|NZ|HK|[CAS])?([{_SIGNS}])\s?(-)?({NUMBER}){_SCALE}(?:\s?[-–—]\s?[{_SIGNS}]?({NUMBER}){_SCALE})?(?![\d])"
)
_AFTER = re.compile(rf"({NUMBER}){_SCALE}\s?([{_SIGNS}¢])(?!\d)")
_CODE = re.compile(rf"(?:({'|'.join(_CODES)})\s?({NUMBER}){_SCALE}|({NUMBER}){_SCALE}\s({'|'.join(_CODES)})\b)")
_PENCE = re.compile(r"(\d+)p(?![^\W_])")


def read_money(text: str, place: int) -> Reading | None:
    """`$3.50`, `£2m`, `€1,200`, `$2 million`, `$5-10`, `50¢`, `20p`, `USD 40`, `C$5`."""
    match = _BEFORE.match(text, place)
    if match:
        sign = match[3]
        minus = ("minus",) if match[1] or match[4] else ()
        country = _COUNTRIES[match[2]] if match[2] else ()
        scale = _scale(match[6], match[7])
        if match[8]:
            until = _scale(match[9], match[10])
            first = (*decimal(match[5]), *(scale if scale else ()))
            return Reading(match.end(), (*minus, *first, "to", *_amount(match[8], until, sign, country)))
        return Reading(match.end(), (*minus, *_amount(match[5], scale, sign, country)))
    match = _AFTER.match(text, place)
    if match:
        return Reading(match.end(), _amount(match[1], _scale(match[2], match[3]), match[4], ()))
    match = _CODE.match(text, place)
    if match:
        written, sign = (match[2], match[1]) if match[1] else (match[5], match[8])
        scale = _scale(match[3], match[4]) if match[1] else _scale(match[6], match[7])
        return Reading(match.end(), _amount(written, scale, _CODES[sign], ()))
    match = _PENCE.match(text, place)
    if match and len(match[1]) <= 2:
        return Reading(match.end(), (*cardinal(int(match[1])), "penny" if match[1] == "1" else "pence"))
    return None


def _scale(short: str | None, word: str | None) -> tuple[str, ...]:
    return (word,) if word else (_SCALES[short.lower()],) if short else ()


def _amount(written: str, scale: tuple[str, ...], sign: str, country: tuple[str, ...]) -> tuple[str, ...]:
    one, many, small_one, small_many = _CURRENCIES[sign]
    whole, point, rest = written.replace(",", "").partition(".")
    if scale or not small_one or (point and len(rest) != 2):
        return (*decimal(written), *scale, *country, one if written == "1" and not scale else many)
    cents = int(rest) if rest else 0
    units = int(whole or "0") if len(whole) < 24 else 2
    words: tuple[str, ...] = ()
    if units or not cents:
        number = decimal(written.partition(".")[0]) if len(whole) >= 24 else cardinal(units)
        words = (*number, *country, one if units == 1 else many)
    if cents:
        words = (*words, *(("and",) if words else ()), *cardinal(cents), small_one if cents == 1 else small_many)
    return words
