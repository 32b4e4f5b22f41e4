"""How healthy a mesh is that somebody else made: what no renderer refuses and still shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeshHealth", "distances_m", "mesh_health"]

_SMALLEST_AREA_M2 = 1e-11
"""A triangle with sides of some micrometres."""
_WELD_M = 1e-5
_SAMPLES = 600


@dataclass(frozen=True)
class MeshHealth:
    """Shares are of triangles or edges, 0 .. 1."""

    vertices: int
    triangles: int
    extent_m: tuple[float, float, float]
    """Size of the box around it."""
    degenerate: float
    """Triangles without area."""
    repeated: float
    """Triangles that are there twice."""
    non_manifold: float
    """Edges with more than two triangles."""
    flipped: float
    """Inner edges whose two triangles face opposite sides."""
    unused: float
    """Vertices without a triangle."""


def mesh_health(vertices: NDArray[np.floating], triangles: NDArray[np.integer]) -> MeshHealth:
    """Of a mesh [N, 3], [K, 3] whose indices are valid; vertices at one place count as one, as seams of textures do."""
    corners = vertices[triangles].astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    _, welded = np.unique(np.round(vertices / _WELD_M).astype(np.int64), axis=0, return_inverse=True)
    joined = welded.ravel()[triangles]
    whole = joined[areas > _SMALLEST_AREA_M2]
    repeated = 1 - len(np.unique(np.sort(whole, axis=1), axis=0)) / len(whole) if len(whole) else 0.0
    directed = np.concatenate([whole[:, [0, 1]], whole[:, [1, 2]], whole[:, [2, 0]]])
    keys = np.sort(directed, axis=1)
    _, edge, uses = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    forward = np.bincount(edge.ravel(), directed[:, 0] < directed[:, 1], len(uses))
    pairs = uses == 2
    extent = np.ptp(vertices, axis=0) if len(vertices) else np.zeros(3)
    return MeshHealth(
        vertices=len(vertices),
        triangles=len(triangles),
        extent_m=(float(extent[0]), float(extent[1]), float(extent[2])),
        degenerate=float((areas <= _SMALLEST_AREA_M2).mean()) if len(triangles) else 0.0,
        repeated=float(repeated),
        non_manifold=float((uses > 2).mean()) if len(uses) else 0.0,
        flipped=float((forward[pairs] != 1).mean()) if pairs.any() else 0.0,
        unused=1 - len(np.unique(triangles)) / max(len(vertices), 1),
    )


def distances_m(points: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float32]:
    """[n] metres from some of `points` [N, 3], evenly chosen, to the nearest of `others` [M, 3]."""
    chosen = points[:: max(1, len(points) // _SAMPLES)].astype(np.float32)
    found = np.empty(len(chosen), np.float32)
    for start in range(0, len(chosen), 64):
        away = chosen[start : start + 64, None] - others[None].astype(np.float32)
        found[start : start + 64] = np.sqrt(np.einsum("nmc,nmc->nm", away, away).min(1))
    return found
