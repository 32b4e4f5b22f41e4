"""Whether head and brows move with the stress of speech."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import InvalidValueError
from avatron.evaluation.tracking.measures import rotation_error_deg

__all__ = ["WIDTH_S", "beat_alignment", "beat_alignment_by_chance", "brow_beats_s", "head_beats_s"]

WIDTH_S = 0.1
"""A beat that is as far from an accent counts exp(-1/2): sigma of the score."""
_LEAST_BROW = 0.02
"""A rise of the brows that is smaller is not seen."""
_LEAST_TURN = 0.02
"""Radians per second: a head that turns more slowly on both sides of a stop does not stop."""
_BROWS = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")


def head_beats_s(motion: FaceMotion) -> NDArray[np.float64]:
    """[B] seconds at which the head comes to a stop: local minima of how fast it turns.

    Li et al., AI choreographer, 2021 (AIST++), whose kinematic beats these are, of the skull's turn.
    """
    if len(motion) < 4:
        return np.zeros(0)
    carried = axis_angle_to_matrix(motion.torso_rotation) @ axis_angle_to_matrix(motion.neck_rotation)
    turn = carried @ axis_angle_to_matrix(motion.head_rotation)
    speed = np.asarray(np.radians(rotation_error_deg(turn[:-1], turn[1:])) * float(motion.fps))
    low = (speed[1:-1] < speed[:-2]) & (speed[1:-1] <= speed[2:])
    moves = np.maximum(speed[:-2], speed[2:]) > _LEAST_TURN
    # Speed t is between frames t and t + 1.
    return np.asarray((np.flatnonzero(low & moves) + 1.5 + motion.first_frame) / float(motion.fps))


def brow_beats_s(motion: FaceMotion) -> NDArray[np.float64]:
    """[B] seconds at which raised brows are highest: local maxima of their mean weight."""
    if len(motion) < 3:
        return np.zeros(0)
    raised = np.stack([motion.channel(name) for name in _BROWS]).mean(axis=0, dtype=np.float64)
    top = (raised[1:-1] > raised[:-2]) & (raised[1:-1] >= raised[2:]) & (raised[1:-1] - raised.min() > _LEAST_BROW)
    return np.asarray((np.flatnonzero(top) + 1 + motion.first_frame) / float(motion.fps))


def beat_alignment(beats_s: NDArray[Any], accents_s: NDArray[Any], width_s: float = WIDTH_S) -> float:
    """Mean over accents of exp(-d^2 / 2 width^2), d seconds to the nearest beat: 0 .. 1, higher is better.

    Li et al., AI choreographer, 2021, eq. 8, from the accents' side: an accent without a beat costs, a beat without an
    accent does not. Whoever nods all the time scores high: compare with `beat_alignment_by_chance`.

    Raises:
        InvalidValueError: no accents, or no width.
    """
    if not len(accents_s) or width_s <= 0:
        raise InvalidValueError(f"{len(accents_s)} accents and a width of {width_s:g} s; expected some and above 0")
    if not len(beats_s):
        return 0.0
    distance = np.abs(np.asarray(accents_s)[:, None] - np.asarray(beats_s)[None]).min(1)
    return float(np.exp(-np.square(distance) / (2 * width_s**2)).mean())


def beat_alignment_by_chance(
    beats_s: NDArray[Any], accents_s: NDArray[Any], start_s: float, end_s: float, width_s: float = WIDTH_S
) -> float:
    """What as many beats would score by chance: the mean of `beat_alignment` with the beats turned round the clip.

    Raises:
        InvalidValueError: no accents, no width, or a clip without length.
    """
    length_s = end_s - start_s
    if length_s <= 0:
        raise InvalidValueError(f"a clip from {start_s:g} to {end_s:g} s has no length; give one that has")
    shifts = np.linspace(0, length_s, 50, endpoint=False)
    turned = [(np.asarray(beats_s) - start_s + shift) % length_s + start_s for shift in shifts]
    return float(np.mean([beat_alignment(beats, accents_s, width_s) for beats in turned]))
