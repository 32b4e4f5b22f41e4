"""Clothes as files of an avatar's folder, and put into a folder that is already there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.garment.outfit import OutfitRecipe, attach_outfit, dress
from avatar.garment.piece import Piece
from avatar.head_target import HeadTarget
from avatar.images import write_image
from avatar.refresh import refresh_folder
from avatron.avatar.packed_mesh import pack_mesh, pack_shares
from avatron.io.folders import load_folder, tensor_bytes
from avatron.render.appearance import AttachedMesh

__all__ = ["garment_files", "garment_looks", "replace_garments"]

Floats = NDArray[np.float64]

STEEPEST_THREAD = 1.6
"""Slope of a thread's side that the relief can hold."""
CLOTH_QUALITY = 82


def garment_files(pieces: tuple[Piece, ...], meshes: tuple[AttachedMesh, ...]) -> dict[str, Any]:
    """The files of the folder that hold the clothes, by name."""
    files: dict[str, Any] = {}
    for piece, mesh in zip(pieces, meshes, strict=True):
        # Cloth repeats: its coordinates do not fit into the unit square that packing assumes.
        tensors = {**pack_mesh(mesh), "uv": mesh.uv, "shade": pack_shares(piece.light())}
        files[f"{piece.name}.safetensors"] = tensor_bytes(tensors)
        files[f"{piece.name}.jpg"] = _picture(piece.cloth.albedo)
        files[f"{piece.name}_relief.jpg"] = _picture(piece.cloth.height)
    return files


def garment_looks(pieces: tuple[Piece, ...]) -> list[dict[str, Any]]:
    """The clothes' entries in `look.garments` of the folder's config."""
    return [
        {
            "mesh": f"{piece.name}.safetensors",
            "albedo": f"{piece.name}.jpg",
            "relief": f"{piece.name}_relief.jpg",
            "relief_range_m": piece.cloth.relief_m,
            "bump_scale_m": STEEPEST_THREAD * piece.cloth.width_m,
            "tint": [1.0, 1.0, 1.0],
            "fuzz": piece.cloth.fuzz,
        }
        for piece in pieces
    ]


def replace_garments(
    folder: Path, out: Path, recipe: OutfitRecipe, target: HeadTarget, displacement_m: Floats
) -> tuple[AttachedMesh, ...]:
    """Writes the avatar of `folder` to `out` (which may be the same) with new clothes, in seconds.

    `displacement_m` [V, 3] is what the person's shape has beyond the identity in the folder.
    """
    stored = load_folder(folder, "avatar")
    person = stored.tensors("person.safetensors")
    shape = target.person(person["identity"].astype(np.float64)) + displacement_m
    outfit = dress(target, shape, recipe)
    meshes = attach_outfit(outfit, target, shape)
    tensors = {**person, "hidden_triangles": outfit.hidden.astype(np.int32)}
    fresh = {"person.safetensors": tensor_bytes(tensors), **garment_files(outfit.pieces, meshes)}
    entries = stored.config["look"]["garments"]
    old = {entry[kind] for entry in entries for kind in ("mesh", "albedo", "relief")}
    refresh_folder(folder, out, fresh, {"garments": garment_looks(outfit.pieces)}, old)
    return meshes


def _picture(values: NDArray[np.floating]) -> Callable[[Path], None]:
    return lambda path: write_image(path, np.asarray(values, np.float32), CLOTH_QUALITY)
