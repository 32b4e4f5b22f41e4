"""The camera of a clip while it is being found: focal length and radial distortion, with their derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError

__all__ = ["Lens", "Projection", "field_of_view_focal_px"]

Floats = NDArray[np.float64]

NEAREST_M = 0.02
"""Points nearer to the camera than this, or behind it, are seen as if they were here."""


@dataclass(frozen=True)
class Lens:
    """A pinhole camera with one coefficient of radial distortion; OpenCV's axes, the principal point in the middle.

    Raises:
        InvalidValueError: a size or focal length that is not positive, or a number that is not finite.
    """

    width: int
    height: int
    focal_px: float
    k1: float = 0.0
    """A point at distance r of the principal point, in focal lengths, is seen at r (1 + k1 r^2)."""

    def __post_init__(self) -> None:
        if not (
            self.width > 0 and self.height > 0 and self.focal_px > 0 and np.isfinite([self.focal_px, self.k1]).all()
        ):
            raise InvalidValueError(
                f"a lens of {self.width}x{self.height} px, focal length {self.focal_px} px, k1 {self.k1}: "
                "sizes and focal length must be positive, and all of it finite"
            )

    @property
    def centre_px(self) -> Floats:
        """[2] the principal point."""
        return np.array([self.width / 2, self.height / 2])

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """Focal length, principal point x and y (pixels), k1: as kernels take them."""
        return self.focal_px, self.width / 2, self.height / 2, self.k1

    def project(self, points: NDArray[Any]) -> Projection:
        """Where `points` [..., 3] (camera space, metres) are seen, and how that changes."""
        points = np.asarray(points)
        depth = np.maximum(points[..., 2], NEAREST_M)
        u, v = points[..., 0] / depth, points[..., 1] / depth
        square = u * u + v * v
        grown = 1 + self.k1 * square
        flat = np.stack([u * grown, v * grown], -1)
        # d(u grown)/d(u, v), and by (u, v) = (x, y) / z to the point.
        by_plane = np.empty((*u.shape, 2, 2), u.dtype)
        by_plane[..., 0, 0] = grown + 2 * self.k1 * u * u
        by_plane[..., 1, 1] = grown + 2 * self.k1 * v * v
        by_plane[..., 0, 1] = by_plane[..., 1, 0] = 2 * self.k1 * u * v
        by_plane *= (self.focal_px / depth)[..., None, None]
        by_point = np.empty((*u.shape, 2, 3), u.dtype)
        by_point[..., :2] = by_plane
        by_point[..., 2] = -(by_plane[..., 0] * u[..., None] + by_plane[..., 1] * v[..., None])
        return Projection(
            self.focal_px * flat + self.centre_px.astype(u.dtype),
            by_point,
            self.focal_px * flat,
            self.focal_px * np.stack([u, v], -1) * square[..., None],
        )


@dataclass(frozen=True, eq=False)
class Projection:
    """Points in the picture, with derivatives."""

    pixels: NDArray[Any]
    """[..., 2]."""
    by_point: NDArray[Any]
    """[..., 2, 3] pixels for a metre of the point."""
    by_log_focal: NDArray[Any]
    """[..., 2] pixels for a change of the focal length's logarithm by 1."""
    by_k1: NDArray[Any]
    """[..., 2]."""


def field_of_view_focal_px(width: int, height: int, degrees: float) -> float:
    """The focal length in pixels at which the longer side of the picture spans `degrees`."""
    return float(max(width, height) / 2 / np.tan(np.radians(degrees) / 2))
