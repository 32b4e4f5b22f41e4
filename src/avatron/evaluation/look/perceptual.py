"""How far two pictures are apart to the eye: CIEDE2000 after the eye's own blur.

S-CIELAB (Zhang and Wandell 1997, "A spatial extension of CIELAB for digital colour-image reproduction"): both pictures
are blurred as the eye blurs them, each opponent colour by its own widths, and compared in CIELAB by CIEDE2000 (Sharma,
Wu and Dalal 2005, "The CIEDE2000 color-difference formula"). A unit is about what is just noticed side by side. Dither
and rounding vanish in the blur; an edge that moves, or an eye that looks elsewhere, does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError

__all__ = ["PIXELS_PER_DEGREE", "PictureDistance", "ciede2000", "lab_of", "picture_distance", "seen"]

Floats = NDArray[np.float64]

PIXELS_PER_DEGREE = 60.0
"""A pixel a minute of arc: as fine as a normal eye resolves."""

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ.sum(1)
"""D65."""
_TO_OPPONENT = np.array([[0.279, 0.72, -0.107], [-0.449, 0.29, -0.077], [0.086, -0.59, 0.501]])
"""XYZ to luminance, red-green and blue-yellow (Zhang and Wandell, table 1)."""
_BLURS = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),
    ((0.531, 0.0392), (0.330, 0.494)),
    ((0.488, 0.0536), (0.371, 0.386)),
)
"""(weight, spread in degrees) of the Gaussians of each opponent channel (the same table)."""


@dataclass(frozen=True)
class PictureDistance:
    """CIEDE2000 units after the eye's blur."""

    mean: float
    largest: float
    """Of any place: an eye that looks elsewhere is a thousandth of a picture."""


def picture_distance(
    one: NDArray[np.uint8], other: NDArray[np.uint8], pixels_per_degree: float = PIXELS_PER_DEGREE
) -> PictureDistance:
    """The distance of two sRGB pictures, uint8 [H, W, 3]; 0 where they are the same, and the same both ways.

    Raises:
        ShapeError: not two pictures of one size.
    """
    for picture in (one, other):
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.shape != one.shape:
            raise ShapeError(
                f"pictures {one.dtype} {list(one.shape)} and {other.dtype} {list(other.shape)} are not two uint8 "
                "[H, W, 3] of one size"
            )
    difference = ciede2000(*(lab_of(seen(picture, pixels_per_degree)) for picture in (one, other)))
    return PictureDistance(float(difference.mean()), float(difference.max()))


def seen(picture: NDArray[np.uint8], pixels_per_degree: float) -> Floats:
    """[H, W, 3] XYZ of an sRGB picture [H, W, 3], blurred as the eye sees it at that distance."""
    encoded = picture.astype(np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    opponent = linear @ _TO_XYZ.T @ _TO_OPPONENT.T
    blurred = np.empty_like(opponent)
    for channel, parts in enumerate(_BLURS):
        total = sum(weight for weight, _ in parts)
        blurred[..., channel] = sum(
            weight / total * _blur(opponent[..., channel], spread * pixels_per_degree) for weight, spread in parts
        )
    return np.asarray(blurred @ np.linalg.inv(_TO_OPPONENT).T)


def lab_of(xyz: Floats) -> Floats:
    """[..., 3] CIELAB under D65 of XYZ [..., 3], whose white is Y = 1."""
    relative = np.maximum(xyz, 0) / _WHITE
    root = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """[...] colour difference of CIELAB [..., 3] and [..., 3]; names as in Sharma, Wu and Dalal, section 2.1."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(lab, np.float64), -1, 0) for lab in (one, other))
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    # Half a turn apart, the formula counts upwards.
    turn = np.where(turn == -180, 180, turn)
    delta_l, delta_c = l2 - l1, c2 - c1
    delta_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    apart = np.abs(h1 - h2) > 180
    mean_h = np.where(grey, h1 + h2, np.where(apart, ((h1 + h2 + 360) / 2) % 360, (h1 + h2) / 2))
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    away = (mean_l - 50) ** 2
    s_l = 1 + 0.015 * away / np.sqrt(20 + away)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    r_c = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    r_t = -np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2)))) * r_c
    light, chroma, hue = delta_l / s_l, delta_c / s_c, delta_h / s_h
    return np.asarray(np.sqrt(np.maximum(light**2 + chroma**2 + hue**2 + r_t * chroma * hue, 0)))


def _blur(channel: Floats, spread_px: float) -> Floats:
    """[H, W] blurred by exp(-(r / spread)^2); the border goes on as far as the kernel reaches."""
    for _ in range(2):
        channel = (_kernel(len(channel), spread_px) @ channel).T
    return channel


def _kernel(length: int, spread_px: float) -> Floats:
    """[length, length] rows of weights; what lies outside of the picture counts as its nearest pixel."""
    reach = max(1, min(int(np.ceil(3 * spread_px)), 4 * length))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-((offsets / spread_px) ** 2))
    matrix = np.zeros((length, length))
    rows = np.arange(length)
    for offset, weight in zip(offsets, weights / weights.sum(), strict=True):
        np.add.at(matrix, (rows, np.clip(rows + offset, 0, length - 1)), weight)
    return matrix
