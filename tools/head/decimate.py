"""Edge collapse that keeps what moves.

Quadric error metrics (Garland and Heckbert 1997) summed over several poses of the mesh (Mohr and Gleicher 2003), by
half-edge collapse: a vertex is merged into a neighbour, so what is left is a subset of the source's vertices and every
shape of theirs stays exact at them.
"""

from __future__ import annotations

import heapq
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

__all__ = ["decimate"]

LARGEST_TURN = 0.35
"""Cosine below which a collapse that turns a triangle's normal is refused."""
BORDER_WEIGHT = 30.0
"""How much dearer it is to move a border than to move the surface."""


def decimate(
    poses: NDArray[np.float64],
    triangles: NDArray[np.int64],
    corner_uv: NDArray[np.int64],
    target: int,
    importance: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(kept vertices, triangles, corner_uv) of a mesh with about `target` vertices.

    `poses` [P, N, 3] places of the vertices in each pose, the first at rest; `triangles` [K, 3]; `corner_uv` [K, 3];
    `importance` [N] multiplies the cost of removing a vertex. Vertices on a seam of the texture stay; those on a
    border merge only along it. The triangles that come back index the kept vertices.
    """
    mesh = _Mesh(poses, triangles, corner_uv, importance)
    mesh.collapse_to(target)
    return mesh.result()


class _Mesh:
    def __init__(
        self,
        poses: NDArray[np.float64],
        triangles: NDArray[np.int64],
        corner_uv: NDArray[np.int64],
        importance: NDArray[np.float64],
    ) -> None:
        self.count = poses.shape[1]
        self.points = np.concatenate([poses, np.ones((*poses.shape[:2], 1))], -1).transpose(1, 0, 2)  # [N, P, 4]
        self.rest = poses[0]
        self.triangles = [tuple(map(int, triangle)) for triangle in triangles]
        self.uv = [tuple(map(int, corners)) for corners in corner_uv]
        self.importance = importance
        self.around: list[set[int]] = [set() for _ in range(self.count)]
        edges: dict[tuple[int, int], int] = defaultdict(int)
        uvs: list[set[int]] = [set() for _ in range(self.count)]
        for index, triangle in enumerate(self.triangles):
            for corner in range(3):
                self.around[triangle[corner]].add(index)
                uvs[triangle[corner]].add(self.uv[index][corner])
                a, b = triangle[corner], triangle[(corner + 1) % 3]
                edges[min(a, b), max(a, b)] += 1
        self.border = np.zeros(self.count, bool)
        for (a, b), uses in edges.items():
            if uses == 1:
                self.border[[a, b]] = True
        self.seam = np.array([len(found) > 1 for found in uvs])
        self.quadrics = self._quadrics(poses, triangles, [edge for edge, uses in edges.items() if uses == 1])
        self.alive = np.array([bool(found) for found in self.around])
        self.version = np.zeros(self.count, np.int64)

    def _quadrics(
        self, poses: NDArray[np.float64], triangles: NDArray[np.int64], border: list[tuple[int, int]]
    ) -> NDArray[np.float64]:
        """[N, P, 4, 4] sums of squared distances to the planes around each vertex, weighted by area."""
        quadrics = np.zeros((self.count, poses.shape[0], 4, 4))
        for pose in range(poses.shape[0]):
            corners = poses[pose][triangles]
            normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            area = np.linalg.norm(normal, axis=1)
            normal /= np.maximum(area, 1e-15)[:, None]
            plane = np.concatenate([normal, -(normal * corners[:, 0]).sum(1, keepdims=True)], 1)
            quadric = area[:, None, None] * plane[:, :, None] * plane[:, None, :]
            for corner in range(3):
                np.add.at(quadrics[:, pose], triangles[:, corner], quadric)
        # A border is held by planes that stand on it.
        for a, b in border:
            (index,) = self.around[a] & self.around[b]
            for pose in range(poses.shape[0]):
                corners = poses[pose][list(self.triangles[index])]
                normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
                edge = poses[pose][b] - poses[pose][a]
                side = np.cross(edge, normal / max(float(np.linalg.norm(normal)), 1e-15))
                length = float(np.linalg.norm(side))
                side /= max(length, 1e-15)
                plane = np.append(side, -side @ poses[pose][a])
                quadrics[[a, b], pose] += BORDER_WEIGHT * length**2 * np.outer(plane, plane)
        return quadrics

    def neighbours(self, vertex: int) -> set[int]:
        return {other for index in self.around[vertex] for other in self.triangles[index]} - {vertex}

    def _cost(self, gone: int, kept: int) -> float:
        point = self.points[kept]
        error = np.einsum("pi,pij,pj->", point, self.quadrics[gone], point)
        length = float(np.sum((self.rest[gone] - self.rest[kept]) ** 2))
        # The second term spreads collapses evenly where the surface is flat.
        return float(self.importance[gone] * (max(error, 0.0) + 1e-6 * length))

    def _best(self, gone: int) -> tuple[float, int] | None:
        if self.seam[gone]:
            return None
        best = None
        for kept in self.neighbours(gone):
            if self.border[gone] and (not self.border[kept] or len(self.around[gone] & self.around[kept]) != 1):
                continue
            cost = self._cost(gone, kept)
            if (best is None or cost < best[0]) and self._allowed(gone, kept):
                best = (cost, kept)
        return best

    def _allowed(self, gone: int, kept: int) -> bool:
        shared = self.around[gone] & self.around[kept]
        if not shared or len(self.neighbours(gone) & self.neighbours(kept)) != len(shared):
            return False
        for index in self.around[gone] - shared:
            old = self.rest[list(self.triangles[index])]
            new = self.rest[[kept if vertex == gone else vertex for vertex in self.triangles[index]]]
            before = np.cross(old[1] - old[0], old[2] - old[0])
            after = np.cross(new[1] - new[0], new[2] - new[0])
            sizes = float(np.linalg.norm(before) * np.linalg.norm(after))
            if sizes < 1e-16 or float(before @ after) < LARGEST_TURN * sizes:
                return False
        return True

    def _push(self, heap: list[tuple[float, int, int, int]], gone: int) -> None:
        best = self._best(gone)
        if best is not None:
            heapq.heappush(heap, (best[0], gone, best[1], int(self.version[gone])))

    def collapse_to(self, target: int) -> None:
        heap: list[tuple[float, int, int, int]] = []
        for vertex in np.flatnonzero(self.alive):
            self._push(heap, int(vertex))
        left = int(self.alive.sum())
        while left > target and heap:
            _, gone, kept, version = heapq.heappop(heap)
            if not self.alive[gone] or version != self.version[gone]:
                continue
            if not self.alive[kept] or not self._allowed(gone, kept):
                self.version[gone] += 1
                self._push(heap, gone)
                continue
            self._collapse(gone, kept)
            left -= 1
            for vertex in self.neighbours(kept) | {kept}:
                self.version[vertex] += 1
                self._push(heap, vertex)

    def _collapse(self, gone: int, kept: int) -> None:
        shared = self.around[gone] & self.around[kept]
        # On a seam the kept vertex has several texture coordinates: take the one of this side.
        first = next(iter(shared))
        kept_uv = self.uv[first][self.triangles[first].index(kept)]
        for index in self.around[gone] - shared:
            corner = self.triangles[index].index(gone)
            triangle, corners = list(self.triangles[index]), list(self.uv[index])
            triangle[corner], corners[corner] = kept, kept_uv
            self.triangles[index], self.uv[index] = tuple(triangle), tuple(corners)
            self.around[kept].add(index)
        for index in shared:
            for vertex in self.triangles[index]:
                self.around[vertex].discard(index)
        self.quadrics[kept] += self.quadrics[gone]
        self.around[gone] = set()
        self.alive[gone] = False

    def result(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        used = sorted({index for vertex in np.flatnonzero(self.alive) for index in self.around[vertex]})
        triangles = np.array([self.triangles[index] for index in used])
        kept, local = np.unique(triangles, return_inverse=True)
        return kept, local.reshape(triangles.shape), np.array([self.uv[index] for index in used])
