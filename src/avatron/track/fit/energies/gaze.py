"""Both eyes look at the same thing: they turn alike, up to the angle between them.

E = (|yaw_l - yaw_r - v|^2 / a^2 + |pitch_l - pitch_r|^2 / b^2 + |gaze|^2 / c^2) summed over the eyes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["GazePrior"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GazePrior:
    """Normal equations of the prior on [yaw left, pitch left, yaw right, pitch right]."""

    vergence_spread: float
    """Of the difference of the yaws, radians."""
    pitch_difference_spread: float
    """Radians."""
    spread: float
    """Of the gaze itself about straight ahead, radians."""

    def curvature(self) -> Floats:
        """[4, 4]."""
        matrix = np.eye(4) / self.spread**2
        for first, second, spread in ((0, 2, self.vergence_spread), (1, 3, self.pitch_difference_spread)):
            matrix[first, first] += 1 / spread**2
            matrix[second, second] += 1 / spread**2
            matrix[first, second] -= 1 / spread**2
            matrix[second, first] -= 1 / spread**2
        return matrix

    def gradient(self, gaze: NDArray[Any]) -> Floats:
        """[T, 4] half the derivative at gaze [T, 2, 2]."""
        return np.asarray(gaze.reshape(len(gaze), 4) @ self.curvature())
