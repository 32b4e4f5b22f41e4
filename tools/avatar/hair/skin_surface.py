"""The skin as something hair lies on: height over it and the direction away from it, for any point in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.nearest_skin import vertex_normals
from avatar.radial_shape import unit

__all__ = ["SkinSurface", "carried", "sample_skin"]

Floats = NDArray[np.float64]

NEIGHBOURS = 8
"""Samples of the skin that are averaged: irons out facets and the folds of the ear."""


@dataclass(frozen=True)
class SkinSurface:
    """Samples of a body's skin."""

    points_m: Floats
    """[N, 3] metres."""
    normals: Floats
    """[N, 3] unit, outwards."""
    tree: cKDTree
    """Of the points."""

    def height(self, points_m: Floats) -> tuple[Floats, Floats]:
        """(height [N] over the skin in metres, negative inside; direction [N, 3] away from it)."""
        distance, index = self.tree.query(points_m, k=NEIGHBOURS)
        weight = 1 / (distance + 0.002) ** 2
        weight /= weight.sum(1, keepdims=True)
        normals = self.normals[index]
        above = ((points_m[:, None] - self.points_m[index]) * normals).sum(-1)
        return (weight * above).sum(1), unit((weight[..., None] * normals).sum(1))


def sample_skin(vertices_m: Floats, triangles: NDArray[np.int64]) -> SkinSurface:
    """The skin of vertices [V, 3] and triangles [K, 3], sampled at corners, edges and insides."""
    normals = vertex_normals(vertices_m, triangles)
    shares = np.array([(i, j, 4 - i - j) for i in range(5) for j in range(5 - i)], np.float64) / 4
    # A corner of the grid is a vertex, which every triangle around it would repeat.
    inner = shares[shares.max(1) < 1]
    points = np.einsum("sk,tkd->tsd", inner, vertices_m[triangles]).reshape(-1, 3)
    turned = np.einsum("sk,tkd->tsd", inner, normals[triangles]).reshape(-1, 3)
    used = np.unique(triangles)
    points, turned = np.concatenate([vertices_m[used], points]), np.concatenate([normals[used], turned])
    return SkinSurface(points, unit(turned), cKDTree(points))


def carried(points_m: Floats, mean_m: Floats, person_m: Floats, vertices: NDArray[np.int64]) -> Floats:
    """Points [N, 3] that were drawn on the mean head, on the person: moved as the `vertices` next to them are."""
    distance, nearest = cKDTree(mean_m[vertices]).query(points_m, k=6)
    weight = 1 / (distance + 0.003) ** 2
    weight /= weight.sum(1, keepdims=True)
    return np.asarray(points_m + np.einsum("na,nad->nd", weight, (person_m - mean_m)[vertices[nearest]]))
