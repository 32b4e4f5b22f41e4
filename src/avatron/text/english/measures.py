"""Numbers with what they count: percent, units, temperatures, heights, ranges, ratios, telephone numbers, versions."""

from __future__ import annotations

import re

from avatron.text.english.dates import year
from avatron.text.english.numbers import NUMBER, VULGAR, cardinal, decimal, digits, fraction
from avatron.text.english.reading import Reading, letters

__all__ = ["read_height", "read_measure", "read_phone", "read_range", "read_version"]

_UNITS: dict[str, tuple[str, str]] = {
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"), "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"), "nm": ("nanometer", "nanometers"), "µm": ("micrometer", "micrometers"),
    "μm": ("micrometer", "micrometers"), "mi": ("mile", "miles"), "ft": ("foot", "feet"), "in": ("inch", "inches"),
    "yd": ("yard", "yards"), "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"), "mg": ("milligram", "milligrams"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"), "t": ("ton", "tons"),
    "l": ("liter", "liters"), "L": ("liter", "liters"), "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    "gal": ("gallon", "gallons"), "s": ("second", "seconds"), "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"), "min": ("minute", "minutes"), "mins": ("minute", "minutes"),
    "h": ("hour", "hours"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "B": ("byte", "bytes"),
    "KB": ("kilobyte", "kilobytes"), "kB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"), "PB": ("petabyte", "petabytes"),
    "Kb": ("kilobit", "kilobits"), "Mb": ("megabit", "megabits"), "Gb": ("gigabit", "gigabits"),
    "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"), "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"), "W": ("watt", "watts"), "kW": ("kilowatt", "kilowatts"),
    "MW": ("megawatt", "megawatts"),
    "GW": ("gigawatt", "gigawatts"), "V": ("volt", "volts"), "A": ("amp", "amps"), "mA": ("milliamp", "milliamps"),
    "J": ("joule", "joules"), "kJ": ("kilojoule", "kilojoules"), "N": ("newton", "newtons"),
    "Pa": ("pascal", "pascals"),
    "hPa": ("hectopascal", "hectopascals"), "kWh": ("kilowatt hour", "kilowatt hours"), "cal": ("calorie", "calories"),
    "kcal": ("kilocalorie", "kilocalories"), "dB": ("decibel", "decibels"), "Ω": ("ohm", "ohms"),
    "ha": ("hectare", "hectares"),
    "px": ("pixel", "pixels"), "mph": ("mile per hour", "miles per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"), "mpg": ("mile per gallon", "miles per gallon"),
    "rpm": ("revolution per minute", "revolutions per minute"), "fps": ("frame per second", "frames per second"),
    "bpm": ("beat per minute", "beats per minute"), "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"), "kbps": ("kilobit per second", "kilobits per second"),
    "ppm": ("part per million", "parts per million"), "sq": ("square", "square"), "mol": ("mole", "moles"),
}  # fmt: skip
_AMBIGUOUS = frozenset({"in", "m", "s", "t", "h", "A", "B", "V", "W", "N", "J", "g", "l", "L", "sq", "min"})
"""Units that after a space are more likely a word or a letter, unless the rest says otherwise."""
_SPACED = frozenset({"m", "g", "s", "h", "V", "W", "A", "L", "l", "J", "N", "min"})
"""Of those, the ones that are units after a space too, where no word goes on."""
_PER = {"s": "second", "sec": "second", "h": "hour", "hr": "hour", "min": "minute", "day": "day", "week": "week",
        "month": "month", "year": "year", "yr": "year", "kg": "kilogram", "m": "meter", "m²": "square meter",
        "l": "liter",
        "L": "liter", "km": "kilometer", "person": "person", "cm": "centimeter", "dL": "deciliter", "mo": "month",
        "gal": "gallon"}  # fmt: skip
_POWERS = {"²": "square", "³": "cubic", "^2": "square", "^3": "cubic"}
_TEMPERATURES = {"C": ("celsius",), "F": ("fahrenheit",), "K": ("kelvin",)}
_SCALES = {"k": "K", "K": "K", "M": "million", "bn": "billion"}

_VALUE = rf"([-+±~≈]?)\s?({NUMBER}|(?:\d+\s?)?[{''.join(VULGAR)}])"
_UNIT_NAMES = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_PER_NAMES = "|".join(sorted(_PER, key=len, reverse=True))
_PERCENT = re.compile(rf"{_VALUE}(?:\s?[-–—]\s?({NUMBER}))?\s?(%|‰)")
_DEGREES = re.compile(rf"{_VALUE}(?:\s?[-–—]\s?({NUMBER}))?\s?°(?:\s?([CFK])(?![^\W_]))?")
_MEASURE = re.compile(
    rf"{_VALUE}(?:\s?([-–—x×])\s?({NUMBER}))?(\s?|-)({_UNIT_NAMES})([²³]|\^[23])?(?:/({_PER_NAMES}))?(?![^\W_]|['/])"
)
_HEIGHT = re.compile(r"(\d{1,2})\s?'\s?(\d{1,2})(?:\"|'')?(?![\d'])|(\d{1,3}(?:\.\d+)?)\"(?=[\s,.;)]|$)")
_RANGE = re.compile(rf"({NUMBER})\s?(?:[-–—]|\s-\s)\s?({NUMBER})(?![\d-]|[-–—/:]\d|\w)")
_SIZE = re.compile(rf"({NUMBER})\s?[x×]\s?({NUMBER})(?:\s?[x×]\s?({NUMBER}))?(?![\w])")
_RATIO = re.compile(r"(\d{1,4}):(\d{1,4})(?!\d|:)")
_SCALED = re.compile(rf"({NUMBER})(k|K|M|bn)(?![^\W_])")
_PHONE = re.compile(
    r"(?:(\+)(\d{1,3})[\s.-]?)?(?:\((\d{2,5})\)[\s.-]?|(\d{3})[\s.-])(\d{3,4})[\s.-](\d{3,4})(?!\d|[-.]\d)"
    r"|(\+)(\d{1,3})((?:[\s.-]?\d{2,5}){2,5})(?!\d)"
    r"|(1)-(\d{3})-(\d{3})-(\d{4})(?!\d)|(\d{3})-(\d{4})(?![\d-])"
)
_VERSION = re.compile(
    r"([vV](?:ersion\s)?)?\.?(\d+(?:\.\d+){2,})([-+]?[A-Za-z]+\.?\d*)?(?![\w])|[vV](\d+(?:\.\d+)*)(?![\w])"
)


def read_measure(text: str, place: int) -> Reading | None:
    """`50%`, `20°C`, `5 km/h`, `3 GB`, `6 m²`, `10-15 kg`, `5k`."""
    match = _PERCENT.match(text, place)
    if match:
        end = ("percent",) if match[4] == "%" else ("per", "mille")
        return Reading(match.end(), (*_value(match), *_until(match[3]), *end))
    match = _DEGREES.match(text, place)
    if match:
        one = match[2] == "1" and not match[3]
        scale = _TEMPERATURES.get(match[4] or "", ())
        return Reading(match.end(), (*_value(match), *_until(match[3]), "degree" if one else "degrees", *scale))
    match = _MEASURE.match(text, place)
    if match and _is_unit(text, match):
        return Reading(_end(text, match), _measure_words(match))
    match = _SCALED.match(text, place)
    if match:
        return Reading(match.end(), (*decimal(match[1]), _SCALES[match[2]]))
    return None


def read_height(text: str, place: int) -> Reading | None:
    """`6'2"` and `15"`."""
    match = _HEIGHT.match(text, place)
    if not match:
        return None
    if match[3]:
        # A closing quote is no inch sign.
        if text.count('"', 0, place) % 2:
            return None
        return Reading(match.end(), (*decimal(match[3]), "inch" if match[3] == "1" else "inches"))
    return Reading(match.end(), (*cardinal(int(match[1])), "foot", *cardinal(int(match[2]))))


def read_range(text: str, place: int) -> Reading | None:
    """`1990-95`, `5-10`, `1914–1918`, `4x4`, `16:9`."""
    match = _SIZE.match(text, place)
    if match:
        parts = [decimal(part) for part in match.groups() if part]
        return Reading(match.end(), tuple(word for part in parts for word in ("by", *part))[1:])
    match = _RANGE.match(text, place)
    if match:
        first, last = match[1], match[2]
        if " " in match[0] and "=" in text:
            return Reading(match.end(), (*decimal(first), "minus", *decimal(last)))
        if (
            len(first) == 4
            and first.isdecimal()
            and 1100 <= int(first) <= 2099
            and len(last) in (2, 4)
            and last.isdecimal()
        ):
            if len(last) == 2:
                until = ("oh", *cardinal(int(last))) if last[0] == "0" and last != "00" else cardinal(int(last))
            else:
                until = year(int(last))
            return Reading(match.end(), (*year(int(first)), "to", *until))
        return Reading(match.end(), (*decimal(first), "to", *decimal(last)))
    match = _RATIO.match(text, place)
    if match:
        return Reading(match.end(), (*cardinal(int(match[1])), "to", *cardinal(int(match[2]))))
    return None


def read_phone(text: str, place: int) -> Reading | None:
    """Telephone numbers, digit by digit with a pause between the groups."""
    match = _PHONE.match(text, place)
    if not match:
        return None
    groups = re.findall(r"\d+", match[0])
    words = tuple(word for group in groups for word in (",", *digits(group)))[1:]
    return Reading(match.end(), ("plus", *words) if match[0].startswith("+") else words)


def read_version(text: str, place: int) -> Reading | None:
    """`v2.0.1`, `3.11.4`, `1.0.0-rc1`, `192.168.0.1`."""
    match = _VERSION.match(text, place)
    if not match:
        return None
    written = match[2] or match[4]
    words: tuple[str, ...] = ("version",) if match[1] or match[4] else ()
    for part in written.split("."):
        number = decimal(part) if len(part) <= 4 else digits(part)
        words = (*words, *number, "point")
    words = words[:-1]
    for piece in re.findall(r"[A-Za-z]+|\d+", match[3] or ""):
        spoken = decimal(piece) if piece.isdecimal() else letters(piece) if len(piece) <= 2 else (piece.lower(),)
        words = (*words, *spoken)
    return Reading(match.end(), words)


def _value(match: re.Match[str]) -> tuple[str, ...]:
    sign = {"-": ("minus",), "+": ("plus",), "±": ("plus", "or", "minus"), "~": ("about",), "≈": ("about",)}.get(
        match[1], ()
    )
    written = match[2]
    if written[-1] in VULGAR:
        whole = (*decimal(written[:-1].strip()), "and") if len(written) > 1 else ()
        part = fraction(*VULGAR[written[-1]])
        return (*sign, *whole, *(("a", *part[1:]) if whole and part[0] == "one" else part))
    return (*sign, *decimal(written))


def _until(written: str | None) -> tuple[str, ...]:
    return ("to", *decimal(written)) if written else ()


def _is_unit(text: str, match: re.Match[str]) -> bool:
    gap, unit, power, per = match[5], match[6], match[7], match[8]
    if power or per or unit not in _AMBIGUOUS:
        return True
    if gap == "":
        return unit not in {"s", "in", "t", "B", "m", "A", "V"} or (unit == "m" and len(match[2]) <= 5) or unit in "AV"
    if gap == " " and unit in _SPACED:
        return not re.match(r"\s+[A-Z]", text[match.end() :])
    if unit == "in":
        # `5 in the morning` counts nothing; `5 in.` and `5 in wide` do.
        return bool(re.match(r"\.|\s(?:wide|long|tall|high|deep|thick|by|x)\b", text[match.end() :]))
    return False


def _measure_words(match: re.Match[str]) -> tuple[str, ...]:
    joint = {"x": "by", "×": "by"}.get(match[3] or "", "to")
    other = (joint, *decimal(match[4])) if match[4] else ()
    one = match[2] in ("1", *VULGAR) and not match[4]
    adjective = match[5] == "-"
    name = _UNITS[match[6]][0 if one or adjective else 1]
    power = (_POWERS[match[7]],) if match[7] else ()
    per = ("per", *_PER[match[8]].split()) if match[8] else ()
    half = ("of", "a") if match[2] in VULGAR and len(match[2]) == 1 else ()
    return (*_value(match), *other, *half, *power, *name.split(), *per)


def _end(text: str, match: re.Match[str]) -> int:
    # `5 in. wide`, `10 lbs. of`: the full stop belongs to the unit where the sentence goes on.
    return match.end() + 1 if re.match(r"\.\s+[a-z]", text[match.end() :]) else match.end()
