"""The words and numbers that marks use for rate, pitch, volume, emphasis, emotion and pauses."""

from __future__ import annotations

import math
import re

from avatron.core.emotion import EMOTIONS, Emotion
from avatron.errors import MarkError
from avatron.text.marked import SpeakingStyle

__all__ = [
    "BREAKS_S",
    "EMPHASES",
    "parse_break_time",
    "parse_decibels",
    "parse_emotion",
    "parse_rate",
    "parse_semitones",
    "parse_style",
    "style_names",
]

RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "fast": 1.25, "x-fast": 1.6}
PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "high": 3.0, "x-high": 6.0}
VOLUMES = {"x-soft": -9.0, "soft": -5.0, "medium": 0.0, "loud": 4.0, "x-loud": 7.0}
EMPHASES = {"strong": "strong", "moderate": "moderate", "reduced": "reduced", "none": ""}
BREAKS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
"""Seconds of the breaks of SSML that are given by strength."""
INTENSITIES = {"low": 0.4, "medium": 0.7, "high": 1.0}
"""The words of Alexa's `<amazon:emotion>`."""
_KNOWN_AS = {
    "cheerful": "happy", "excited": "happy", "joyful": "happy", "friendly": "happy", "disappointed": "sad",
    "unfriendly": "angry", "gentle": "calm", "relaxed": "calm",
}  # fmt: skip
"""Names of other services' styles, as far as a face can tell them from one another."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_STYLES: dict[str, SpeakingStyle] = {
    **{name: SpeakingStyle(rate=RATES[name]) for name in ("x-slow", "slow", "fast", "x-fast")},
    **{name: SpeakingStyle(semitones=PITCHES[name]) for name in ("x-low", "low", "high", "x-high")},
    **{name: SpeakingStyle(decibels=VOLUMES[name]) for name in ("x-soft", "soft", "loud", "x-loud")},
    "emphasis": SpeakingStyle(emphasis="moderate"),
    "strong": SpeakingStyle(emphasis="strong"),
    "reduced": SpeakingStyle(emphasis="reduced"),
}


def parse_style(written: str) -> SpeakingStyle | None:
    """The style of `slow`, `loud, high`, `rate 0.9`, `pitch +2st`, `happy 0.6` ...; None where it is none of these.

    Raises:
        MarkError: a name of ours with a value that it cannot have.
    """
    style = SpeakingStyle()
    for part in written.split(","):
        name, _, value = part.strip().lower().partition(" ")
        if name in _STYLES and not value:
            style = style.around(_STYLES[name])
        elif name in EMOTIONS:
            style = style.around(SpeakingStyle(emotion=parse_emotion(name, value or "1")))
        elif name == "rate" and value:
            style = style.around(SpeakingStyle(rate=parse_rate(value)))
        elif name == "pitch" and value:
            style = style.around(SpeakingStyle(semitones=parse_semitones(value)))
        elif name == "volume" and value:
            style = style.around(SpeakingStyle(decibels=parse_decibels(value)))
        else:
            return None
    return style


def style_names() -> tuple[str, ...]:
    """What `parse_style` knows, for messages."""
    return (*_STYLES, "rate 0.9", "pitch +2st", "volume -3dB", *EMOTIONS, "happy 0.6")


def parse_emotion(name: str, intensity: str) -> Emotion:
    """The emotion of that name, or of a name that other services have for it; `0.6`, `60%`, `low` or `high`.

    Raises:
        MarkError: a name or an intensity that is unknown or outside 0 .. 1.
    """
    called = name.strip().lower()
    called = _KNOWN_AS.get(called, called)
    if called not in EMOTIONS:
        known = ", ".join((*EMOTIONS, *_KNOWN_AS))
        raise MarkError(f"a mark asks for the emotion `{name.strip()[:40]}`, which is unknown; known: {known}")
    text = intensity.strip().lower()
    if text in INTENSITIES:
        strength = INTENSITIES[text]
    elif text.endswith("%"):
        strength = _number(text[:-1], "emotion intensity", intensity, INTENSITIES) / 100
    else:
        strength = _number(text, "emotion intensity", intensity, INTENSITIES)
    if not 0 <= strength <= 1:
        raise MarkError(f"a mark asks for {called} of intensity {strength:g}, expected 0 .. 1")
    return Emotion(called, strength)


def parse_rate(written: str) -> float:
    """`slow`, `0.8`, `80%` or `+10%` as a factor.

    Raises:
        MarkError: none of these.
    """
    text = written.strip().lower()
    if text in RATES:
        return RATES[text]
    if text.endswith("%"):
        percent = _number(text[:-1], "rate", written, RATES)
        return 1 + percent / 100 if text[0] in "+-" else percent / 100
    return _number(text, "rate", written, RATES)


def parse_semitones(written: str) -> float:
    """`high`, `+2st` or `+10%` in semitones.

    Raises:
        MarkError: none of these, or a pitch of nothing.
    """
    text = written.strip().lower()
    if text in PITCHES:
        return PITCHES[text]
    if text.endswith("%"):
        percent = _number(text[:-1], "pitch", written, PITCHES)
        factor = 1 + percent / 100 if text[0] in "+-" else percent / 100
        if factor <= 0:
            raise MarkError(f"pitch `{written}` is no pitch; write e.g. `+2st` or `+10%`")
        return 12 * math.log2(factor)
    return _number(text.removesuffix("st"), "pitch", written, PITCHES)


def parse_decibels(written: str) -> float:
    """`loud` or `+4dB` in decibels.

    Raises:
        MarkError: neither.
    """
    text = written.strip().lower()
    return VOLUMES[text] if text in VOLUMES else _number(text.removesuffix("db"), "volume", written, VOLUMES)


def parse_break_time(written: str) -> float:
    """`500ms` or `0.5s` in seconds.

    Raises:
        MarkError: neither.
    """
    text = written.strip().lower()
    if text.endswith("ms"):
        return _number(text[:-2], "pause", written, ("500ms", "0.5s")) / 1000
    if text.endswith("s"):
        return _number(text[:-1], "pause", written, ("500ms", "0.5s"))
    raise MarkError(f"`{written}` is no length of a pause; write e.g. `500ms` or `0.5s`")


def _number(text: str, what: str, written: str, known: object) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        names = ", ".join(known) if isinstance(known, dict | tuple) else ""
        raise MarkError(f"{what} `{written}` is neither a number nor one of: {names}")
    return float(text)
