"""Steps of a window's frames, solved together with what holds them to each other in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import matrix_to_axis_angle
from avatron.native.track import solve_banded
from avatron.track.fit.parameters import FITTED
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.photometric.pose import FramePose

__all__ = ["TimePrior", "path_of", "solve_window"]

Floats = NDArray[np.float64]

_QUICK = ("jaw", "mouth", "eyeBlink")
"""Names that begin so may change three times as fast: plosives and blinks last two frames."""
_QUICKER = 3.0
_HELD = 1e9
"""Curvature that keeps a weight where it is: at its bound, and pushed against it."""


@dataclass(frozen=True, eq=False)
class TimePrior:
    """What holds frames to each other: changes of speed are normally distributed."""

    weight: Floats
    """[6 + P] inverse variance of a second difference."""

    @staticmethod
    def of(config: PhotometricConfig, fps: float) -> TimePrior:
        """For a clip of `fps` frames a second."""
        quick = np.array([_QUICKER if name.startswith(_QUICK) else 1.0 for name in FITTED])
        spread = np.concatenate(
            [
                np.full(3, config.rotation_acceleration),
                np.full(3, config.translation_acceleration),
                config.expression_acceleration * quick,
            ]
        )
        return TimePrior((fps**2 / spread) ** 2)


def path_of(poses: list[FramePose], pivots: Floats) -> Floats:
    """[T, 6 + P] where frames are, in coordinates in which corrections of poses are differences."""
    path = np.zeros((len(poses), 6 + len(FITTED)))
    rotations = np.stack([pose.rotation for pose in poses])
    turns = matrix_to_axis_angle(rotations[1:] @ np.swapaxes(rotations[:-1], 1, 2))
    path[1:, :3] = np.cumsum(turns, 0)
    path[:, 3:6] = pivots
    path[:, 6:] = [pose.fitted for pose in poses]
    return path


def solve_window(
    normal: Floats, right: Floats, path: Floats, prior: TimePrior, joined: NDArray[np.bool_], longest: float
) -> Floats:
    """[T, 6 + P] the step of each frame.

    Args:
        normal: [T, 6 + P, 6 + P] curvature of each frame's own energy, `right` [T, 6 + P] its gradient.
        path: [T, 6 + P] where the frames are (`path_of`).
        joined: [T] whether frame t and the next two, where there are, are one movement.
        longest: no weight changes by more.
    """
    frames, size = right.shape
    own, next_one = np.array(normal), np.zeros((frames, size))
    next_but_one = np.zeros((frames, size))
    gradient = np.array(right)
    diagonal = np.arange(size)
    shares = (1.0, -2.0, 1.0)
    for first in range(frames - 2):
        if not joined[first : first + 2].all():
            continue
        bend = prior.weight * (path[first] - 2 * path[first + 1] + path[first + 2])
        for place, share in enumerate(shares):
            gradient[first + place] += share * bend
            own[first + place, diagonal, diagonal] += share * share * prior.weight
        next_one[first] += -2 * prior.weight
        next_one[first + 1] += -2 * prior.weight
        next_but_one[first] += prior.weight
    weights = path[:, 6:]
    held = ((weights <= 1e-6) & (gradient[:, 6:] > 0)) | ((weights >= 1 - 1e-6) & (gradient[:, 6:] < 0))
    frame, column = np.nonzero(held)
    own[frame, 6 + column, 6 + column] += _HELD
    step = -solve_banded(own, next_one, next_but_one, gradient)
    # Shortened as a whole: weights that balance each other, as of jaw and lips, must not be cut one by one.
    return np.asarray(step * np.minimum(1, longest / np.maximum(np.abs(step[:, 6:]).max(1), 1e-12))[:, None])
