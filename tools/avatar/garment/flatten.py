"""Texture coordinates of cloth: a curved piece laid flat with as little stretching as can be.

As rigid as possible (Liu et al. 2008): every triangle is turned to fit, then all corners are set by one sparse solve.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from avatar.radial_shape import unit

__all__ = ["lay_flat"]

Floats = NDArray[np.float64]


def lay_flat(vertices_m: Floats, triangles: NDArray[np.integer], start_m: Floats, rounds: int = 40) -> Floats:
    """Places [V, 2] in metres of a piece [V, 3], beginning from `start_m` [V, 2], whose middle and turn are kept."""
    corner = vertices_m[triangles]
    edge, other = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    across = unit(edge)
    up = unit(np.cross(np.cross(edge, other), edge))
    flat = np.zeros((len(triangles), 3, 2))
    flat[:, 1, 0] = np.linalg.norm(edge, axis=1)
    flat[:, 2] = np.stack([(other * across).sum(1), (other * up).sum(1)], -1)
    pairs = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    weight = np.empty((len(triangles), 3))
    for number, (a, b, c) in enumerate(pairs):
        to_a, to_b = flat[:, a] - flat[:, c], flat[:, b] - flat[:, c]
        area = np.abs(to_a[:, 0] * to_b[:, 1] - to_a[:, 1] * to_b[:, 0])
        weight[:, number] = np.clip((to_a * to_b).sum(1) / np.maximum(area, 1e-12), 0.05, 8)
    count = len(vertices_m)
    rows, columns, values = [], [], []
    for number, (a, b, _) in enumerate(pairs):
        first, second, w = triangles[:, a], triangles[:, b], weight[:, number]
        rows += [first, second, first, second]
        columns += [first, second, second, first]
        values += [w, w, -w, -w]
    matrix = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count, count))
    # One corner is held, or the whole could slide.
    solver = splu((matrix + coo_array(([1.0], ([0], [0])), (count, count))).tocsc())
    placed = start_m.copy()
    for _ in range(rounds):
        goal = np.zeros((count, 2))
        covariance = np.zeros((len(triangles), 2, 2))
        for number, (a, b, _) in enumerate(pairs):
            here, there = placed[triangles[:, a]] - placed[triangles[:, b]], flat[:, a] - flat[:, b]
            covariance += weight[:, number, None, None] * here[:, :, None] * there[:, None, :]
        turn = np.arctan2(covariance[:, 1, 0] - covariance[:, 0, 1], covariance[:, 0, 0] + covariance[:, 1, 1])
        cosine, sine = np.cos(turn), np.sin(turn)
        rotation = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)
        for number, (a, b, _) in enumerate(pairs):
            step = weight[:, number, None] * np.einsum("kij,kj->ki", rotation, flat[:, a] - flat[:, b])
            np.add.at(goal, triangles[:, a], step)
            np.add.at(goal, triangles[:, b], -step)
        goal[0] += placed[0]
        placed = solver.solve(goal)
    return np.asarray(placed - placed.mean(0) + start_m.mean(0))
