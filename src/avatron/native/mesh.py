"""Moving a mesh: blendshapes, vertex normals, skinning."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError, ShapeError

__all__ = ["Blendshapes", "VertexNormals", "checked_triangles", "skin", "strains"]


def checked_triangles(triangles: Any, vertex_count: int) -> NDArray[np.int32]:
    """`triangles` [K, 3] as int32, each index below `vertex_count`.

    Raises:
        ShapeError: another shape or type.
        InvalidValueError: an index that names no vertex.
    """
    checked = checked_array("triangles", triangles, (None, 3), np.int32)
    if checked.size and (int(checked.min()) < 0 or int(checked.max()) >= vertex_count):
        raise InvalidValueError(
            f"triangles name vertices {int(checked.min())} to {int(checked.max())}; there are {vertex_count}"
        )
    return checked


class Blendshapes:
    """A neutral mesh and shapes that each move some of its vertices.

    Only the vertices that a shape moves are kept, so a face with fifteen active shapes costs a fraction of a
    millisecond.

    Args:
        neutral: [V, 3] metres.
        starts: [E + 1] shape e is rows starts[e] to starts[e + 1] of the next two.
        indices: [N] the vertices that are moved, ascending within a shape.
        deltas: [N, 3] metres; float16 is widened once, here.

    Raises:
        ShapeError: lengths that do not agree.
        InvalidValueError: starts or indices that are out of order or out of range.
    """

    def __init__(self, neutral: Any, starts: Any, indices: Any, deltas: Any) -> None:
        self.neutral = checked_array("neutral", neutral, (None, 3), np.float32)
        self._indices = checked_array("indices", indices, (None,), np.int32)
        self._deltas = checked_array("deltas", deltas, (len(self._indices), 3), np.float32)
        self._starts = checked_array("starts", starts, (None,), np.int64)
        if len(self._starts) < 1 or self._starts[0] != 0 or self._starts[-1] != len(self._indices):
            raise ShapeError(f"`starts` must run from 0 to {len(self._indices)}, the number of rows of `indices`")
        if (np.diff(self._starts) < 0).any():
            raise InvalidValueError("`starts` must not fall")
        if len(self._indices):
            if self._indices.min() < 0 or self._indices.max() >= len(self.neutral):
                raise InvalidValueError(f"`indices` must lie in 0 to {len(self.neutral) - 1}, the vertices of the mesh")
            falls = np.flatnonzero(np.diff(self._indices) <= 0) + 1
            if not np.isin(falls, self._starts).all():
                raise InvalidValueError("`indices` must ascend within each shape")

    @staticmethod
    def from_dense(neutral: Any, deltas: Any, tolerance_m: float = 0.0) -> Blendshapes:
        """Blendshapes of `deltas` [E, V, 3] metres; vertices moved by no more than `tolerance_m` are left out."""
        dense = checked_array("deltas", deltas, (None, None, 3), np.float32)
        shapes, indices = np.nonzero(np.abs(dense).max(axis=2, initial=0.0) > tolerance_m)
        starts = np.concatenate([[0], np.cumsum(np.bincount(shapes, minlength=len(dense)))])
        return Blendshapes(neutral, starts, indices.astype(np.int32), dense[shapes, indices])

    @property
    def shape_count(self) -> int:
        """E, the number of shapes."""
        return len(self._starts) - 1

    @property
    def sparse(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
        """(starts [E + 1], indices [N], deltas [N, 3] metres), as they were given."""
        return self._starts, self._indices, self._deltas

    def vertices(self, weights: Any, neutral: Any = None) -> NDArray[np.float32]:
        """[V, 3] metres: the neutral plus each delta times its weight.

        Args:
            weights: [E]; 0 leaves a shape out at no cost.
            neutral: [V, 3] metres, another neutral (a person's own) in place of the mesh's.

        Raises:
            ShapeError: another number of shapes or vertices.
        """
        checked_weights = checked_array("weights", weights, (self.shape_count,), np.float32)
        base = self.neutral if neutral is None else checked_array("neutral", neutral, self.neutral.shape, np.float32)
        blended = np.empty_like(base)
        _native.mesh.blend(base, self._starts, self._indices, self._deltas, checked_weights, blended)
        return blended


class VertexNormals:
    """Normals of a mesh whose triangles stay while its vertices move.

    Args:
        triangles: [K, 3] vertex indices, counter-clockwise seen from outside.
        vertex_count: V.
        weld: [V] for each vertex the one that stands for it, where several share a place (at the seams of a texture):
            they get one normal. None: every vertex for itself.

    Raises:
        ShapeError: triangles of another shape or type.
        InvalidValueError: an index that names no vertex.
    """

    def __init__(self, triangles: Any, vertex_count: int, weld: Any = None) -> None:
        self._triangles = checked_triangles(triangles, vertex_count)
        self._vertex_count = vertex_count
        corners = self._triangles.reshape(-1)
        if weld is not None:
            welded = checked_array("weld", weld, (vertex_count,), np.int32)
            if vertex_count and (welded.min() < 0 or welded.max() >= vertex_count):
                raise InvalidValueError(f"`weld` must lie in 0 to {vertex_count - 1}, the vertices of the mesh")
            corners = welded[corners]
        # Stable: the triangles around a vertex keep their order, and so the sum keeps its rounding.
        self._around = (np.argsort(corners, kind="stable") // 3).astype(np.int32)
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(corners, minlength=vertex_count))]).astype(np.int64)
        if weld is not None:
            # A vertex that another stands for has the triangles around that one.
            count = np.diff(self._starts)[welded]
            starts = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
            place = np.arange(starts[-1]) + np.repeat(self._starts[welded] - starts[:-1], count)
            self._around, self._starts = self._around[place], starts

    def of(self, vertices: Any, *, alone: bool = False) -> NDArray[np.float32]:
        """[V, 3] unit normals of `vertices` [V, 3]: the mean of the triangles around, weighted by their area.

        `alone` leaves the other threads to whoever needs them at the same time.

        A vertex without any area around it points along +z. Max (1999), "Weights for computing vertex normals".

        Raises:
            ShapeError: another number of vertices.
        """
        checked = checked_array("vertices", vertices, (self._vertex_count, 3), np.float32)
        normals = np.empty_like(checked)
        _native.mesh.normals(checked, self._triangles, self._starts, self._around, alone, normals)
        return normals


def skin(vertices: Any, joint_weights: Any, rotations: Any, translations: Any) -> NDArray[np.float32]:
    """[V, 3] metres: each vertex moved by its joints' rigid motions, blended linearly.

    Args:
        vertices: [V, 3] metres.
        joint_weights: [V, J], rows that sum to 1.
        rotations: [J, 3, 3].
        translations: [J, 3] metres; joint j moves a point p to rotations[j] @ p + translations[j].

    Raises:
        ShapeError: lengths that do not agree.
    """
    checked = checked_array("vertices", vertices, (None, 3), np.float32)
    turns = checked_array("rotations", rotations, (None, 3, 3), np.float32)
    shifts = checked_array("translations", translations, (len(turns), 3), np.float32)
    shares = checked_array("joint_weights", joint_weights, (len(checked), len(turns)), np.float32)
    moved = np.empty_like(checked)
    _native.mesh.skin(checked, shares, turns, shifts, moved)
    return moved


def strains(vertices: Any, triangles: Any, shares: Any, *, limit: float) -> NDArray[np.float32]:
    """[K, 2] log(| sum over the corners c of shares[k, a, c] * corner c |) for two axes a of each triangle.

    Shares [K, 2, 3] that add up to 0 measure a length, which they also scale: of one, the result is how far it is
    stretched, held within -`limit` .. `limit`.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
        InvalidValueError: an index that names no vertex.
    """
    places = checked_array("vertices", vertices, (None, 3), np.float32)
    faces = checked_triangles(triangles, len(places))
    weights = checked_array("shares", shares, (len(faces), 2, 3), np.float32)
    out = np.empty((len(faces), 2), np.float32)
    _native.mesh.strains(places, faces, weights, limit, out)
    return out
