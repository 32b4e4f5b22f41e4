"""What a decoder reads of speech, beside the text embedding: for training and run time the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.motion.silences import is_pause
from avatron.text.inventory import CONSONANTS, VOWELS, base_of

__all__ = ["CLASSES", "LONGEST_AGE_S", "PAUSE_CLASS", "UNKNOWN_CLASS", "class_of", "column_classes", "phoneme_ages"]

CLASSES: tuple[str, ...] = ("", "|", *CONSONANTS, *VOWELS)
"""Phonemes without stress. The first is for what is not known: sounds of other languages, speech without transcript."""
UNKNOWN_CLASS, PAUSE_CLASS = 0, 1
LONGEST_AGE_S = 0.25
"""After this time a phoneme grows no older."""

_PLACES = {name: place for place, name in enumerate(CLASSES)}


def class_of(symbol: str) -> int:
    """Place in `CLASSES` of a phoneme, of whatever stress and length."""
    if is_pause(symbol):
        return PAUSE_CLASS
    return _PLACES.get(base_of(symbol.rstrip("ːˑ̩̃")), UNKNOWN_CLASS)


def column_classes(symbols: Sequence[str], durations: NDArray[np.int64]) -> NDArray[np.int64]:
    """[F] the class of each mel column, of phonemes [P] that last `durations` [P] columns."""
    return np.repeat(np.array([class_of(symbol) for symbol in symbols], np.int64), durations)


def phoneme_ages(durations: NDArray[np.int64], frame_rate: float) -> NDArray[np.float32]:
    """[F] how long the phoneme of each mel column has lasted, 0 .. 1 for 0 .. `LONGEST_AGE_S`.

    It looks back only; when the phoneme ends, a decoder sees in its look-ahead.
    """
    starts = np.repeat(np.cumsum(durations) - durations, durations)
    age_s = (np.arange(int(durations.sum())) - starts) / frame_rate
    return np.asarray(np.minimum(age_s / LONGEST_AGE_S, 1.0), np.float32)
