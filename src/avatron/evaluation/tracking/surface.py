"""Distances from points to a triangle mesh that moves, and the similarity that brings one onto the other.

Scan-to-mesh distance after a similarity alignment, as the NoW challenge measures shape (Sanyal et al., Learning to
Regress 3D Face Shape and Expression from an Image without 3D Supervision, 2019): from each true point to the nearest
place of the predicted surface, in the units of the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import ShapeError

__all__ = ["Similarity", "Surface", "align", "similarity_of_pairs"]

Floats = NDArray[np.float64]

_POINTS_AT_ONCE = 2048
_ALIGN_POINTS = 1200
"""Points that an alignment is found with, spread over all."""


@dataclass(frozen=True, eq=False)
class Similarity:
    """x -> scale * rotation @ x + translation."""

    scale: float
    rotation: Floats
    """[3, 3]."""
    translation: Floats
    """[3]."""

    def applied(self, points: NDArray[Any]) -> Floats:
        """[..., 3]."""
        return np.asarray(self.scale * (points @ self.rotation.T) + self.translation)

    def inverse(self) -> Similarity:
        """The way back."""
        back = self.rotation.T
        return Similarity(1 / self.scale, back, -back @ self.translation / self.scale)


def similarity_of_pairs(source: NDArray[Any], target: NDArray[Any]) -> Similarity:
    """The similarity that takes `source` [N, 3] nearest to `target` [N, 3] in the least-squares sense.

    Umeyama, Least-squares estimation of transformation parameters between two point patterns, 1991.

    Raises:
        ShapeError: not as many points, or fewer than three.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    if source.shape != target.shape or len(source) < 3:
        raise ShapeError(f"{list(source.shape)} and {list(target.shape)} points to align; expected the same [N >= 3, 3]")
    middle_source, middle_target = source.mean(0), target.mean(0)
    centred, wanted = source - middle_source, target - middle_target
    left, strength, right = np.linalg.svd(wanted.T @ centred)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * sign) @ right
    scale = float((strength * sign).sum() / (centred**2).sum())
    return Similarity(scale, rotation, middle_target - scale * rotation @ middle_source)


class Surface:
    """Triangles over vertices that may move.

    Args:
        triangles: [K, 3] vertices of the whole mesh; only these count as the surface.
    """

    def __init__(self, triangles: NDArray[Any]) -> None:
        self.vertices, local = np.unique(np.asarray(triangles), return_inverse=True)
        self.triangles = local.reshape(-1, 3)
        self._near = _rings(self.triangles, len(self.vertices), 1)
        self._around = _rings(self.triangles, len(self.vertices), 2)

    def nearest(self, points: NDArray[Any], mesh: NDArray[Any], *, rough: bool = False) -> tuple[Floats, Floats]:
        """(places [Q, 3], unit normals [Q, 3]) of the surface of `mesh` [V, 3] nearest to `points` [Q, 3].

        The triangles around the nearest vertex and around its neighbours are asked; `rough` leaves the neighbours out.
        """
        places = np.asarray(mesh, np.float64)[self.vertices]
        corners = places[self.triangles]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
        around = self._near if rough else self._around
        feet, directions = np.empty((len(points), 3)), np.empty((len(points), 3))
        middle = places.mean(0)
        targets = (places - middle).astype(np.float32)
        lengths = (targets * targets).sum(1)
        for start in range(0, len(points), _POINTS_AT_ONCE):
            rows = slice(start, start + _POINTS_AT_ONCE)
            some = np.asarray(points[rows], np.float64)
            nearest = (lengths - 2 * (some - middle).astype(np.float32) @ targets.T).argmin(1)
            candidates = around[nearest]
            foot, squared = _closest(some, corners[candidates])
            best = squared.argmin(1)
            chosen = np.arange(len(some))
            feet[rows] = foot[chosen, best]
            directions[rows] = normals[candidates[chosen, best]]
        return feet, directions

    def distances(self, points: NDArray[Any], mesh: NDArray[Any]) -> Floats:
        """[Q] from `points` [Q, 3] to the surface of `mesh` [V, 3], in their unit."""
        foot, _ = self.nearest(points, mesh)
        return np.asarray(np.linalg.norm(foot - points, axis=1))


def align(
    points: NDArray[Any], surface: Surface, mesh: NDArray[Any], start: Similarity, weights: NDArray[Any], steps: int = 8
) -> Similarity:
    """The similarity of `points` [Q, 3] that brings them onto the surface of `mesh` [V, 3], from a `start` near to it.

    Gauss-Newton on distances to tangent planes, `weights` [Q] (areas); it stops when nothing moves by a micrometre.
    """
    total = len(points)
    every = max(total // _ALIGN_POINTS, 1)
    chosen = np.asarray(points, np.float64)[::every]
    share = np.sqrt(np.asarray(weights, np.float64)[::every])
    now = start
    for _ in range(steps):
        moved = now.applied(chosen)
        foot, normal = surface.nearest(moved, mesh, rough=True)
        middle = moved.mean(0)
        lever = moved - middle
        # Small turn, growth and shift of what is moved already.
        jacobian = np.concatenate([np.cross(lever, normal), (lever * normal).sum(1, keepdims=True), normal], 1)
        residual = ((foot - moved) * normal).sum(1)
        change, *_ = np.linalg.lstsq(jacobian * share[:, None], residual * share, rcond=None)
        turn, growth = axis_angle_to_matrix(change[:3]), float(np.exp(change[3]))
        translation = growth * turn @ (now.translation - middle) + middle + change[4:]
        now = Similarity(now.scale * growth, turn @ now.rotation, translation)
        if np.abs(change[:4]).max() * np.abs(lever).max() + np.abs(change[4:]).max() < 1e-6:
            break
    return now


def _rings(triangles: NDArray[Any], count: int, rings: int) -> NDArray[np.int64]:
    """[N, A] triangles around each vertex, and for two rings around its neighbours; the first is repeated to fill."""
    around: list[set[int]] = [set() for _ in range(count)]
    for number, corners in enumerate(triangles.tolist()):
        for corner in corners:
            around[corner].add(number)
    if rings == 2:
        rows = triangles.tolist()
        around = [set().union(*(around[corner] for one in ring for corner in rows[one])) for ring in around]
    widest = max(len(ring) for ring in around)
    result = np.empty((count, widest), np.int64)
    for vertex, ring in enumerate(around):
        ordered = sorted(ring)
        result[vertex, : len(ordered)] = ordered
        result[vertex, len(ordered) :] = ordered[0]
    return result


def _closest(points: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """(places [Q, A, 3], squared distances [Q, A]) of each of the triangles [Q, A, 3, 3] nearest to `points` [Q, 3].

    The foot on the plane where it lies inside, else the best of the three edges (Ericson, Real-Time Collision
    Detection, 2005, 5.1.5).
    """
    asked = points[:, None]
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, asked - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    v, w = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    foot = a + v[..., None] * ab + w[..., None] * ac
    squared = ((foot - asked) ** 2).sum(-1)
    squared[(v < 0) | (w < 0) | (v + w > 1)] = np.inf
    for one, two in ((a, b), (b, c), (c, a)):
        along = two - one
        share = ((asked - one) * along).sum(-1) / np.maximum((along * along).sum(-1), 1e-30)
        place = one + np.clip(share, 0, 1)[..., None] * along
        length = ((place - asked) ** 2).sum(-1)
        nearer = length < squared
        foot[nearer] = place[nearer]
        squared[nearer] = length[nearer]
    return foot, squared
