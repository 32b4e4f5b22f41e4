"""The square of the picture that shows the face, at two sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.photometric import crop
from avatron.track.fit.lens import Lens
from avatron.track.photometric.pose import FramePose
from avatron.track.photometric.surface import FaceSurface

__all__ = ["FaceWindow", "halved"]

_MARGIN = 1.12
"""Size of the window relative to the face at rest; an open jaw and the outline need room."""


@dataclass(frozen=True)
class FaceWindow:
    """A square of the picture, and the camera that sees just that."""

    left_px: float
    top_px: float
    step: float
    """Pixels of the picture that one pixel of the window is."""
    size: int
    """Pixels a side of the window."""

    @staticmethod
    def around(surface: FaceSurface, pose: FramePose, lens: Lens, most_px: int) -> FaceWindow:
        """The window of a face, of a multiple of eight pixels; a pixel of it is never less than one of the picture."""
        places = surface.person.rest[surface.framed] @ pose.rotation.T + pose.translation
        pixels = lens.project(places).pixels
        low, high = pixels.min(0), pixels.max(0)
        middle, side = (low + high) / 2, float((high - low).max()) * _MARGIN
        size = int(min(most_px, max(32, -(-side // 8) * 8)))
        step = side / size
        return FaceWindow(float(middle[0] - side / 2), float(middle[1] - side / 2), step, size)

    def seen(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """[size, size, 3] 0 .. 1, what `image` [H, W, 3] shows there."""
        return crop(image, self.left_px, self.top_px, self.step, self.size, self.size)

    def half(self) -> FaceWindow:
        """The same square with pixels twice as large."""
        return FaceWindow(self.left_px, self.top_px, 2 * self.step, self.size // 2)

    def camera(self, lens: Lens) -> Camera:
        """In the origin of camera space."""
        centre = ((lens.width / 2 - self.left_px) / self.step, (lens.height / 2 - self.top_px) / self.step)
        return Camera(self.size, self.size, lens.focal_px / self.step, centre, np.eye(3), np.zeros(3))


def halved(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """[H / 2, W / 2, C] the means of 2 x 2 pixels."""
    height, width, channels = picture.shape
    blocks = picture.reshape(height // 2, 2, width // 2, 2, channels)
    return np.asarray(0.25 * (blocks[:, 0, :, 0] + blocks[:, 0, :, 1] + blocks[:, 1, :, 0] + blocks[:, 1, :, 1]))
