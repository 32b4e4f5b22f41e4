"""Gaussians bound to the triangles of a mesh: an appearance as it is stored and drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError

__all__ = ["GaussianSet"]


@dataclass(frozen=True, eq=False)
class GaussianSet:
    """Gaussians in the frames of triangles, so that they move with whatever mesh they are put on.

    The frame of a triangle has its centroid for origin, for axes its first edge, its normal and their cross product,
    and for unit the mean of the first edge's length and the height over it (Qian et al., GaussianAvatars, CVPR 2024).

    Raises:
        ShapeError: arrays of other shapes, NaN or infinity.
        InvalidValueError: a scale that is not positive, an opacity outside 0 .. 1, a rotation of length 0, a triangle
            below 0.
    """

    positions: NDArray[np.float32]
    """[G, 3] of the centres, in units of the triangle."""
    rotations: NDArray[np.float32]
    """[G, 4] quaternions (w, x, y, z) of any length."""
    scales: NDArray[np.float32]
    """[G, 3] standard deviations along the axes, in units of the triangle."""
    opacities: NDArray[np.float32]
    """[G] 0 .. 1."""
    colours: NDArray[np.float32]
    """[G, 3] display RGB, 0 .. 1 but for overshoot."""
    triangle: NDArray[np.int32]
    """[G] the triangle that each rides on."""

    def __post_init__(self) -> None:
        positions = checked_array("positions", self.positions, (None, 3), np.float32)
        count = len(positions)
        object.__setattr__(self, "positions", positions)
        for name, shape in (("rotations", (count, 4)), ("scales", (count, 3)), ("colours", (count, 3))):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, np.float32))
        object.__setattr__(self, "opacities", checked_array("opacities", self.opacities, (count,), np.float32))
        object.__setattr__(self, "triangle", checked_array("triangle", self.triangle, (count,), np.int32))
        if count == 0:
            return
        if not self.scales.min() > 0:
            raise InvalidValueError(f"a Gaussian has the scale {self.scales.min()}; all must be positive")
        if not 0 <= self.opacities.min() <= self.opacities.max() <= 1:
            raise InvalidValueError(
                f"opacities lie between {self.opacities.min()} and {self.opacities.max()}; expected 0 to 1"
            )
        if not np.abs(self.rotations).max(axis=1).min() > 0:
            raise InvalidValueError("a Gaussian's rotation is the quaternion 0, which is no rotation")
        if self.triangle.min() < 0:
            raise InvalidValueError(f"a Gaussian rides on triangle {self.triangle.min()}; the first one is 0")

    def __len__(self) -> int:
        return len(self.positions)
