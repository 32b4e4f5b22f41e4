"""What is measured once on a mesh: curvature and the directions of its texture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["sphere_directions", "texture_gradients", "vertex_curvature"]

Floats = NDArray[np.float32]

_FLATTEST, _SHARPEST = 5.0, 150.0
"""Curvatures (1 / m) that the scattering table covers usefully."""


def vertex_curvature(vertices: Floats, normals: Floats, triangles: NDArray[np.int32]) -> Floats:
    """[V] mean curvature, 1 / m: how fast the normal turns along the edges, smoothed over three rings."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    first, second = edges.T
    length = np.maximum(np.linalg.norm(vertices[first] - vertices[second], axis=1), 2e-4)
    turn = np.linalg.norm(normals[first] - normals[second], axis=1) / length
    count = len(vertices)
    degree = np.maximum(np.bincount(edges.ravel(), minlength=count), 1)
    curvature = (np.bincount(first, turn, count) + np.bincount(second, turn, count)) / degree
    for _ in range(3):
        around = np.bincount(first, curvature[second], count) + np.bincount(second, curvature[first], count)
        curvature = 0.5 * curvature + 0.5 * around / degree
    return np.asarray(np.clip(curvature, _FLATTEST, _SHARPEST), np.float32)


def sphere_directions(count: int) -> Floats:
    """[count, 3] unit vectors spread evenly over the sphere (a Fibonacci spiral about the vertical)."""
    step = np.arange(count) + 0.5
    height = 1 - 2 * step / count
    radius, angle = np.sqrt(1 - height**2), step * 2.399963
    return np.stack([radius * np.cos(angle), height, radius * np.sin(angle)], 1).astype(np.float32)


def texture_gradients(
    vertices: NDArray[Any], normals: NDArray[Any], uv: NDArray[Any], triangles: NDArray[np.int32]
) -> tuple[Floats, Floats]:
    """(gradient of u [V, 3] in 1 / m, ratio [V] of v's gradient along normal x gradient of u).

    The ratio is 1 where the chart is a similarity and negative where it is mirrored.
    """
    a, b, c = (triangles[:, corner] for corner in range(3))
    edge_b, edge_c = vertices[b] - vertices[a], vertices[c] - vertices[a]
    across = np.cross(edge_b, edge_c)
    double_area = np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    facing = across / double_area
    along_b, along_c = np.cross(edge_c, facing), np.cross(facing, edge_b)
    sums = np.zeros((2, len(vertices), 3))
    for axis in (0, 1):
        rise_b, rise_c = (uv[b] - uv[a])[:, axis, None], (uv[c] - uv[a])[:, axis, None]
        # Weighted by area: the division by the area cancels.
        weighted = rise_b * along_b + rise_c * along_c
        for corner in (a, b, c):
            for part in range(3):
                sums[axis, :, part] += np.bincount(corner, weighted[:, part], len(vertices))
    areas = np.zeros(len(vertices))
    for corner in (a, b, c):
        areas += np.bincount(corner, double_area[:, 0], len(vertices))
    gradient_u, gradient_v = sums / np.maximum(areas, 1e-12)[:, None]
    across_u = np.cross(normals, gradient_u)
    ratio = (gradient_v * across_u).sum(1) / np.maximum((across_u**2).sum(1), 1e-12)
    return gradient_u.astype(np.float32), np.clip(ratio, -4, 4).astype(np.float32)
