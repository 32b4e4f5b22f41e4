"""The slow, readable counterpart of `avatron.native.mesh`, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def blend(neutral: Array, deltas: Array, weights: Array) -> Array:
    """[V, 3] of neutral [V, 3], deltas [E, V, 3] and weights [E]."""
    return neutral.astype(float) + np.einsum("e,evc->vc", weights.astype(float), deltas.astype(float))


def normals(vertices: Array, triangles: Array) -> Array:
    """[V, 3] area-weighted unit normals; +z where there is no area."""
    corner = vertices.astype(float)[triangles]
    facing = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    total = np.zeros((len(vertices), 3))
    for k in range(3):
        np.add.at(total, triangles[:, k], facing)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 1e-18, total / np.maximum(length, 1e-18), [0.0, 0.0, 1.0])


def skin(vertices: Array, joint_weights: Array, rotations: Array, translations: Array) -> Array:
    """[V, 3] of vertices [V, 3], weights [V, J], rotations [J, 3, 3] and translations [J, 3]."""
    moved = np.einsum("jab,vb->vja", rotations.astype(float), vertices.astype(float)) + translations
    return np.einsum("vj,vja->va", joint_weights.astype(float), moved)
