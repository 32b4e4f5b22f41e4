"""A rounded body as a distance per direction: the skull under hair, the torso under clothes.

Hair and garments are laid out on a sphere of directions around the middle of the skull or chest and pushed out to the
surface afterwards, so that a hairstyle is a drawing on the sphere that fits any head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["RadialShape", "measure_shape", "measure_skull", "unit"]

Floats = NDArray[np.float64]

CENTRE_BELOW_TOP_M = 0.105
"""Height of the crown over the middle of the skull: about half an adult skull's height."""

CELLS_PER_RADIUS = 24
"""Fineness of the grid of directions in which the outermost sample is looked for: about 2.4 degrees."""


def unit(vectors: Floats) -> Floats:
    """Vectors [..., 3] scaled to length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


@dataclass(frozen=True)
class RadialShape:
    """Distance from a point inside to the surface, for any direction."""

    centre_m: Floats
    """[3]: the point inside, metres, head frame."""

    directions: Floats
    """[N, 3]: unit directions to sampled surface points."""

    radii_m: Floats
    """[N]: distance of the surface in those directions, metres."""

    smoothing_rad: float = 0.045
    """Width of the average over neighbouring samples; irons out ears and mesh facets."""

    def radius(self, directions: Floats) -> Floats:
        """Distance of the surface [N] (metres) in directions [N, 3]: a local average, so a little rounder."""
        tree = cKDTree(self.directions)
        distance, index = tree.query(unit(directions), k=24)
        weight = np.exp(-0.5 * (distance / self.smoothing_rad) ** 2) + 1e-9
        return np.asarray((weight * self.radii_m[index]).sum(1) / weight.sum(1))

    def point(self, directions: Floats, lift_m: Floats | float = 0.0) -> Floats:
        """Points [N, 3] (metres) that stand `lift_m` off the surface in directions [N, 3]."""
        rays = unit(directions)
        return np.asarray(self.centre_m + rays * (self.radius(rays) + lift_m)[..., None])


def measure_shape(
    vertices_m: Floats, triangles: NDArray[np.integer], centre_m: Floats, smoothing_rad: float = 0.045
) -> RadialShape:
    """The outer surface of a mesh, vertices [V, 3] (metres) and triangles [K, 3], seen from a point inside.

    Each triangle is sampled at its corners, edge middles and centre, and only what lies within 6 mm of the outermost
    sample of a direction counts, so that eye sockets, nostrils and linings do not dent the shape.
    """
    corners = vertices_m[triangles]
    middles = 0.5 * (corners + np.roll(corners, 1, axis=1))
    samples = np.concatenate([corners.reshape(-1, 3), middles.reshape(-1, 3), corners.mean(1)])
    offset = samples - centre_m
    radius = np.linalg.norm(offset, axis=1)
    rays = offset / radius[:, None]
    cell = np.round(rays * CELLS_PER_RADIUS).astype(np.int64)
    _, cell_index = np.unique(cell, axis=0, return_inverse=True)
    outermost = np.zeros(cell_index.max() + 1)
    np.maximum.at(outermost, cell_index.ravel(), radius)
    outside = radius > outermost[cell_index.ravel()] - 0.006
    return RadialShape(centre_m, rays[outside], radius[outside], smoothing_rad)


def measure_skull(vertices_m: Floats, triangles: NDArray[np.integer], ear_mask: NDArray[np.bool_]) -> RadialShape:
    """The skull of a head: skin vertices [V, 3] (metres), triangles [K, 3], ears [V] left out."""
    top = float(vertices_m[:, 1].max())
    upper = vertices_m[:, 1] > top - 0.09
    depth = 0.5 * (vertices_m[upper, 2].min() + vertices_m[upper, 2].max())
    centre = np.array([0.0, top - CENTRE_BELOW_TOP_M, depth])
    return measure_shape(vertices_m, triangles[~ear_mask[triangles].any(1)], centre)
