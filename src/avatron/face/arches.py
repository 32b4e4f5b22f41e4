"""The rows of teeth as walls: how far out a row reaches at each angle and height, so that lips can stay before it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ToothArch"]

Floats = NDArray[np.float32]

CELL_M, CELL_RAD = 0.001, math.radians(2.0)
"""Size of a cell of the wall: a millimetre each way."""
WIDEST_RAD = math.radians(110.0)
DEPTH_M = 0.033
"""The axis of the arch stands this far behind its foremost point; a dental arch is nearly round about it."""
MARGIN_CELLS = 14
SLOPE, SLOPE_ALONG = 2.0, 0.4
"""Beyond the teeth's edges the wall falls back this steeply, so that a lip glides over them; along the row it hardly
does, which closes the chinks between the teeth."""
SAMPLES = 6
"""Points along each edge of a triangle by which a tooth is drawn into the wall."""


@dataclass(frozen=True, eq=False)
class ToothArch:
    """A wall around an upright axis."""

    axis_z: float
    """Metres; the axis passes through x = 0."""
    lowest: float
    """Height of the first row, metres."""
    radius: Floats
    """[H, W] metres from the axis, row by row upwards, from `-WIDEST_RAD` (the person's right) to the left."""

    @staticmethod
    def of(corners: NDArray[Any]) -> ToothArch:
        """The wall of teeth whose triangles have `corners` [K, 3, 3], metres."""
        share = np.linspace(0, 1, SAMPLES)
        first, second = (grid.reshape(-1) for grid in np.meshgrid(share, share))
        inside = first + second <= 1 + 1e-9
        barycentric = np.stack([1 - first - second, first, second], 1)[inside]
        points = np.einsum("sk,nkc->nsc", barycentric, np.asarray(corners, np.float64)).reshape(-1, 3)
        axis_z = float(points[:, 2].max()) - DEPTH_M
        lowest = float(points[:, 1].min()) - MARGIN_CELLS * CELL_M
        rows = int(np.ceil((points[:, 1].max() - lowest) / CELL_M)) + MARGIN_CELLS
        columns = int(np.ceil(2 * WIDEST_RAD / CELL_RAD)) + 1
        wall = np.zeros((rows, columns))
        angle = np.arctan2(points[:, 0], points[:, 2] - axis_z)
        row = np.rint((points[:, 1] - lowest) / CELL_M).astype(int)
        column = np.rint((angle + WIDEST_RAD) / CELL_RAD).astype(int)
        seen = (column >= 0) & (column < columns)
        np.maximum.at(wall, (row[seen], column[seen]), np.hypot(points[:, 0], points[:, 2] - axis_z)[seen])
        for _ in range(MARGIN_CELLS):
            padded = np.pad(wall, 1)
            along = np.maximum(padded[1:-1, :-2], padded[1:-1, 2:]) - SLOPE_ALONG * CELL_M
            beyond = np.maximum(padded[:-2, 1:-1], padded[2:, 1:-1]) - SLOPE * CELL_M
            wall = np.maximum.reduce([wall, along, beyond])
        return ToothArch(axis_z, lowest, wall.astype(np.float32))

    def clearance(self, points: NDArray[Any]) -> Floats:
        """[N] how far `points` [N, 3] stand before the wall, metres; negative inside."""
        return self._seen(points)[1]

    def lift(self, points: Floats, least: Floats) -> Floats:
        """[N, 3] `points` [N, 3], those nearer to the wall than `least` [N] moved straight out from the axis."""
        radius, clearance = self._seen(points)
        near = np.flatnonzero(clearance < least)
        if not len(near):
            return points
        moved = points.copy()
        grown = 1 + (least[near] - clearance[near]) / np.maximum(radius[near], np.float32(1e-3))
        moved[near, 0] *= grown
        moved[near, 2] = self.axis_z + (moved[near, 2] - self.axis_z) * grown
        return moved

    def _seen(self, points: NDArray[Any]) -> tuple[Floats, Floats]:
        """([N] distance from the axis, [N] distance before the wall)."""
        forward = points[:, 2] - np.float32(self.axis_z)
        radius = np.hypot(points[:, 0], forward)
        column = (np.arctan2(points[:, 0], forward) + WIDEST_RAD) / CELL_RAD
        row = (points[:, 1] - self.lowest) / CELL_M
        rows, columns = self.radius.shape
        column = np.minimum(np.maximum(column, 0), columns - 1.001)
        row = np.minimum(np.maximum(row, 0), rows - 1.001)
        left, below = column.astype(np.int32), row.astype(np.int32)
        right_share, upper_share = column - left, row - below
        first = below * np.int32(columns) + left
        wall = self.radius.reshape(-1)
        lower = wall[first] * (1 - right_share) + wall[first + 1] * right_share
        upper = wall[first + columns] * (1 - right_share) + wall[first + columns + 1] * right_share
        return radius, np.asarray(radius - (lower + (upper - lower) * upper_share), np.float32)
