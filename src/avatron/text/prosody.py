"""From the marks of a text to numbers for each phoneme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from avatron.core.emotion import NOTHING_ASKED, Border
from avatron.core.speech import PhonemeMarks
from avatron.text.inventory import is_vowel
from avatron.text.marked import SpeakingStyle

__all__ = ["emphasised", "phoneme_marks"]


@dataclass(frozen=True)
class _Emphasis:
    """What a speaker does to a word: the stressed vowel carries most of it."""

    rate: float
    semitones: float
    vowel_semitones: float
    decibels: float


_EMPHASES = {
    "moderate": _Emphasis(rate=0.87, semitones=0.8, vowel_semitones=3.0, decibels=2.0),
    "strong": _Emphasis(rate=0.75, semitones=1.5, vowel_semitones=5.0, decibels=3.5),
    "reduced": _Emphasis(rate=1.12, semitones=-1.5, vowel_semitones=-1.5, decibels=-2.0),
}
"""Excursions of a focus accent are two to six semitones, and its word lasts ten to forty per cent longer (Cooper,
Eady and Mueller 1985, JASA 77:2142; Eady and Cooper 1986, JASA 80:402)."""
_STRESS = "ˈ"
_STRONG = {"ə": "ʌ", "ɚ": "ɝ"}
_FULL = {"the": ("ð", "ˈi"), "a": ("ˈeɪ",), "to": ("t", "ˈu"), "for": ("f", "ˈɔ", "ɹ"), "and": ("ˈæ", "n", "d")}
"""Small words in the form that they have when they are stressed."""


def emphasised(symbols: tuple[str, ...], word: str) -> tuple[str, ...]:
    """The phonemes of a word that is stressed: a word without a stress gets one."""
    if any(symbol.startswith(_STRESS) for symbol in symbols):
        return symbols
    if word.lower() in _FULL:
        return _FULL[word.lower()]
    for place, symbol in enumerate(symbols):
        if is_vowel(symbol):
            bare = symbol.lstrip("ˌ")
            return (*symbols[:place], _STRESS + _STRONG.get(bare, bare), *symbols[place + 1 :])
    return symbols


def phoneme_marks(
    symbols: Sequence[str],
    styles: Sequence[SpeakingStyle],
    pauses_s: Mapping[int, float],
    borders: tuple[Border, Border] = (NOTHING_ASKED, NOTHING_ASKED),
) -> PhonemeMarks | None:
    """The marks of phonemes [P] with a style each; `pauses_s` are pauses of a given length. None: nothing is marked.

    `borders` say what is felt on both sides of the utterance's start and of its end.
    """
    plain = SpeakingStyle()
    if not pauses_s and all(style == plain for style in styles) and borders == (NOTHING_ASKED, NOTHING_ASKED):
        return None
    rate, semitones, decibels = (np.zeros(len(symbols), np.float32) for _ in range(3))
    for place, (symbol, style) in enumerate(zip(symbols, styles, strict=True)):
        rate[place], semitones[place], decibels[place] = style.rate, style.semitones, style.decibels
        emphasis = _EMPHASES.get(style.emphasis)
        if emphasis is not None:
            rate[place] *= emphasis.rate
            semitones[place] += emphasis.vowel_semitones if symbol.startswith(_STRESS) else emphasis.semitones
            decibels[place] += emphasis.decibels
    pause_s = np.full(len(symbols), -1, np.float32)
    for place, seconds in pauses_s.items():
        pause_s[place] = seconds
    emotions = tuple(style.emotion for style in styles)
    felt = any(emotion is not None for emotion in emotions)
    return PhonemeMarks(
        rate,
        semitones,
        decibels,
        pause_s,
        emotions=emotions if felt else (),
        starts=borders[0],
        ends=borders[1],
    )
