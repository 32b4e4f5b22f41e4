"""A small orthographic picture of a mesh, for the landmark network: colour, and which triangle each pixel shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Picture", "draw"]

Floats = NDArray[np.float64]

LIGHT = np.array([-0.25, 0.35, 0.90])


@dataclass(frozen=True, eq=False)
class Picture:
    """What was drawn."""

    image: NDArray[np.float32]
    """[H, H, 3] in 0 .. 1."""
    triangle: NDArray[np.int64]
    """[H, H] number of the triangle, -1 where nothing is."""
    barycentric: Floats
    """[H, H, 3]."""
    facing: Floats
    """[H, H] cosine between the triangle's normal and the viewer."""


def draw(
    points: Floats, triangles: NDArray[np.int64], colour: Floats, centre: Floats, scale: float, size: int
) -> Picture:
    """`points` [V, 3] seen from the front (+Z), `scale` pixels per metre, `centre` [2] in the middle of the picture.

    `colour` [V, 3] in 0 .. 1.
    """
    face = np.cross(
        points[triangles[:, 1]] - points[triangles[:, 0]], points[triangles[:, 2]] - points[triangles[:, 0]]
    )
    normal = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normal, triangles[:, corner], face)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-15)
    face_z = face[:, 2] / np.maximum(np.linalg.norm(face, axis=1), 1e-15)
    lit = colour * (0.35 + 0.65 * np.clip(normal @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1))[:, None]
    x = (points[:, 0] - centre[0]) * scale + size / 2
    y = (centre[1] - points[:, 1]) * scale + size / 2
    depth = np.full((size, size), -np.inf)
    ids = np.full((size, size), -1)
    weights = np.zeros((size, size, 3))
    for index in np.flatnonzero(face_z > 0):
        a, b, c = triangles[index]
        left, right = int(min(x[a], x[b], x[c])), int(max(x[a], x[b], x[c])) + 1
        top, bottom = int(min(y[a], y[b], y[c])), int(max(y[a], y[b], y[c])) + 1
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, size - 1), min(bottom, size - 1)
        if right < left or bottom < top:
            continue
        row, column = np.mgrid[top : bottom + 1, left : right + 1] + 0.5
        area = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a])
        if abs(area) < 1e-12:
            continue
        second = ((column - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (row - y[a])) / area
        third = ((x[b] - x[a]) * (row - y[a]) - (column - x[a]) * (y[b] - y[a])) / area
        weight = np.stack([1 - second - third, second, third], -1)
        z = weight @ points[[a, b, c], 2]
        window = np.s_[top : bottom + 1, left : right + 1]
        hit = (weight >= 0).all(-1) & (z > depth[window])
        depth[window][hit] = z[hit]
        ids[window][hit] = index
        weights[window][hit] = weight[hit]
    shown = ids >= 0
    image = np.full((size, size, 3), 0.25, np.float32)
    image[shown] = np.einsum("nk,nkc->nc", weights[shown], lit[triangles[ids[shown]]])
    facing = np.where(shown, face_z[np.maximum(ids, 0)], 0.0)
    return Picture(image, ids, weights, facing)
