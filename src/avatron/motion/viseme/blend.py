"""Coarticulation: overlapping gestures share each articulator in proportion to their dominance.

Cohen and Massaro, Modeling coarticulation in synthetic visual speech, 1993, eq. 5: the curve of a channel is the mean
of all targets, weighted by dominance functions that rise before a phoneme and fall after it. Theirs are negative
exponentials with a corner at the centre; ours are flat in the phoneme's core and fall off smoothly to zero at a finite
distance, so that the curves have continuous velocity and few gestures meet at any moment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.motion.curves import falloff, meeting_pairs
from avatron.motion.viseme.articulators import ARTICULATORS, CHANNEL_INDEX, CHANNELS
from avatron.motion.viseme.gestures import Gestures

__all__ = ["blend"]

REST_DOMINANCE = 1e-3
"""Rest holds the mouth this strongly at all times: it decides only where no gesture reaches."""


def blend(gestures: Gestures, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T, C] the mouth's curves at `times_s` [T], seconds from the start of the utterance; contacts come later."""
    curves = np.zeros((len(times_s), len(CHANNELS)))
    for number, articulator in enumerate(ARTICULATORS.values()):
        columns = [CHANNEL_INDEX[channel] for channel in articulator.channels]
        pairs = meeting_pairs(
            times_s,
            gestures.core_start_s - articulator.before_s,
            gestures.core_end_s + articulator.after_s,
        )
        until_s = gestures.core_start_s[pairs.event] - times_s[:, None]
        since_s = times_s[:, None] - gestures.core_end_s[pairs.event]
        share = np.maximum(np.maximum(until_s / articulator.before_s, since_s / articulator.after_s), 0.0)
        dominance = gestures.strengths[:, number][pairs.event] * falloff(share, 1.0) * pairs.valid
        total = dominance.sum(axis=1) + REST_DOMINANCE
        for column in columns:
            curves[:, column] = (dominance * gestures.targets[:, column][pairs.event]).sum(axis=1) / total
    return curves
