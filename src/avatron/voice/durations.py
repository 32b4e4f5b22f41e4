"""How many mel frames each phoneme lasts: pace, and whole frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.text.inventory import PAUSES, is_vowel

__all__ = ["PAUSE_ELASTICITY", "elasticity", "lengthened_pauses", "paced_durations", "whole_frames"]

VOWEL_ELASTICITY = 1.15
PAUSE_ELASTICITY = 1.25
CLOSURE_ELASTICITY = 0.7
OTHER_ELASTICITY = 0.9
"""Exponents of the stretch by class: a slow speaker lengthens vowels and pauses more than the closures of stops.

After Gay (1978, JASA 63:223) and Crystal and House (1982, JASA 72:705), who measured how speaking rate changes
segments; the values are round numbers between their extremes.
"""
CLOSURES = frozenset(("p", "b", "t", "d", "k", "ɡ", "tʃ", "dʒ"))

SHORTEST_END_FRAMES = 8
"""What is said last dies away in so many frames."""


def elasticity(symbols: Sequence[str]) -> NDArray[np.float64]:
    """[P] how strongly each phoneme follows the pace."""
    return np.array(
        [
            PAUSE_ELASTICITY
            if symbol in PAUSES
            else VOWEL_ELASTICITY
            if is_vowel(symbol)
            else CLOSURE_ELASTICITY
            if symbol in CLOSURES
            else OTHER_ELASTICITY
            for symbol in symbols
        ]
    )


def paced_durations(durations: NDArray[np.floating], symbols: Sequence[str], pace: float) -> NDArray[np.float64]:
    """[P] frames (not whole) at that pace; their sum is the sum of `durations` / pace."""
    if pace == 1 or not len(durations):
        return durations.astype(np.float64)
    stretched = durations * (1 / pace) ** elasticity(symbols)
    return np.asarray(stretched * (durations.sum() / pace / stretched.sum()))


def lengthened_pauses(
    durations: NDArray[np.float64], symbols: Sequence[str], factor: float, *, lead_frames: int
) -> NDArray[np.float64]:
    """[P] frames (not whole) with pauses `factor` times as long; the speech between them is as it was.

    What is heard between two utterances is the pause at the end of one and the lead of the next, `lead_frames`, which
    lasts what it must: the pause at the end makes up for it.
    """
    if factor == 1 or not len(durations):
        return durations
    lengthened = durations * np.where([symbol in PAUSES for symbol in symbols], factor, 1.0)
    if symbols[-1] in PAUSES:
        least = min(durations[-1], SHORTEST_END_FRAMES)
        lengthened[-1] = max((durations[-1] + lead_frames) * factor - lead_frames, least)
    return lengthened


def whole_frames(durations: NDArray[np.floating]) -> NDArray[np.int64]:
    """[P] whole frames, at least 1 each. Boundaries are rounded, not lengths, so that errors do not add up."""
    boundaries = np.rint(np.cumsum(durations)).astype(np.int64)
    # A boundary that would leave a phoneme without a frame moves up to one after its predecessor.
    place = np.arange(len(boundaries))
    boundaries = np.maximum.accumulate(boundaries - place - 1) + place + 1
    boundaries = np.maximum(boundaries, place + 1)
    return np.diff(boundaries, prepend=0)
