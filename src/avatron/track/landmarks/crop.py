"""The square of a frame that the landmark network looks at: level with the eyes and half as large again as the face."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.native.warp import sample_affine

__all__ = ["FaceCrop"]

Floats = NDArray[np.float32]

MARGIN = 1.5
"""Side of the square in sides of the face's box: `scale_x` of MediaPipe's `face_landmarks_detector_graph.cc`."""
_RIGHT_EYE, _LEFT_EYE = 33, 263
"""Outer corners of the eyes, the person's right one first; the line through them is level in the crop."""


@dataclass(frozen=True)
class FaceCrop:
    """A square, turned against the frame; the face is upright in it."""

    centre_px: tuple[float, float]
    side_px: float
    angle: float
    """Radians by which the crop's x axis is turned from the frame's towards its y axis (clockwise as seen)."""

    @staticmethod
    def around(low: Any, high: Any, right_eye: Any, left_eye: Any, margin: float = MARGIN) -> FaceCrop:
        """Around the box from `low` to `high` [2] px, level with the line from the right eye to the left [2] px."""
        (x0, y0), (x1, y1) = low, high
        angle = math.atan2(float(left_eye[1] - right_eye[1]), float(left_eye[0] - right_eye[0]))
        side = margin * max(float(x1 - x0), float(y1 - y0), 1.0)
        return FaceCrop((float(x0 + x1) / 2, float(y0 + y1) / 2), side, angle)

    @staticmethod
    def of_landmarks(landmarks: NDArray[Any], margin: float = MARGIN) -> FaceCrop:
        """For the next frame, from the landmarks [478, 2 or 3] px of this one."""
        points = landmarks[:, :2]
        return FaceCrop.around(points.min(0), points.max(0), points[_RIGHT_EYE], points[_LEFT_EYE], margin)

    def to_frame(self, width: int) -> NDArray[np.float64]:
        """[2, 3] from the pixels (x, y, 1) of a crop `width` px wide to the frame's."""
        scale = self.side_px / width
        cosine, sine = scale * math.cos(self.angle), scale * math.sin(self.angle)
        linear = np.array([[cosine, -sine], [sine, cosine]])
        centre = np.array(self.centre_px)
        return np.concatenate([linear, (centre - linear @ [width / 2, width / 2])[:, None]], axis=1)

    def sample(self, image: NDArray[np.uint8], out: Floats) -> None:
        """Fill `out` [w, w, 3] with the crop of `image` [H, W, 3], 0 .. 1; the frame's border goes on outside."""
        sample_affine(image, self.to_frame(out.shape[1]), out)

    def place(self, points: Floats, width: int) -> Floats:
        """[N, 3] px of the frame, for `points` [N, 3] in pixels of a crop `width` px wide; depth is scaled alike."""
        affine = self.to_frame(width)
        placed = np.empty_like(points)
        placed[:, :2] = points[:, :2] @ affine[:, :2].T + affine[:, 2]
        placed[:, 2] = points[:, 2] * (self.side_px / width)
        return placed
