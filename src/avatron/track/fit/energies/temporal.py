"""Faces move smoothly: velocities and accelerations of every unknown are small for what they are.

    E = sum_t |(x_t+1 - x_t) / (v dt)|^2 + |(x_t+1 - 2 x_t + x_t-1) / (a dt^2)|^2

with v and a the spreads of velocity and acceleration, per second and per second squared, so that one setting holds at
every frame rate. Rotations differ by the logarithm of R_t+1 R_t^T.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import matrix_to_axis_angle
from avatron.track.fit.parameters import EXPRESSION, GAZE, SIZE
from avatron.track.fit.pose_model import FrameUnknowns

__all__ = ["TemporalEnergy", "differences"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TemporalEnergy:
    """Precisions of the differences between frames."""

    first: Floats
    """[SIZE] of x_t+1 - x_t."""
    second: Floats
    """[SIZE] of x_t+1 - 2 x_t + x_t-1."""

    @staticmethod
    def of(velocity: NDArray[Any], acceleration: NDArray[Any], fps: float) -> TemporalEnergy:
        """From the spreads [SIZE] per second and per second squared."""
        first, second = (
            np.asarray(spread, np.float64) / fps**power for spread, power in ((velocity, 1), (acceleration, 2))
        )
        return TemporalEnergy(1 / np.square(first), 1 / np.square(second))

    def bands(self, frames: int) -> tuple[Floats, Floats, Floats]:
        """Diagonals of the curvature: [T, SIZE] of each frame, [T, SIZE] to the next, [T, SIZE] to the next but one.

        Entries that would reach past the last frame are 0.
        """
        own, next_one, next_but_one = (np.zeros((frames, SIZE)) for _ in range(3))
        if frames > 1:
            own[:-1] += self.first
            own[1:] += self.first
            next_one[:-1] -= self.first
        if frames > 2:
            own[:-2] += self.second
            own[1:-1] += 4 * self.second
            own[2:] += self.second
            next_one[:-2] -= 2 * self.second
            next_one[1:-1] -= 2 * self.second
            next_but_one[:-2] += self.second
        return own, next_one, next_but_one

    def gradient(self, steps: Floats) -> Floats:
        """[T, SIZE] half the derivative, from the `differences` [T - 1, SIZE] between frames."""
        gradient = np.zeros((len(steps) + 1, SIZE))
        pull = steps * self.first
        gradient[1:] += pull
        gradient[:-1] -= pull
        if len(steps) > 1:
            bend = np.diff(steps, axis=0) * self.second
            gradient[2:] += bend
            gradient[1:-1] -= 2 * bend
            gradient[:-2] += bend
        return gradient

    def value(self, steps: Floats) -> float:
        """The energy of the `differences` [T - 1, SIZE]."""
        return float((np.square(steps) * self.first).sum() + (np.square(np.diff(steps, axis=0)) * self.second).sum())


def differences(unknowns: FrameUnknowns) -> Floats:
    """[T - 1, SIZE] from each frame to the next."""
    steps = np.empty((len(unknowns) - 1, SIZE))
    steps[:, :3] = matrix_to_axis_angle(unknowns.rotation[1:] @ np.swapaxes(unknowns.rotation[:-1], 1, 2))
    steps[:, 3:6] = np.diff(unknowns.translation, axis=0)
    steps[:, EXPRESSION] = np.diff(unknowns.fitted, axis=0)
    steps[:, GAZE] = np.diff(unknowns.gaze.reshape(-1, 4), axis=0)
    return steps
