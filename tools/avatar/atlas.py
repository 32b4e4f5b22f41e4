"""Which point of which triangle each texel of a texture shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Atlas", "rasterise_atlas"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Atlas:
    """The covered texels of a square texture."""

    size: int
    rows: NDArray[np.int64]
    """[N] rows of the covered texels, 0 at the top."""
    columns: NDArray[np.int64]
    """[N]."""
    triangle: NDArray[np.int64]
    """[N] the triangle each of them shows."""
    barycentric: Floats
    """[N, 3]."""

    def inside(self) -> NDArray[np.bool_]:
        """[size, size] true where a triangle covers the texel's centre."""
        mask = np.zeros((self.size, self.size), bool)
        mask[self.rows, self.columns] = True
        return mask

    def interpolate(self, triangles: NDArray[np.integer], values: Floats) -> Floats:
        """Values of the vertices [V, C], interpolated at the covered texels [N, C]."""
        return np.einsum("nk,nkc->nc", self.barycentric, values[triangles[self.triangle]])

    def image(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Values of the covered texels [N, C] as a picture [size, size, C]; 0 elsewhere."""
        picture = np.zeros((self.size, self.size, values.shape[1]), np.float32)
        picture[self.rows, self.columns] = values
        return picture


def rasterise_atlas(texture_coordinates: Floats, size: int, drawn: NDArray[np.bool_] | None = None) -> Atlas:
    """The texels that triangles [K, 3, 2] (texture coordinates, v up) cover in a texture [size, size].

    A texel belongs to the triangle that its centre lies in; on an overlap to the first one. Only `drawn` [K]
    triangles count, all of them by default.
    """
    column = texture_coordinates[..., 0] * size - 0.5
    row = (1 - texture_coordinates[..., 1]) * size - 0.5
    owner = np.full((size, size), -1, np.int64)
    weights = np.zeros((size, size, 3))
    chosen = range(len(texture_coordinates)) if drawn is None else np.flatnonzero(drawn)
    for triangle in chosen:
        (x0, x1, x2), (y0, y1, y2) = column[triangle], row[triangle]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = int(np.ceil(min(x0, x1, x2))), int(np.floor(max(x0, x1, x2)))
        top, bottom = int(np.ceil(min(y0, y1, y2))), int(np.floor(max(y0, y1, y2)))
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, size - 1), min(bottom, size - 1)
        if right < left or bottom < top:
            continue
        y, x = np.mgrid[top : bottom + 1, left : right + 1]
        second = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
        third = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
        first = 1 - second - third
        window = owner[top : bottom + 1, left : right + 1]
        hit = (first >= -1e-9) & (second >= -1e-9) & (third >= -1e-9) & (window < 0)
        window[hit] = triangle
        weights[top : bottom + 1, left : right + 1][hit] = np.stack([first, second, third], -1)[hit]
    rows, columns = np.nonzero(owner >= 0)
    return Atlas(size, rows, columns, owner[rows, columns], weights[rows, columns])
