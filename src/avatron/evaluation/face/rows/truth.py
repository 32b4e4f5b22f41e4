"""The truth itself, and the truth too late: what the measures say of those is how far they can be believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock, sample_curve
from avatron.evaluation.face.case import FaceCase, phone_edges_s
from avatron.evaluation.face.warping import phone_times

__all__ = ["LATE_S", "Truth", "sampled_motion"]

LATE_S = 0.1
"""A tenth of a second late is what viewers notice first (ITU-R BT.1359 has 125 ms for picture before sound)."""
_CURVES = (
    *("expression", "head_rotation", "neck_rotation", "torso_rotation"),
    *("head_translation", "torso_translation"),
)


class Truth:
    """What the person did, `late_s` too late; for other timings the same motion, phone by phone."""

    def __init__(self, late_s: float = 0.0) -> None:
        """`late_s` seconds, 0 or more."""
        self._late_s = late_s

    def animate(self, case: FaceCase, speech: Speech) -> FaceMotion:
        """The truth at the times of the frames of `speech`."""
        if speech is case.speech and not self._late_s:
            return case.truth
        clock = FrameClock(case.truth.fps)
        times_s = clock.times(clock.frames_between(speech.start, speech.end))
        inside_s = phone_times(times_s - self._late_s, phone_edges_s(speech), phone_edges_s(case.speech))
        return sampled_motion(case.truth, inside_s)


def sampled_motion(motion: FaceMotion, times_s: NDArray[Any]) -> FaceMotion:
    """[T] `motion` read linearly at `times_s` [T], as frames that follow one another from 0.

    Rotations are small: their axis-angles are mixed as they are.
    """
    rate = float(motion.fps)
    curves: dict[str, Any] = {name: sample_curve(getattr(motion, name).T, rate, times_s).T for name in _CURVES}
    gaze = sample_curve(motion.gaze.reshape(len(motion), 4).T, rate, times_s).T.reshape(-1, 2, 2)
    return replace(motion, **curves, gaze=gaze, first_frame=0)
