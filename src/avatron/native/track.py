"""What landmarks say about frames, and frames about each other: normal equations and their solution.

`track/fit/pose_model.py` is the same in NumPy, and what the kernel is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError

__all__ = ["LandmarkKernel", "LandmarkNormals", "solve_banded"]

_POSE, _GAZE, _LENS = 6, 4, 2


@dataclass(frozen=True, eq=False)
class LandmarkNormals:
    """Normal equations of T frames. Columns: turn 3, translation 3, shapes N, gaze 4, and lens 2 where asked for."""

    curvature: NDArray[np.float64]
    """[T, P, P] J^T J."""
    gradient: NDArray[np.float64]
    """[T, P] J^T r, half the gradient of the energy."""
    energy: NDArray[np.float64]
    """[T] the robust energy."""
    mean_square_px: NDArray[np.float64]
    """[T] mean square distance of the landmarks that are seen, from where they are seen."""


class LandmarkKernel:
    """A person's landmarks, ready for the kernel.

    Args:
        rest: [L, 3] metres, head frame.
        shapes: [N, L, 3] metres for weight 1.
        look: [2, 4, L, 3] what lids do where the left and the right eye look out, in, up and down.
        eye_centre: [2, 3].
        eye: [L] -1 on skin, 0 and 1 on the left and the right eyeball.
        blinks: the shapes that shut the left and the right eye, and so take `look` back.
        full_angles: yaw and pitch in radians at which looks are complete.

    Raises:
        ShapeError: lengths that disagree.
        InvalidValueError: an eye or shape that is not there.
    """

    def __init__(
        self,
        rest: Any,
        shapes: Any,
        look: Any,
        eye_centre: Any,
        eye: Any,
        blinks: tuple[int, int],
        full_angles: tuple[float, float],
    ) -> None:
        self._rest = checked_array("rest", rest, (None, 3), np.float32)
        self.landmarks = len(self._rest)
        by_shape = checked_array("shapes", shapes, (None, self.landmarks, 3), np.float32)
        self.shapes = len(by_shape)
        pad = -self.shapes % _native.track.ROW_PAD
        padded = np.pad(np.moveaxis(by_shape, 0, -1), ((0, 0), (0, 0), (0, pad)))
        self._shape, self._by_shape = np.ascontiguousarray(padded), by_shape
        self._look = checked_array("look", look, (2, 4, self.landmarks, 3), np.float32)
        self._eye_centre = checked_array("eye_centre", eye_centre, (2, 3), np.float32)
        self._eye = checked_array("eye", eye, (self.landmarks,), np.int32)
        if self.landmarks and not -1 <= self._eye.min() <= self._eye.max() <= 1:
            raise InvalidValueError("`eye` holds something other than -1, 0 and 1")
        if not all(0 <= blink < self.shapes for blink in blinks):
            raise InvalidValueError(f"`blinks` {blinks} name shapes outside 0 .. {self.shapes - 1}")
        self._blinks, self._full_angles = blinks, full_angles

    def normals(
        self,
        lens: tuple[float, float, float, float],
        rotation: Any,
        translation: Any,
        weights: Any,
        gaze: Any,
        seen: Any,
        precision: Any,
        *,
        cutoff: float,
        correction: Any = None,
        with_lens: bool = False,
    ) -> LandmarkNormals:
        """The normal equations of T frames.

        Args:
            lens: focal length, principal point x and y (pixels), radial distortion k1.
            rotation: [T, 3, 3] head frame to camera space.
            translation: [T, 3] metres.
            weights: [T, N] of the shapes.
            gaze: [T, 2, 2] radians.
            seen: [T, L, 2] pixels.
            precision: [T, L] one over the standard deviation, 1 / pixels; 0 where a landmark was not seen.
            cutoff: standard deviations at which landmarks begin to lose their say (Geman-McClure).
            correction: [T, L, 3] metres to be added in the head frame, or None.
            with_lens: whether the logarithm of the focal length and k1 are unknown too.

        Raises:
            ShapeError: lengths that disagree.
        """
        frames, count = len(rotation), self.landmarks
        columns = _POSE + self.shapes + _GAZE + (_LENS if with_lens else 0)
        curvature, gradient = np.empty((frames, columns, columns)), np.empty((frames, columns))
        summary = np.empty((frames, 2))
        added = np.zeros((0, count, 3), np.float32)
        if correction is not None:
            added = checked_array("correction", correction, (frames, count, 3), np.float32)
        _native.track.normals(
            self._rest,
            self._shape,
            self._by_shape,
            self._look,
            self._eye_centre,
            self._eye,
            *self._blinks,
            *self._full_angles,
            np.array(lens, np.float64),
            checked_array("rotation", rotation, (frames, 3, 3), np.float64),
            checked_array("translation", translation, (frames, 3), np.float64),
            checked_array("weights", weights, (frames, self.shapes), np.float64),
            checked_array("gaze", gaze, (frames, 2, 2), np.float64),
            added,
            checked_array("seen", seen, (frames, count, 2), np.float32),
            checked_array("precision", precision, (frames, count), np.float32),
            cutoff,
            with_lens,
            curvature,
            gradient,
            summary,
        )
        return LandmarkNormals(curvature, gradient, summary[:, 0], summary[:, 1])


def solve_banded(own: Any, next_one: Any, next_but_one: Any, right: Any, held: Any = None) -> NDArray[np.float64]:
    """[T, P] the x of a symmetric positive definite system over T frames of P unknowns.

    Args:
        own: [T, P, P] the blocks on the diagonal.
        next_one: [T, P] diagonals of the blocks that couple a frame to the next.
        next_but_one: [T, P] the same to the next but one.
        right: [T, P].
        held: bool [T, P] unknowns that stay 0, as if they were not in the system; None: none of them.

    Raises:
        ShapeError: lengths that disagree, or numbers that are not finite.
        InvalidValueError: it is not positive definite.
    """
    frames, size = np.shape(right)
    solution = np.empty((frames, size))
    solved = _native.track.solve_banded(
        checked_array("own", own, (frames, size, size), np.float64),
        checked_array("next_one", next_one, (frames, size), np.float64),
        checked_array("next_but_one", next_but_one, (frames, size), np.float64),
        checked_array("right", right, (frames, size), np.float64),
        np.zeros((frames, size), np.bool_) if held is None else checked_array("held", held, (frames, size), np.bool_),
        solution,
    )
    if not solved:
        raise InvalidValueError("the equations are not positive definite; give every unknown some precision")
    return solution
