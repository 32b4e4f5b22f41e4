"""Light under the skin: pre-integrated diffuse scattering (Penner 2011, "Pre-integrated skin shading")."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from avatron.native.shade import TABLE_COSINES, TABLE_CURVATURE_MAX, TABLE_CURVATURES

__all__ = ["skin_table"]

_VARIANCES_MM2 = np.array([0.0064, 0.0484, 0.187, 0.567, 1.99, 7.41])
_WEIGHTS = np.array(
    [
        [0.233, 0.455, 0.649],
        [0.100, 0.336, 0.344],
        [0.118, 0.198, 0.000],
        [0.113, 0.007, 0.007],
        [0.358, 0.004, 0.000],
        [0.078, 0.000, 0.000],
    ]
)
"""The six-Gaussian profile of skin of d'Eon and Luebke 2007, GPU Gems 3, chapter 14."""


@cache
def skin_table() -> NDArray[np.float32]:
    """[curvature 0 .. 150 / m, cosine -1 .. 1, RGB] light that leaves a sphere of skin, per unit of light."""
    angles = np.linspace(-np.pi, np.pi, 721)
    curvatures = np.maximum(np.linspace(0, TABLE_CURVATURE_MAX, TABLE_CURVATURES), 2.0)
    chords_mm = 2 * (1000 / curvatures)[:, None] * np.abs(np.sin(angles / 2))
    gaussians = np.exp(-(chords_mm[..., None] ** 2) / (2 * _VARIANCES_MM2)) / (2 * np.pi * _VARIANCES_MM2)
    profile = gaussians @ _WEIGHTS
    profile /= profile.sum(1, keepdims=True)
    normals = np.arccos(np.linspace(-1, 1, TABLE_COSINES))
    received = np.clip(np.cos(normals[:, None] + angles), 0, 1)
    return np.asarray(received @ profile, np.float32)
