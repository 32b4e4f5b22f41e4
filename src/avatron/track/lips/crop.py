"""The picture of the mouth that the lip network reads: cut upright and at one scale, by landmarks that do not speak.

Where the crop lies only has to be right to a few pixels, which the network is trained to make good: its scale and
turn come from the eyes, its place from the lips.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.native.warp import sample_affine

__all__ = ["CROP_SIZE", "EYE_SPAN_MM", "MM_PER_PIXEL", "crop_mouth", "eye_span_px", "mouth_frames", "to_picture"]

Floats = NDArray[np.float32]

CROP_SIZE = (96, 72)
"""Width and height."""
MM_PER_PIXEL = 0.9
"""Of the crop, on a face whose eyes are `EYE_SPAN_MM` apart."""
EYE_SPAN_MM = 63.0
"""Between the middles of the eyes: what the scale is taken from, whatever the person's is."""
_RIGHT_EYE, _LEFT_EYE = [33, 133], [362, 263]
"""Corners of the eyes among MediaPipe's landmarks."""
_LIPS = [61, 291, 0, 17]
"""Corners of the mouth, top of the upper lip and bottom of the lower one."""
_LEAST_SPAN_PX = 1.0


def eye_span_px(landmarks: NDArray[Any]) -> Floats:
    """[T] pixels between the middles of the eyes of `landmarks` [T, 478, 3], in space: the turn of the head does not
    shorten it."""
    return np.asarray(np.linalg.norm(_eye_axis(landmarks), axis=1), np.float32)


def mouth_frames(
    landmarks: NDArray[Any], size: tuple[int, int] = CROP_SIZE, mm_per_pixel: float = MM_PER_PIXEL
) -> NDArray[np.float64]:
    """[T, 2, 3] what takes a point of each frame's crop (pixels, 1 behind it) to the picture, from `landmarks`
    [T, 478, 3]; `size` is the crop's width and height.

    Raises:
        ShapeError: landmarks of another shape.
    """
    points = checked_array("landmarks", landmarks, (None, 478, 3), np.float64)
    axis = _eye_axis(points)
    span = np.maximum(np.linalg.norm(axis, axis=1), _LEAST_SPAN_PX)
    angle = np.arctan2(axis[:, 1], axis[:, 0])
    scale = span * mm_per_pixel / EYE_SPAN_MM
    across = scale[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    down = np.stack([-across[:, 1], across[:, 0]], 1)
    middle = points[:, _LIPS, :2].mean(1)
    start = middle - across * size[0] / 2 - down * size[1] / 2
    return np.stack([across, down, start], 2)


def to_picture(points: NDArray[Any], frames: NDArray[Any]) -> NDArray[np.float64]:
    """[T, N, 2] pixels of the picture, of `points` [T, N, 2] in pixels of the crops of `frames` [T, 2, 3]."""
    return np.asarray(points @ np.swapaxes(frames[..., :2], -1, -2) + frames[..., None, :, 2])


def crop_mouth(picture: NDArray[np.uint8], frame: NDArray[Any], size: tuple[int, int] = CROP_SIZE) -> Floats:
    """[size[1], size[0], 3] in 0 .. 255 of `picture` uint8 [H, W, 3]; what lies outside repeats the border."""
    crop = np.empty((size[1], size[0], 3), np.float32)
    sample_affine(picture, frame, crop, gain=1.0)
    return crop


def _eye_axis(landmarks: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(landmarks[:, _LEFT_EYE].mean(1) - landmarks[:, _RIGHT_EYE].mean(1))
