"""One piece of clothing: a mesh on the person, and the cloth that it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.garment.cloth import Cloth

__all__ = ["Piece", "joined"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """Part of an outfit that is drawn with one cloth."""

    name: str
    """Of its files, unique in the outfit."""
    vertices_m: Floats
    """[V, 3] on the person; vertices at seams of the texture are listed twice."""
    triangles: NDArray[np.int64]
    """[K, 3] counter-clockwise seen from outside."""
    texture_coordinates: Floats
    """[V, 2] in tiles of the cloth, v up."""
    head_weight: Floats
    """[V] share of the skull's motion."""
    cloth: Cloth
    shade: Floats | None = None
    """[V] share of light that comes to the cloth; None for all of it."""

    def light(self) -> Floats:
        """[V] `shade`, or ones."""
        return np.ones(len(self.vertices_m)) if self.shade is None else self.shade


def joined(name: str, pieces: tuple[Piece, ...]) -> Piece:
    """Several pieces of the same cloth as one."""
    starts = np.cumsum([0, *(len(piece.vertices_m) for piece in pieces)])
    return Piece(
        name,
        np.concatenate([piece.vertices_m for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, starts, strict=False)]),
        np.concatenate([piece.texture_coordinates for piece in pieces]),
        np.concatenate([piece.head_weight for piece in pieces]),
        pieces[0].cloth,
        np.concatenate([piece.light() for piece in pieces]),
    )
