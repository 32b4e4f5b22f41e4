"""What is drawn on the lids: the fine fold above the upper ones and the lines along the lashes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["lid_fold", "lid_rim"]

Floats = NDArray[np.float64]
Path = tuple[tuple[float, float], ...]

FOLD_MM: Path = ((17.0, 38.6), (20, 41.6), (25, 43.6), (31, 44.4), (37, 43.9), (43, 42.5), (48, 40.2), (51.5, 37.4))
"""Where the lid folds in when the eye opens, from the nose outwards: (across, up) on the mean head."""

RIM_MM: Path = ((18.0, 34.2), (20, 36.0), (25, 38.8), (31, 40.3), (37, 39.8), (43, 37.4), (46.5, 35.0), (48.5, 33.6))
"""The edge of the upper lid, where the lashes grow."""

LOWER_RIM_MM: Path = (
    (18.5, 32.5),
    (20, 31.6),
    (25, 30.6),
    (31, 29.3),
    (37, 29.0),
    (43, 31.4),
    (46.5, 33.4),
    (48, 34.3),
)
"""The same of the lower lid, whose lashes are fewer."""

IN_FRONT_OF_M = 0.080
"""What lies deeper is the inside of the socket."""


def lid_fold(points_m: Floats) -> Floats:
    """[N] 0..1: how deep a point of the mean head lies in the fold of an upper lid, thin at both ends."""
    return _along(points_m, FOLD_MM, 0.42)


def lid_rim(points_m: Floats) -> Floats:
    """[N] 0..1: how near a point is to the edge of an upper lid, half of it for a lower one, thin at both ends."""
    return np.maximum(_along(points_m, RIM_MM, 0.75), 0.5 * _along(points_m, LOWER_RIM_MM, 0.7))


def _along(points_m: Floats, path: Path, width_mm: float) -> Floats:
    knots = np.array(path)
    share = np.linspace(0, 1, 400)
    curve = np.stack([np.interp(share, np.linspace(0, 1, len(knots)), column) for column in knots.T], 1)
    places = np.stack([np.abs(points_m[:, 0]), points_m[:, 1]], 1) * 1000
    distance, index = cKDTree(curve).query(places, distance_upper_bound=4 * width_mm)
    near = np.flatnonzero(np.isfinite(distance) & (points_m[:, 2] > IN_FRONT_OF_M))
    weight = np.zeros(len(points_m))
    taper = np.sin(np.pi * share[index[near]]) ** 0.5
    weight[near] = taper * np.exp(-0.5 * (distance[near] / width_mm) ** 2)
    return weight
