"""The picture of the face that the point network reads: upright and at one scale, by the first landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.native.warp import sample_affine
from avatron.track.lips.crop import EYE_SPAN_MM, eye_span_px

__all__ = ["CROP_SIZE", "MM_PER_PIXEL", "crop_face", "face_frames"]

CROP_SIZE = (128, 128)
"""Width and height."""
MM_PER_PIXEL = 1.3
"""Of the crop, on a face whose eyes are `EYE_SPAN_MM` apart."""
_RIGHT_EYE, _LEFT_EYE = [33, 133], [362, 263]
"""Corners of the eyes among MediaPipe's landmarks."""
_OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152]
_OVAL += [148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
"""The rim of the face, whose middle is the crop's."""
_LEAST_SPAN_PX = 1.0


def face_frames(
    landmarks: NDArray[Any], size: tuple[int, int] = CROP_SIZE, mm_per_pixel: float = MM_PER_PIXEL
) -> NDArray[np.float64]:
    """[T, 2, 3] what takes a point of each frame's crop (pixels, 1 behind it) to the picture, from `landmarks`
    [T, 478, 3]; `size` is the crop's width and height.

    Raises:
        ShapeError: landmarks of another shape.
    """
    points = checked_array("landmarks", landmarks, (None, 478, 3), np.float64)
    axis = points[:, _LEFT_EYE].mean(1) - points[:, _RIGHT_EYE].mean(1)
    span = np.maximum(eye_span_px(points), _LEAST_SPAN_PX)
    angle = np.arctan2(axis[:, 1], axis[:, 0])
    scale = span * mm_per_pixel / EYE_SPAN_MM
    across = scale[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    down = np.stack([-across[:, 1], across[:, 0]], 1)
    middle = points[:, _OVAL, :2].mean(1)
    start = middle - across * size[0] / 2 - down * size[1] / 2
    return np.stack([across, down, start], 2)


def crop_face(
    picture: NDArray[np.uint8], frame: NDArray[Any], size: tuple[int, int] = CROP_SIZE
) -> NDArray[np.float32]:
    """[size[1], size[0], 3] in 0 .. 255 of `picture` uint8 [H, W, 3]; what lies outside repeats the border."""
    crop = np.empty((size[1], size[0], 3), np.float32)
    sample_affine(picture, frame, crop, gain=1.0)
    return crop
