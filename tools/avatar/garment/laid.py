"""A sheet that has fallen, as something that other pieces lie on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.garment.flap import grid_normals
from avatar.radial_shape import unit

__all__ = ["FallenSheet"]

Floats = NDArray[np.float64]

NEIGHBOURS = 8
REACH_M = 0.030
"""Points further from the sheet than this lie on something else."""


class FallenSheet:
    """Heights over a draped grid: planes through its nearest vertices, averaged (Kolluri 2008)."""

    def __init__(self, grid_m: Floats) -> None:
        """A sheet [C, R, 3]."""
        self._points = grid_m.reshape(-1, 3)
        self._normals = grid_normals(grid_m).reshape(-1, 3)
        self._tree = cKDTree(self._points)

    def lay(self, points_m: Floats, height_m: Floats | float, *, least_only: bool = False) -> Floats:
        """Points [..., 3] moved to `height_m` over the sheet; with `least_only` only those that are lower."""
        points = points_m.reshape(-1, 3)
        wanted = np.broadcast_to(height_m, points_m.shape[:-1]).ravel()
        for _ in range(2):
            gap, nearest = self._tree.query(points, k=NEIGHBOURS)
            weight = np.exp(-0.5 * ((gap - gap[:, :1]) / 0.005) ** 2)
            weight /= weight.sum(1, keepdims=True)
            height = (weight * ((points[:, None] - self._points[nearest]) * self._normals[nearest]).sum(-1)).sum(1)
            lack = wanted - height
            lack = np.where(gap[:, 0] < REACH_M, np.maximum(lack, 0) if least_only else lack, 0)
            points = points + lack[:, None] * unit((weight[..., None] * self._normals[nearest]).sum(1))
        return np.asarray(points.reshape(points_m.shape))
