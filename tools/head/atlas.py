"""The texture atlas: which rectangle of the unit square each part's chart fills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHARTS", "place", "place_disc", "place_polar"]

Floats = NDArray[np.float64]

CHARTS: dict[str, tuple[float, float, float, float]] = {
    "face": (0.004, 0.344, 0.652, 0.652),
    "back": (0.664, 0.664, 0.332, 0.332),
    "bust": (0.664, 0.330, 0.328, 0.328),
    "gums": (0.004, 0.004, 0.330, 0.334),
    "teeth": (0.342, 0.004, 0.314, 0.334),
    "eye_left": (0.664, 0.165, 0.160, 0.160),
    "eye_right": (0.832, 0.165, 0.160, 0.160),
}
"""Left, bottom, width and height of each chart; the face has two fifths of the square. Lashes, lid shade and tear line
are not in the atlas: their texture coordinates fill a unit square of their own."""


def place(chart: str, uv: Floats) -> Floats:
    """[..., 2] atlas coordinates of `uv` [..., 2] in the unit square of a chart."""
    left, bottom, width, height = CHARTS[chart]
    return np.asarray(np.array([left, bottom]) + np.clip(uv, 0, 1) * np.array([width, height]))


def place_disc(chart: str, directions: Floats) -> Floats:
    """[..., 2] atlas coordinates of unit `directions` [..., 3] about +Z, by equal steps of angle."""
    angle = np.arccos(np.clip(directions[..., 2], -1, 1))
    flat = directions[..., :2]
    length = np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-12)
    return place(chart, 0.5 + 0.5 * flat / length * (angle / np.radians(100))[..., None])


def place_polar(chart: str, polar: Floats) -> Floats:
    """[..., 2] atlas coordinates of (turn 0 .. 1, distance 0 .. 1), as a disc with a hole for the neck."""
    theta = (polar[..., 0] - 0.5) * 2 * np.pi
    radius = 0.5 * (0.28 + 0.72 * polar[..., 1])
    return place(chart, 0.5 + radius[..., None] * np.stack([np.cos(theta), np.sin(theta)], -1))
