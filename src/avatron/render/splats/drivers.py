"""What corrections of place, colour and opacity follow: a few directions of expression and pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.errors import InvalidValueError

__all__ = ["FEATURES", "Drivers", "motion_features"]

Floats = NDArray[np.float32]

FEATURES = len(EXPRESSION_NAMES) + 11
"""F: expression, turn of the head in the world, gaze of both eyes, the torso's turn and place."""

_POSES = 9
"""Head, torso's turn and its place."""
_SOFT = 0.35
"""Beyond the range seen, this much of a standard deviation is gone on at most: corrections do not extrapolate."""
_RARE = 0.01
"""Share of the frames that lie beyond the range, on each side."""
_LEAST_SPREAD = 1e-3


def motion_features(motion: FaceMotion) -> Floats:
    """[T, F] what corrections may depend on."""
    turn = motion.head_rotation + motion.neck_rotation + motion.torso_rotation
    parts = (motion.expression, turn, motion.gaze.mean(1), motion.torso_rotation, motion.torso_translation)
    return np.concatenate(parts, 1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Drivers:
    """A linear map from the features of a motion to coefficients of about unit spread.

    Raises:
        ShapeError: arrays of other shapes.
        InvalidValueError: a length that is not positive.
    """

    mean: Floats
    """[F]"""
    directions: Floats
    """[R, F]"""
    lowest: Floats
    """[R] of the coefficients seen."""
    highest: Floats
    """[R]"""
    farthest: float
    """Length of the coefficients that is hardly ever seen: many that are unusual together were never learned."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", checked_array("mean", self.mean, (FEATURES,), np.float32))
        directions = checked_array("directions", self.directions, (None, FEATURES), np.float32)
        object.__setattr__(self, "directions", directions)
        if not self.farthest > 0:
            raise InvalidValueError(f"the farthest coefficients have length {self.farthest:g}, which must be positive")
        for name in ("lowest", "highest"):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (len(directions),), np.float32))

    def __len__(self) -> int:
        return len(self.directions)

    @staticmethod
    def of(motion: FaceMotion, reach: NDArray[np.float32], count: int) -> Drivers:
        """The `count` directions in which `motion` differs most as far as the eye can see.

        `reach` [E] is how far each expression moves the surface, metres: what is not seen takes no direction. Poses
        have directions of their own, the expressions' are principal components.
        """
        features = motion_features(motion)
        mean = features.mean(0)
        centred = features - mean
        shapes = len(EXPRESSION_NAMES)
        _, _, axes = np.linalg.svd(centred[:, :shapes] * reach, full_matrices=False)
        directions = np.zeros((count, FEATURES), np.float32)
        components = max(count - _POSES, 1)
        directions[:components, :shapes] = axes[:components] * reach
        poses = [*range(shapes, shapes + 3), *range(shapes + 5, shapes + 11)]
        for row, column in zip(range(components, count), poses, strict=False):
            directions[row, column] = 1
        spread = (centred @ directions.T).std(0)
        directions /= np.maximum(spread, _LEAST_SPREAD * np.abs(directions).sum(1) + 1e-9)[:, None]
        seen = centred @ directions.T
        lowest, highest = np.quantile(seen, [_RARE, 1 - _RARE], axis=0).astype(np.float32)
        farthest = float(np.quantile(np.linalg.norm(np.clip(seen, lowest, highest), axis=1), 1 - 2 * _RARE))
        return Drivers(mean, directions, lowest, highest, max(farthest, 1e-3))

    def coefficients(self, motion: FaceMotion) -> Floats:
        """[T, R] for each frame of `motion`, held softly within what was seen."""
        raw = (motion_features(motion) - self.mean) @ self.directions.T
        inside = np.clip(raw, self.lowest, self.highest)
        soft = inside + _SOFT * np.tanh((raw - inside) / _SOFT)
        length = np.linalg.norm(soft, axis=1, keepdims=True)
        return np.asarray(soft * np.minimum(self.farthest / np.maximum(length, 1e-9), 1), np.float32)
