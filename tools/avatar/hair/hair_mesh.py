"""The hair's surface as one value, and the pieces it is joined from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HairMesh", "join"]

Floats = NDArray[np.float64]

HANGING_M = (-0.15, -0.02)
"""Heights between which hair goes over from the shoulders to the skull."""


@dataclass(frozen=True)
class HairMesh:
    """Triangles of hair."""

    vertices_m: Floats
    """[V, 3]."""
    triangles: NDArray[np.int64]
    """[K, 3]."""
    texture_coordinates: Floats
    """[V, 2], v up: 1 at the root, 0 at the tip."""
    tangents: Floats
    """[V, 3] unit strand directions, root to tip."""
    normals: Floats
    """[V, 3] unit: of the hair's volume rather than of the single ribbon."""
    outward: Floats
    """[V, 3] unit: away from the body."""
    occlusion: Floats
    """[V] 1 open .. 0 buried in hair."""

    def head_weight(self) -> Floats:
        """[V] 1 what turns with the skull .. 0 what lies on the shoulders: hair that hangs below the chin lags."""
        height = self.vertices_m[:, 1]
        share = np.clip((height - HANGING_M[0]) / (HANGING_M[1] - HANGING_M[0]), 0, 1)
        return np.asarray(share * share * (3 - 2 * share))


def join(pieces: list[HairMesh]) -> HairMesh:
    """All pieces as one mesh."""
    offset = np.cumsum([0] + [len(piece.vertices_m) for piece in pieces])
    return HairMesh(
        np.concatenate([piece.vertices_m for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, offset[:-1], strict=True)]),
        np.concatenate([piece.texture_coordinates for piece in pieces]),
        np.concatenate([piece.tangents for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        np.concatenate([piece.outward for piece in pieces]),
        np.concatenate([piece.occlusion for piece in pieces]),
    )
