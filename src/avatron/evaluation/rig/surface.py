"""How deep points lie inside a surface, in metres: the one distance that all measures of contact share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Patch", "deepest_inside", "patch_of"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_POINTS_AT_ONCE = 1024
_CANDIDATES = 4
"""Points that are asked at once whether they are inside."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A piece of a mesh whose vertices move."""

    vertices: Integers
    """[N] vertices of the whole mesh."""
    triangles: Integers
    """[K, 3] rows of `vertices`."""
    around: Integers
    """[N, A] the triangles around each of `vertices`; the first is repeated where there are fewer."""
    own: NDArray[np.bool_]
    """[N, A] False where `around` repeats."""
    at_edge: NDArray[np.bool_]
    """[N] whether the patch ends at this vertex: beyond it nothing is known about inside and outside."""

    def depth(self, points: NDArray[Any], mesh: NDArray[Any], most_m: float = 0.012) -> Floats:
        """[Q] how deep `points` [Q, 3] lie behind the patch of `mesh` [V, 3], metres; negative where they are outside.

        The nearest point of the triangles around the nearest vertex counts; what is further than `most_m` or nearest
        to the patch's edge is far outside (-`most_m`).
        """
        places = np.asarray(mesh[self.vertices], np.float32)
        corners = places[self.triangles]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
        result = np.full(len(points), -most_m, np.float32)
        low, high = places.min(0) - most_m, places.max(0) + most_m
        near = np.flatnonzero(((points > low) & (points < high)).all(1))
        for start in range(0, len(near), _POINTS_AT_ONCE):
            rows = near[start : start + _POINTS_AT_ONCE]
            result[rows] = self._depth(np.asarray(points[rows], np.float32), places, corners, normals, most_m)
        return result

    def _depth(self, points: Floats, places: Floats, corners: Floats, normals: Floats, most_m: float) -> Floats:
        middle = places.mean(0)
        from_middle, targets = points - middle, places - middle
        squared = (targets * targets).sum(1)[None] - 2 * from_middle @ targets.T
        nearest = squared.argmin(1)
        around = self.around[nearest]
        share, distance = _closest(points[:, None], corners[around])
        best = distance.argmin(1)
        rows = np.arange(len(points))
        foot = np.einsum("qk,qkc->qc", share[rows, best], corners[around[rows, best]])
        # At an edge or a corner all triangles that are equally near have a say in which side is out.
        nearly = distance <= distance[rows, best][:, None] * 1.0001 + 1e-13
        nearly &= self.own[nearest]
        normal = np.einsum("qa,qac->qc", nearly.astype(np.float32), normals[around])
        length = np.sqrt(distance[rows, best])
        behind = np.einsum("qc,qc->q", points - foot, normal) < 0
        depth = np.where(behind, length, -length)
        unknown = (length > most_m) | self.at_edge[nearest]
        return np.where(unknown, -most_m, depth).astype(np.float32)


def patch_of(triangles: NDArray[Any], weld: NDArray[Any]) -> Patch:
    """The patch that `triangles` [K, 3] of a mesh make; vertices of one place (`weld` [V]) are one."""
    welded = np.asarray(weld, np.int64)[triangles]
    vertices, local = np.unique(welded, return_inverse=True)
    local = local.reshape(-1, 3)
    order = np.argsort(local.reshape(-1), kind="stable")
    count = np.bincount(local.reshape(-1), minlength=len(vertices))
    starts = np.concatenate([[0], np.cumsum(count)])[:-1]
    place = np.minimum(np.arange(count.max())[None], count[:, None] - 1)
    around = order[starts[:, None] + place] // 3
    edges = np.sort(np.concatenate([local[:, [0, 1]], local[:, [1, 2]], local[:, [2, 0]]]), axis=1)
    unique, uses = np.unique(edges, axis=0, return_counts=True)
    at_edge = np.zeros(len(vertices), bool)
    at_edge[unique[uses == 1].reshape(-1)] = True
    own = np.arange(count.max())[None] < count[:, None]
    return Patch(vertices, local, around, own, at_edge)


def deepest_inside(
    depth: NDArray[Any],
    points: NDArray[Any],
    triangles: NDArray[Any],
    mesh: NDArray[Any],
    far: NDArray[Any] | None = None,
    least_m: float = 5e-5,
) -> float:
    """The largest `depth` [Q] of those `points` [Q, 3] that are inside the closed surface `triangles` [K, 3] of `mesh`.

    A nearest normal may point the wrong way where a surface is folded. The winding number may not (Jacobson et al.,
    Robust inside-outside segmentation using generalized winding numbers, 2013; solid angles by Van Oosterom and
    Strackee, 1983). It is dear, so points are asked from the deepest on until one is inside, and `far` [M, 3], the part
    of the surface that is far from all points, is asked once, in their middle. 0 where no point is inside.
    """
    order = np.flatnonzero(depth > least_m)
    if not len(order):
        return 0.0
    order = order[np.argsort(-depth[order])]
    corners = np.asarray(mesh[triangles], np.float32)
    around = 0.0
    if far is not None and len(far):
        around = float(_winding(points[order].mean(0, keepdims=True), np.asarray(mesh[far], np.float32))[0])
    for start in range(0, len(order), _CANDIDATES):
        rows = order[start : start + _CANDIDATES]
        inside = np.flatnonzero(_winding(points[rows], corners) + around > 0.5)
        if len(inside):
            return float(depth[rows[inside[0]]])
    return 0.0


def _winding(points: NDArray[Any], corners: Floats) -> Floats:
    """[Q] how often the surface of `corners` [K, 3, 3] goes around each of `points` [Q, 3]."""
    a, b, c = (corners[None, :, corner] - np.asarray(points, np.float32)[:, None] for corner in range(3))
    la, lb, lc = (np.sqrt(np.einsum("qkc,qkc->qk", side, side)) for side in (a, b, c))
    volume = np.einsum("qkc,qkc->qk", a, np.cross(b, c))
    ab, bc, ca = (np.einsum("qkc,qkc->qk", one, two) for one, two in ((a, b), (b, c), (c, a)))
    solid = 2 * np.arctan2(volume, la * lb * lc + ab * lc + bc * la + ca * lb)
    return np.asarray(solid.sum(1) / (4 * np.pi), np.float32)


def _closest(points: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """(barycentric [Q, A, 3], squared distance [Q, A]) of the point of each triangle that is nearest to `points`.

    The foot on the plane where it lies inside, else the best of the three edges (Ericson, Real-Time Collision
    Detection, 5.1.5, without its branches).
    """
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-24)
    v, w = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    inside = (v >= 0) & (w >= 0) & (v + w <= 1)
    candidates = [np.stack([1 - v - w, v, w], -1)]
    for first, second in ((0, 1), (1, 2), (2, 0)):
        start, along = corners[..., first, :], corners[..., second, :] - corners[..., first, :]
        share = ((points - start) * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-24)
        share = np.clip(share, 0, 1)
        candidate = np.zeros_like(candidates[0])
        candidate[..., first], candidate[..., second] = 1 - share, share
        candidates.append(candidate)
    barycentric = np.stack(candidates)
    feet = np.einsum("eqak,qakc->eqac", barycentric, corners)
    squared = ((points - feet) ** 2).sum(-1)
    squared[0] = np.where(inside, squared[0], np.inf)
    best = squared.argmin(0)
    picked = np.take_along_axis(barycentric, best[None, ..., None], 0)[0]
    return picked.astype(np.float32), squared.min(0).astype(np.float32)
