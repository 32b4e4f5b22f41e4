"""Shoulders: the torso follows a large turn of the head, later and by a part of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.motion.curves import plateau
from avatron.motion.emotion.mood import Mood
from avatron.motion.idle.head import head_turn

__all__ = ["shoulder_turn"]

SHARE = np.array([0.06, 0.22, 0.12])
"""How much of the head's pitch, yaw and roll the torso takes part in."""
STILL = np.radians(0.6)
"""Turns smaller than this leave the shoulders where they are."""
DELAYS_S = (0.12, 0.20, 0.28, 0.36)
"""The head is followed this much later, as the mean of several delays: shoulders are heavy and start softly."""
CATCH_UP_S = 0.9
"""In this time before an utterance's end the delay dwindles to nothing, and grows again after the start of the next,
so that utterances join although none knows what the head did in the one before."""


def shoulder_turn(
    speech: Speech, times_s: NDArray[np.float64], seed: int, mood: Mood | None = None
) -> NDArray[np.float64]:
    """[T, 3] axis-angle of the torso beside its breathing, radians, at `times_s` [T] on the script's clock."""
    local_s = times_s - float(speech.start)
    length_s = float(speech.end - speech.start)
    edge_s = min(CATCH_UP_S, 0.5 * length_s)
    lag = plateau(local_s, edge_s, length_s - edge_s, edge_s, edge_s) * (edge_s / CATCH_UP_S)
    late = [head_turn(speech, times_s - delay_s * lag, seed, mood) for delay_s in DELAYS_S]
    return np.asarray(SHARE * _beyond(np.mean(late, axis=0), STILL))


def _beyond(turn: NDArray[np.float64], still: float) -> NDArray[np.float64]:
    """`turn` without its first `still` radians, with continuous slope."""
    return np.asarray(np.sign(turn) * (np.hypot(turn, still) - still))
