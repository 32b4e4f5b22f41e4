"""A pinhole camera, OpenCV convention: +x right, +y down, +z into the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError

__all__ = ["Camera"]


@dataclass(frozen=True, eq=False)
class Camera:
    """World points (head frame, metres) to pixels.

    Pixel (i, j) covers [i, i+1) x [j, j+1): its centre is at (i + 0.5, j + 0.5).

    Raises:
        ShapeError: wrong shapes.
        InvalidValueError: a size or focal length that is not positive.
    """

    width: int
    height: int
    focal_px: float
    centre_px: tuple[float, float]
    """Principal point (x, y)."""
    rotation: NDArray[np.float64]
    """[3, 3] world to camera."""
    position: NDArray[np.float64]
    """[3] the camera's place in the world, metres."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", checked_array("rotation", self.rotation, (3, 3), np.float64))
        object.__setattr__(self, "position", checked_array("position", self.position, (3,), np.float64))
        if self.width < 1 or self.height < 1 or not self.focal_px > 0:
            raise InvalidValueError(
                f"camera of {self.width}x{self.height} px with focal length {self.focal_px} px; all must be positive"
            )

    @staticmethod
    def looking_at(
        target: NDArray[Any],
        position: NDArray[Any],
        width: int,
        height: int,
        focal_px: float,
        up: tuple[float, float, float] = (0.0, 1.0, 0.0),
    ) -> Camera:
        """A level camera at `position` [3] whose centre shows `target` [3]."""
        position = np.asarray(position, dtype=np.float64)
        forward = np.asarray(target, dtype=np.float64) - position
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, up)
        right = right / np.linalg.norm(right)
        rotation = np.stack([right, np.cross(forward, right), forward])
        return Camera(width, height, focal_px, (width / 2, height / 2), rotation, position)

    def resized(self, width: int, height: int) -> Camera:
        """The same view in a picture of another size; shapes that differ stretch it, by the width's share."""
        across, down = width / self.width, height / self.height
        centre = self.centre_px[0] * across, self.centre_px[1] * down
        return Camera(width, height, self.focal_px * across, centre, self.rotation, self.position)

    def window(self, left: int, top: int, width: int, height: int) -> Camera:
        """What sees the part of the picture that begins at pixel (`left`, `top`)."""
        centre = self.centre_px[0] - left, self.centre_px[1] - top
        return Camera(width, height, self.focal_px, centre, self.rotation, self.position)

    def to_camera(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """[..., 3] points in camera space, metres; z is the depth."""
        return np.asarray((points - self.position) @ self.rotation.T)

    def project(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """[..., 2] pixels of `points` [..., 3]; points at or behind the camera give no meaningful pixel."""
        local = self.to_camera(points)
        depth = np.where(local[..., 2:] > 1e-9, local[..., 2:], 1e-9)
        return np.asarray(local[..., :2] / depth * self.focal_px + np.asarray(self.centre_px))
