"""Places of MediaPipe's 478 landmarks on a face, and the colours that a picture shows there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AROUND_LIPS",
    "BROWS",
    "EYES",
    "LIPS",
    "OUTER_LIPS",
    "OVAL",
    "SKIN",
    "FaceColours",
    "landmark_colours",
    "luma",
]

LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
    *(76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408),
    *(62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407),
)
"""The red of the lips: outer and inner contour, and the rows between them."""
OUTER_LIPS = (
    40,
    39,
    37,
    0,
    267,
    269,
    270,
    91,
    181,
    84,
    17,
    314,
    405,
    321,
    74,
    73,
    72,
    11,
    302,
    303,
    304,
    90,
    180,
    85,
    16,
)
AROUND_LIPS = (92, 165, 167, 164, 393, 391, 322, 106, 182, 83, 18, 313, 406, 335, 186, 410, 43, 273)
"""Skin next to them."""
EYES = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    *range(468, 478),
)
"""Rims of the lids, and the irises."""
BROWS = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107, 276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""The outline, where hair and background shine in."""
NOSTRILS = (20, 60, 79, 99, 166, 218, 238, 239, 240, 241, 242, 250, 290, 309, 328, 392, 438, 458, 459, 460, 461, 462)
SKIN = tuple(sorted(set(range(468)) - set(LIPS) - set(EYES) - set(BROWS) - set(OVAL) - set(NOSTRILS)))
"""Where a bare face shows skin, whatever it does."""

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""ITU-R BT.709."""


def luma(colours: NDArray[np.generic]) -> NDArray[np.float32]:
    """[...] luma of colours [..., 3], in their own unit."""
    return np.asarray(colours.astype(np.float32) @ _LUMA)


@dataclass(frozen=True, eq=False)
class FaceColours:
    """What a picture shows about each landmark; NaN outside of the picture."""

    mean: NDArray[np.float32]
    """[478, 3] colour, 0 .. 255."""
    contrast: NDArray[np.float32]
    """[478] standard deviation of luma, part of its mean."""


def landmark_colours(picture: NDArray[np.uint8], landmarks: NDArray[np.float32], radius_px: int) -> FaceColours:
    """Of the squares of 2 `radius_px` + 1 pixels about the landmarks [478, 3] px, each seen by nine pixels."""
    height, width = picture.shape[:2]
    middle = np.floor(landmarks[:, :2]).astype(int)
    inside = ((middle >= 0) & (middle < [width, height])).all(1)
    steps = np.array([-radius_px, 0, radius_px])
    columns = (middle[:, 0, None] + steps).clip(0, width - 1)
    rows = (middle[:, 1, None] + steps).clip(0, height - 1)
    seen = picture[rows[:, :, None], columns[:, None, :]].reshape(len(landmarks), -1, 3).astype(np.float32)
    bright = luma(seen)
    mean, contrast = seen.mean(1), bright.std(1) / (bright.mean(1) + 8.0)
    mean[~inside] = contrast[~inside] = np.nan
    return FaceColours(mean, contrast)
