"""Bases in few bytes: identity as rotated modes in int8, expressions as sparse int16."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["compact_identity", "restore_expression", "restore_identity", "sparse_expression"]

Floats = NDArray[np.float64]

SMALLEST_DELTA_M = 2e-5
"""Deltas below a fiftieth of a millimetre are left out."""


def compact_identity(identity: Floats, modes: int) -> dict[str, NDArray[np.generic]]:
    """The source's modes [100, V, 3] as the `modes` directions that carry most of their variance.

    The source's coefficients are independent and of unit variance; the singular vectors of its modes, scaled by their
    singular values, have coefficients with the same law (principal components).
    """
    flat = identity.reshape(len(identity), -1)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(values)[::-1][:modes]
    # A sign for each direction, so that the result does not hang on the linear algebra library.
    rotation = vectors[:, order] * np.sign(vectors[np.abs(vectors[:, order]).argmax(0), order])
    basis = rotation.T @ flat
    scale = np.abs(basis).max(1) / 127
    return {
        "identity": np.round(basis / scale[:, None]).astype(np.int8).reshape(modes, -1, 3),
        "identity_scale": scale.astype(np.float32),
        "identity_from_source": rotation.T.astype(np.float32),
    }


def restore_identity(tensors: dict[str, NDArray[np.generic]]) -> Floats:
    """[S, V, 3] metres."""
    return np.asarray(tensors["identity"] * tensors["identity_scale"][:, None, None], np.float64)


def sparse_expression(expression: Floats) -> dict[str, NDArray[np.generic]]:
    """Expressions [E, V, 3] as the vertices that each of them moves and by how much."""
    moved = np.abs(expression).max(2) > SMALLEST_DELTA_M
    start = np.concatenate([[0], np.cumsum(moved.sum(1))])
    scale = np.maximum(np.abs(expression).max((1, 2)), 1e-12) / 32767
    delta = np.concatenate([np.round(expression[e, moved[e]] / scale[e]) for e in range(len(expression))])
    return {
        "expression_start": start.astype(np.int32),
        "expression_vertex": np.concatenate([np.flatnonzero(row) for row in moved]).astype(np.uint16),
        "expression_delta": delta.astype(np.int16),
        "expression_scale": scale.astype(np.float32),
    }


def restore_expression(tensors: dict[str, NDArray[np.generic]], vertices: int) -> Floats:
    """[E, V, 3] metres."""
    start = np.asarray(tensors["expression_start"], np.int64)
    result = np.zeros((len(start) - 1, vertices, 3))
    for index in range(len(result)):
        part = slice(start[index], start[index + 1])
        result[index, tensors["expression_vertex"][part]] = (
            tensors["expression_delta"][part] * tensors["expression_scale"][index]
        )
    return result
