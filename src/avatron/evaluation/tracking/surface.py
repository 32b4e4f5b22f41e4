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

__all__ = ["Nearest", "Similarity", "Surface", "align", "similarity_of_pairs"]

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

_POINTS_AT_ONCE = 2048
_SEARCHED_AT_ONCE = 512
"""Small enough for their distances to stay in the cache."""
_WALK_STEPS = 6
_SMALL_STEP_M = 3e-4
_ALIGN_POINTS = 800
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
        raise ShapeError(
            f"{list(source.shape)} and {list(target.shape)} points to align; expected the same [N >= 3, 3]"
        )
    middle_source, middle_target = source.mean(0), target.mean(0)
    centred, wanted = source - middle_source, target - middle_target
    left, strength, right = np.linalg.svd(wanted.T @ centred)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * sign) @ right
    scale = float((strength * sign).sum() / (centred**2).sum())
    return Similarity(scale, rotation, middle_target - scale * rotation @ middle_source)


@dataclass(frozen=True, eq=False)
class Nearest:
    """The places of a surface that are nearest to Q points."""

    places: Floats
    """[Q, 3]."""
    normals: Floats
    """[Q, 3] unit normals of the triangles they lie on."""
    vertices: NDArray[np.int64]
    """[Q] the surface's nearest vertices: where the next search may begin."""


class Surface:
    """Triangles over vertices that may move.

    Args:
        triangles: [K, 3] vertices of the whole mesh; only these count as the surface.
    """

    def __init__(self, triangles: NDArray[Any]) -> None:
        self.vertices, local = np.unique(np.asarray(triangles), return_inverse=True)
        self.triangles = local.reshape(-1, 3)
        self._around, self._beside = _rings(self.triangles, len(self.vertices))

    def nearest(self, points: NDArray[Any], mesh: NDArray[Any], near: NDArray[np.int64] | None = None) -> Nearest:
        """Where the surface of `mesh` [V, 3] is nearest to `points` [Q, 3].

        The triangles around the nearest vertex are asked. `near` [Q] are vertices of an earlier search, from which this
        one walks to better neighbours in place of asking all.
        """
        places = np.asarray(mesh, np.float64)[self.vertices]
        # Single precision around the middle is exact to a ten-thousandth of a millimetre.
        middle = places.mean(0)
        targets = (places - middle).astype(np.float32)
        asked = (np.asarray(points, np.float64) - middle).astype(np.float32)
        corners = targets[self.triangles]
        vertices = _searched(asked, targets) if near is None else self._walked(asked, targets, near)
        feet, normals = np.empty_like(asked), np.empty_like(asked)
        for start in range(0, len(asked), _POINTS_AT_ONCE):
            rows = slice(start, start + _POINTS_AT_ONCE)
            candidates = self._around[vertices[rows]]
            foot, squared = _closest(asked[rows], corners[candidates])
            chosen = np.arange(len(foot)), squared.argmin(1)
            feet[rows] = foot[chosen]
            a, b, c = np.moveaxis(corners[candidates[chosen]], 1, 0)
            normals[rows] = np.cross(b - a, c - a)
        normals /= np.sqrt(np.maximum(_dot(normals, normals), np.float32(1e-30)))[:, None]
        return Nearest(feet + middle, normals.astype(np.float64), vertices)

    def _walked(self, points: Floats32, targets: Floats32, near: NDArray[np.int64]) -> NDArray[np.int64]:
        rows = np.arange(len(points))
        for _ in range(_WALK_STEPS):
            beside = self._beside[near]
            off = targets[beside] - points[:, None]
            better = beside[rows, np.einsum("qac,qac->qa", off, off).argmin(1)]
            if (better == near).all():
                break
            near = better
        return near


def align(
    points: NDArray[Any],
    surface: Surface,
    mesh: NDArray[Any],
    start: Similarity,
    weights: NDArray[Any],
    *,
    steps: int = 10,
) -> Similarity:
    """The similarity of `points` [Q, 3] that brings them onto the surface of `mesh` [V, 3], from a `start` near to it.

    Gauss-Newton on distances to tangent planes, `weights` [Q] (areas); it stops when nothing moves by a micrometre.
    """
    total = len(points)
    every = max(total // _ALIGN_POINTS, 1)
    chosen = np.asarray(points, np.float64)[::every]
    share = np.asarray(weights, np.float64)[::every, None]
    now, near = start, None
    for _ in range(steps):
        moved = now.applied(chosen)
        found = surface.nearest(moved, mesh, near)
        foot, normal = found.places, found.normals
        middle = moved.mean(0)
        lever = moved - middle
        # Small turn, growth and shift of what is moved already.
        jacobian = np.concatenate([np.cross(lever, normal), (lever * normal).sum(1, keepdims=True), normal], 1)
        residual = ((foot - moved) * normal).sum(1)
        weighted = jacobian * share
        change = np.linalg.solve(jacobian.T @ weighted, weighted.T @ residual)
        turn, growth = axis_angle_to_matrix(change[:3]), float(np.exp(change[3]))
        translation = growth * turn @ (now.translation - middle) + middle + change[4:]
        now = Similarity(now.scale * growth, turn @ now.rotation, translation)
        step = np.abs(change[:4]).max() * np.abs(lever).max() + np.abs(change[4:]).max()
        if step < 1e-6:
            break
        # Walking from old neighbours is only sure where little has moved: nostrils and slits are traps.
        near = found.vertices if step < _SMALL_STEP_M else None
    return now


def _rings(triangles: NDArray[Any], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """([N, A] triangles around each vertex, [N, B] itself and its neighbours); the first is repeated to fill."""
    around: list[set[int]] = [set() for _ in range(count)]
    beside: list[set[int]] = [{vertex} for vertex in range(count)]
    for number, corners in enumerate(triangles.tolist()):
        for corner in corners:
            around[corner].add(number)
            beside[corner].update(corners)
    return _table(around), _table(beside)


def _table(rings: list[set[int]]) -> NDArray[np.int64]:
    result = np.empty((len(rings), max(len(ring) for ring in rings)), np.int64)
    for row, ring in enumerate(rings):
        ordered = sorted(ring)
        result[row, : len(ordered)] = ordered
        result[row, len(ordered) :] = ordered[0]
    return result


def _searched(points: Floats32, targets: Floats32) -> NDArray[np.int64]:
    """[Q] the nearest of `targets` [N, 3] to each of `points` [Q, 3]."""
    # |t|^2 - 2 p.t by one product; |p|^2 does not change the order.
    columns = np.concatenate([-2 * targets, _dot(targets, targets)[:, None]], 1).T.copy()
    rows = np.concatenate([points, np.ones((len(points), 1), np.float32)], 1)
    found = np.empty(len(points), np.int64)
    for start in range(0, len(points), _SEARCHED_AT_ONCE):
        some = slice(start, start + _SEARCHED_AT_ONCE)
        found[some] = (rows[some] @ columns).argmin(1)
    return found


def _dot(one: Floats32, other: Floats32) -> Floats32:
    return np.asarray(np.einsum("...c,...c->...", one, other))


def _closest(points: Floats32, corners: Floats32) -> tuple[Floats32, Floats32]:
    """(places [Q, A, 3], squared distances [Q, A]) of each of the triangles [Q, A, 3, 3] nearest to `points` [Q, 3].

    The foot on the plane where it lies inside, else the best of the three edges (Ericson, Real-Time Collision
    Detection, 2005, 5.1.5).
    """
    asked = points[:, None]
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, ac, ap = b - a, c - a, asked - a
    d00, d01, d11, d20, d21 = _dot(ab, ab), _dot(ab, ac), _dot(ac, ac), _dot(ap, ab), _dot(ap, ac)
    tiny = np.float32(1e-30)
    scale = np.maximum(d00 * d11 - d01 * d01, tiny)
    v, w = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    foot = a + v[..., None] * ab + w[..., None] * ac
    off = foot - asked
    squared = _dot(off, off)
    squared[(v < 0) | (w < 0) | (v + w > 1)] = np.inf
    for start, along, behind, length in (
        (a, ab, d20, d00),
        (a, ac, d21, d11),
        (b, c - b, None, None),
    ):
        behind = _dot(asked - start, along) if behind is None else behind
        length = _dot(along, along) if length is None else length
        share = np.clip(behind / np.maximum(length, tiny), 0, 1)
        place = start + share[..., None] * along
        off = place - asked
        far = _dot(off, off)
        nearer = far < squared
        foot[nearer] = place[nearer]
        squared[nearer] = far[nearer]
    return foot, squared
