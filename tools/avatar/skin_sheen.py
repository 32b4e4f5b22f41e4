"""How much a place of the face shines: oily along the middle, drier on cheeks and neck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["sheen_zones"]

Floats = NDArray[np.float64]

_DRY = 0.50
"""Sheen of skin that no zone names."""
_ZONES: tuple[tuple[float, tuple[float, float, float], tuple[float, float, float]], ...] = (
    (1.00, (0.000, 0.004, 0.128), (0.020, 0.016, 0.030)),
    (0.85, (0.000, 0.030, 0.112), (0.012, 0.028, 0.030)),
    (0.80, (0.000, 0.086, 0.104), (0.034, 0.022, 0.040)),
    (0.75, (0.000, -0.062, 0.108), (0.016, 0.014, 0.030)),
    (0.66, (0.045, 0.010, 0.090), (0.016, 0.014, 0.040)),
    (0.66, (-0.045, 0.010, 0.090), (0.016, 0.014, 0.040)),
    (0.72, (0.032, 0.044, 0.095), (0.016, 0.005, 0.030)),
    (0.72, (-0.032, 0.044, 0.095), (0.016, 0.005, 0.030)),
    (1.00, (0.000, -0.034, 0.112), (0.026, 0.014, 0.030)),
)
"""Sheen, middle and radii (metres, mean head): tip and ridge of the nose, forehead, chin, cheekbones, lids, lips."""


def sheen_zones(points_m: Floats) -> Floats:
    """[N] 0..1 sheen at points [N, 3] of the mean head."""
    sheen = np.full(len(points_m), _DRY)
    sheen -= 0.14 * np.clip((-0.075 - points_m[:, 1]) / 0.03, 0, 1)
    for value, middle, radii in _ZONES:
        distance2 = (((points_m - np.array(middle)) / np.array(radii)) ** 2).sum(1)
        sheen = np.maximum(sheen, sheen + (value - sheen) * np.exp(-0.7 * distance2))
    return sheen
