"""Hair and clothes on the person: attached meshes moved onto the identity, and what their textures say about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.native.mesh import VertexNormals
from avatron.render.appearance import AttachedMesh, HairPart
from avatron.render.geometry import texture_gradients

__all__ = ["Piece", "alphas", "attached_rows", "hair_piece", "piece_of", "spread_colour"]

Floats = NDArray[np.float32]
Triangles = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Piece:
    """An attached mesh on the person."""

    vertices: Floats
    normals: Floats
    tangents: Floats
    ratio: Floats
    uv: Floats
    triangles: Triangles
    head_weight: Floats
    openness: Floats | None = None
    """[N] of hair: 1 on top of it, 0 buried."""
    shade: Floats | None = None
    """[N] of garments: share of light that comes to the cloth."""


def piece_of(mesh: AttachedMesh, shift: Floats) -> Piece:
    """A mesh on a person whose face differs from the mean head by `shift` [V, 3] metres."""
    vertices = _moved(mesh, shift)
    # Sheets share no vertices across texture seams: weld by place, or the seams show as creases.
    _, first, welded = np.unique(np.round(mesh.vertices, 5), axis=0, return_index=True, return_inverse=True)
    normals = VertexNormals(mesh.triangles, len(vertices), first[welded.ravel()].astype(np.int32)).of(vertices)
    tangents, ratio = texture_gradients(vertices, normals, mesh.uv, mesh.triangles)
    return Piece(vertices, np.asarray(normals), tangents, ratio, mesh.uv, mesh.triangles, mesh.head_weight)


def hair_piece(part: HairPart, shift: Floats) -> Piece:
    """Hair likewise, with the normals of its volume and the run of its strands."""
    mesh = part.mesh
    vertices = _moved(mesh, shift)
    normals = part.normals
    if normals is None:
        _, first, welded = np.unique(np.round(mesh.vertices, 5), axis=0, return_index=True, return_inverse=True)
        normals = VertexNormals(mesh.triangles, len(vertices), first[welded.ravel()].astype(np.int32)).of(vertices)
    ratio = np.ones(len(vertices), np.float32)
    strands = np.asarray(part.strand_direction)
    openness = np.ones(len(vertices), np.float32) if part.openness is None else part.openness
    return Piece(vertices, np.asarray(normals), strands, ratio, mesh.uv, mesh.triangles, mesh.head_weight, openness)


def _moved(mesh: AttachedMesh, shift: Floats) -> Floats:
    moved = mesh.vertices + np.einsum("na,nad->nd", mesh.anchor_weight, shift[mesh.anchor_index])
    return np.asarray(moved, np.float32)


def attached_rows(pieces: list[Piece]) -> Floats:
    """[N, 12] place, normal, strand or texture gradient, head weight and two free numbers of every vertex."""
    rows = [
        np.column_stack(
            [piece.vertices, piece.normals, piece.tangents, piece.head_weight, np.zeros((len(piece.vertices), 2))]
        )
        for piece in pieces
    ]
    return np.concatenate(rows).astype(np.float32) if rows else np.zeros((0, 12), np.float32)


def alphas(part: HairPart, piece: Piece) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(least [K], middle [K]) opacity over each triangle, sampled at fifteen points."""
    alpha = part.colour_alpha[..., 3]
    height, width = alpha.shape
    grid = np.array([(i, j, 4 - i - j) for i in range(5) for j in range(5 - i)]) / 4
    uv = np.einsum("sk,tkd->tsd", grid, piece.uv[piece.triangles])
    column = np.clip((uv[..., 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - uv[..., 1]) * height).astype(int), 0, height - 1)
    sampled = alpha[row, column]
    return sampled.min(1), np.median(sampled, 1).astype(np.uint8)


def spread_colour(colour_alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The map with a plausible colour where it is clear, so that averaging does not darken the edges."""
    colour, alpha = colour_alpha[..., :3], colour_alpha[..., 3]
    solid = alpha > 32
    if solid.all() or not solid.any():
        return colour_alpha
    mean = colour[solid].mean(0).astype(np.uint8)
    return np.dstack([np.where(solid[..., None], colour, mean), alpha])
