"""Attached meshes in few bytes: positions in sixteen bits of their box, directions and shares in eight.

A mesh on disk is a table of tensors. Each may be stored as float32 or int32, as it is, or packed: the type of the
tensor tells. `pack_mesh` writes the packed form, `unpack_mesh` reads both.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.render.appearance import AttachedMesh

__all__ = ["pack_directions", "pack_mesh", "pack_shares", "unpack_directions", "unpack_mesh", "unpack_shares"]

Floats = NDArray[np.float32]

_LEVELS = 65535


def pack_mesh(mesh: AttachedMesh) -> dict[str, NDArray[Any]]:
    """The tensors of a mesh; places are kept to 1 / 65535 of its box (8 micrometres for half a metre)."""
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    span = np.maximum(high - low, 1e-9)
    return {
        "vertices": np.rint((mesh.vertices - low) / span * _LEVELS).astype(np.uint16),
        "vertex_range": np.stack([low, low + span]).astype(np.float32),
        "triangles": mesh.triangles.astype(np.uint16 if len(mesh.vertices) <= _LEVELS else np.int32),
        "uv": np.rint(np.clip(mesh.uv, 0, 1) * _LEVELS).astype(np.uint16),
        "anchor_index": mesh.anchor_index.astype(np.uint16),
        "anchor_weight": pack_shares(mesh.anchor_weight),
        "head_weight": pack_shares(mesh.head_weight),
    }


class Tensors(Protocol):
    """Arrays by name."""

    def __getitem__(self, name: str, /) -> NDArray[Any]: ...


def unpack_mesh(tensors: Tensors) -> AttachedMesh:
    """The mesh of a table of tensors, packed or not.

    Raises:
        InvalidValueError: a box of places that is not finite.
        KeyError: a tensor is missing.
    """
    vertices, uv = tensors["vertices"], tensors["uv"]
    if vertices.dtype == np.uint16:
        low, high = np.asarray(tensors["vertex_range"], np.float32)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise InvalidValueError("`vertex_range` of a mesh is not finite")
        vertices = low + (high - low) * (vertices.astype(np.float32) / _LEVELS)
    weight = unpack_shares(tensors["anchor_weight"])
    if tensors["anchor_weight"].dtype == np.uint8:
        weight = weight / np.maximum(weight.sum(1, keepdims=True), 1e-6)
    return AttachedMesh(
        vertices=vertices,
        triangles=_whole(tensors["triangles"]),
        uv=np.asarray(uv / np.float32(_LEVELS), np.float32) if uv.dtype == np.uint16 else uv,
        anchor_index=_whole(tensors["anchor_index"]),
        anchor_weight=weight,
        head_weight=unpack_shares(tensors["head_weight"]),
    )


def pack_directions(directions: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
    """Unit vectors [N, 3] in eight bits a coordinate: within half a degree."""
    return np.asarray(np.rint(np.clip(directions, -1, 1) * 127), np.int8)


def unpack_directions(stored: NDArray[Any]) -> NDArray[Any]:
    """Unit vectors [N, 3]; what is not int8 is given back as it is."""
    if stored.dtype != np.int8:
        return stored
    directions = stored.astype(np.float32)
    return np.asarray(directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1.0))


def pack_shares(shares: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Numbers 0 .. 1 in eight bits."""
    return np.asarray(np.rint(np.clip(shares, 0, 1) * 255), np.uint8)


def unpack_shares(stored: NDArray[Any]) -> NDArray[Any]:
    """Numbers 0 .. 1; what is not uint8 is given back as it is."""
    return stored.astype(np.float32) / 255 if stored.dtype == np.uint8 else stored


def _whole(stored: NDArray[Any]) -> NDArray[Any]:
    return stored.astype(np.int32) if stored.dtype == np.uint16 else stored
