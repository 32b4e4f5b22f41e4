"""How far loudness moves from syllable to syllable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST_CHANGE_DB", "dynamics_gain"]

LARGEST_CHANGE_DB = 9.0
"""No syllable is moved further: below it would be lost, above it the limiter would take it back."""


def dynamics_gain(
    mel: NDArray[np.float32], durations: NDArray[np.int64], vowels: NDArray[np.bool_], dynamics: float
) -> NDArray[np.float32]:
    """[F] dB that bring the levels of the vowels `dynamics` times as far from their mean, with their power kept.

    `mel` is [M, F], `durations` frames and `vowels` whether it is one, both [P]. The gain runs in straight lines from
    vowel to vowel, so that a consonant moves with the vowels around it: the contrast between the sounds of a syllable
    is what makes them understood, and is left alone.
    """
    frames = mel.shape[1]
    ends = np.cumsum(durations)
    places = np.nonzero(vowels)[0]
    if dynamics == 1 or not len(places):
        return np.zeros(frames, np.float32)
    level = 10 * np.log10(np.exp(2 * mel.astype(np.float64)).sum(axis=0))
    levels = np.array([level[ends[place] - durations[place] : ends[place]].max() for place in places])
    moved = np.clip((dynamics - 1) * (levels - levels.mean()), -LARGEST_CHANGE_DB, LARGEST_CHANGE_DB)
    moved -= _power_db(levels + moved) - _power_db(levels)
    middles = ends[places] - durations[places] / 2
    return np.asarray(np.interp(np.arange(frames) + 0.5, middles, moved), np.float32)


def _power_db(levels: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))
