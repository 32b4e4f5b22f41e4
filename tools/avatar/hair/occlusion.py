"""How deep a place lies in the hair: hair above it takes the light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.hair.hair_mesh import HairMesh

__all__ = ["shade_depth"]

Floats = NDArray[np.float64]

REACH_M = 0.020
"""Hair further off than this takes no light away."""
BURIED = 0.27
"""Light that gets to hair in the depth: strands scatter it on, and black holes beside the face look like gaps."""


def shade_depth(mesh: HairMesh, strength: float = 1.0) -> Floats:
    """[V] 1 open .. `BURIED`, by how much hair lies outwards of each vertex (Beer's law on the neighbours)."""
    points = mesh.vertices_m
    area = np.zeros(len(points))
    corners = points[mesh.triangles]
    size = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    np.add.at(area, mesh.triangles.ravel(), np.repeat(size / 3, 3))
    distance, index = cKDTree(points).query(points, k=96, distance_upper_bound=REACH_M)
    found = index < len(points)
    index = np.where(found, index, 0)
    offset = points[index] - points[:, None]
    height = (offset * mesh.outward[:, None]).sum(-1)
    aside = np.sqrt(np.maximum((offset**2).sum(-1) - height**2, 0))
    over = found & (height > 0.0008)
    weight = np.where(over, np.exp(-((aside / 0.007) ** 2)), 0.0) * area[index]
    # Neighbours beyond the 96th are like the ones that were found.
    full = found.all(1)
    scale = np.where(full, np.clip((REACH_M / np.maximum(distance[:, -1], 1e-4)) ** 2, 1, 4), 1.0)
    layers = weight.sum(1) * scale / (np.pi * 0.007**2)
    return np.asarray(np.exp(-strength * 0.16 * layers) * (1 - BURIED) + BURIED)
