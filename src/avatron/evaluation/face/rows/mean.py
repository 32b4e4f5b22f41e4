"""Mean motion: a face that never moves, in the pose that is right on average. Whoever loses to it has not learned."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError
from avatron.evaluation.face.case import FaceCase

__all__ = ["MeanMotion"]


class MeanMotion:
    """The mean expression of the cases that may be learned from."""

    def __init__(self, known: Iterable[FaceCase]) -> None:
        """Average over all trusted frames of `known`.

        Raises:
            InvalidValueError: no trusted frame.
        """
        total, count = np.zeros(len(EXPRESSION_NAMES)), 0
        for case in known:
            total += case.truth.expression[case.trusted].sum(0, dtype=np.float64)
            count += int(case.trusted.sum())
        if not count:
            raise InvalidValueError("there is no motion to take the mean of; give clips of the split `train`")
        self._expression = (total / count).astype(np.float32)

    def animate(self, case: FaceCase, speech: Speech) -> FaceMotion:
        """The mean, for as long as `speech` lasts."""
        clock = FrameClock(case.truth.fps)
        rest = FaceMotion.at_rest(len(clock.frames_between(speech.start, speech.end)), case.truth.fps)
        still = (rest.head_rotation, rest.neck_rotation, rest.torso_rotation)
        shifts = (rest.head_translation, rest.torso_translation)
        return FaceMotion(np.tile(self._expression, (len(rest), 1)), *still, *shifts, rest.gaze, rest.fps)
