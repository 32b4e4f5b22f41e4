"""Which skin is face and lip: borders drawn on the mean head, seen from the front, with soft uneven edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.skin_noise import space_noise

__all__ = ["SkinRegions", "find_regions"]

Floats = NDArray[np.float64]

UPPER_LIP_MM = ((0, -26.3), (3.5, -25.2), (7, -24.7), (11, -26.0), (16, -28.6), (20, -31.4), (23.5, -34), (25.8, -35.5))
"""The border of the red of the upper lip, from the middle to the corner: (across, up)."""

LOWER_LIP_MM = ((0, -43.2), (5, -43.0), (10, -42.2), (15, -40.6), (19, -38.7), (22, -37.0), (24, -35.7), (25.8, -34.3))
"""The same of the lower lip."""


@dataclass(frozen=True)
class SkinRegions:
    """Weights [N], 0..1."""

    face: Floats
    """1 on the face, 0 where nobody looks closely."""
    lip: Floats
    lip_border: Floats
    """1 on the very edge of the lips."""


def find_regions(points_m: Floats, seed: int) -> SkinRegions:
    """The regions at points [N, 3] of the mean head, metres."""
    across, up, out = (points_m * 1000).T
    away = np.abs(across)
    uneven = 0.22 * space_noise(points_m, (0.002, 0.008), seed, waves=24)
    inside = np.minimum(_height(UPPER_LIP_MM, away) - up, up - _height(LOWER_LIP_MM, away)) + uneven
    front = _smooth((out - 88) / 6) * _smooth((27.5 - away) / 2)
    lip = _smooth(inside / 2.2 + 0.5) * front
    border = np.exp(-0.5 * (inside / 0.9) ** 2) * front
    face = _smooth((out - 12) / 28) * _smooth((up + 135) / 30)
    return SkinRegions(face, lip, border)


def _height(border_mm: tuple[tuple[float, float], ...], away: Floats) -> Floats:
    places, heights = np.array(border_mm).T
    return np.asarray(np.interp(away, places, heights))


def _smooth(share: Floats) -> Floats:
    share = np.clip(share, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
