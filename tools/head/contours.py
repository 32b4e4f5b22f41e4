"""The rims of lips and lids: ordered paths along the mesh's edges through the Multi-PIE landmarks."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from avatron.face.parts import PART_INDEX
from head.pieces import Joined

__all__ = ["contours"]

_LANDMARKS: dict[str, tuple[int, ...]] = {
    "lips_outer": (*range(48, 60), 48),
    "lips_inner": (*range(60, 68), 60),
    "lid_upper_right": (36, 37, 38, 39),
    "lid_lower_right": (36, 41, 40, 39),
    "lid_upper_left": (45, 44, 43, 42),
    "lid_lower_left": (45, 46, 47, 42),
}
"""Numbers of Multi-PIE landmarks; lids run from the outer to the inner corner, lips from the right corner over the
upper lip and back along the lower."""


def contours(mesh: Joined, landmarks: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Name to vertices [N] in order; `landmarks` [68] are our vertices of Multi-PIE. Loops do not repeat the first."""
    skin = mesh.weld[mesh.triangles[np.isin(mesh.part, [PART_INDEX["skin"], PART_INDEX["mouth"]])]]
    edges = np.concatenate([skin[:, [0, 1]], skin[:, [1, 2]], skin[:, [2, 0]]])
    edges = np.unique(np.sort(edges, 1), axis=0)
    lengths = np.linalg.norm(mesh.rest[edges[:, 0]] - mesh.rest[edges[:, 1]], axis=1)
    graph = coo_matrix((lengths, edges.T), shape=(len(mesh.rest),) * 2).tocsr()
    result = {}
    for name, numbers in _LANDMARKS.items():
        path: list[int] = []
        for start, end in itertools.pairwise(mesh.weld[landmarks[list(numbers)]]):
            path += _shortest(graph, int(start), int(end))[:-1]
        if numbers[0] != numbers[-1]:
            path.append(int(mesh.weld[landmarks[numbers[-1]]]))
        result[name] = np.array(path, np.int64)
    return result


def _shortest(graph: object, start: int, end: int) -> list[int]:
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    path = [end]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return path[::-1]
