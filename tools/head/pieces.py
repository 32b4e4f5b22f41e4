"""The parts of the head as pieces of one form, and their join into one mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Joined", "Piece", "join_pieces"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Piece:
    """Some parts of the head."""

    rest: Floats
    """[N, 3] metres."""
    identity: Floats
    """[100, N, 3] deltas of the source's modes, metres."""
    expression: Floats
    """[E, N, 3] deltas, metres."""
    triangles: Integers
    """[K, 3]."""
    corner_uv: Floats
    """[K, 3, 2]."""
    part: Integers
    """[K] index of `avatron.face.parts.PARTS`."""
    jaw: Floats
    """[N] how much the jaw carries a vertex rigidly."""
    eye: Integers
    """[N] 0, or 1 for the left and 2 for the right eyeball."""
    source: Integers
    """[N] the source's vertex, -1 where there is none."""


@dataclass(frozen=True, eq=False)
class Joined:
    """All pieces as one mesh whose vertices have one texture coordinate each."""

    rest: Floats
    identity: Floats
    expression: Floats
    triangles: Integers
    part: Integers
    uv: Floats
    weld: Integers
    """[V] the first vertex at the same place: seams of the texture do not show in normals."""
    jaw: Floats
    eye: Integers
    source: Integers


def join_pieces(pieces: list[Piece]) -> Joined:
    """One mesh; a vertex with several texture coordinates is listed once for each."""
    offsets = np.cumsum([0, *(len(piece.rest) for piece in pieces)])
    corner = np.concatenate([piece.triangles + offset for piece, offset in zip(pieces, offsets, strict=False)])
    uv = np.concatenate([piece.corner_uv for piece in pieces]).reshape(-1, 2)
    key = np.round(uv * 2**20).astype(np.int64)
    rows = np.column_stack([corner.reshape(-1), key])
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    origin = corner.reshape(-1)[first]
    # The first vertex of each place, for normals.
    _, first_of, place_of = np.unique(origin, return_index=True, return_inverse=True)
    return Joined(
        rest=np.concatenate([piece.rest for piece in pieces])[origin],
        identity=np.concatenate([piece.identity for piece in pieces], 1)[:, origin],
        expression=np.concatenate([piece.expression for piece in pieces], 1)[:, origin],
        triangles=inverse.reshape(corner.shape),
        part=np.concatenate([piece.part for piece in pieces]),
        uv=uv[first],
        weld=first_of[place_of],
        jaw=np.concatenate([piece.jaw for piece in pieces])[origin],
        eye=np.concatenate([piece.eye for piece in pieces])[origin],
        source=np.concatenate([piece.source for piece in pieces])[origin],
    )
