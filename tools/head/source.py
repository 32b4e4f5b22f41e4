"""ICT-FaceKit as triangles in metres, part by part.

The source is in centimetres, quads repeat their last index where they are triangles, and every corner has its own
texture coordinate.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Source", "SourcePart", "load_source"]

METRES = 0.01


@dataclass(frozen=True, eq=False)
class SourcePart:
    """Some materials of the source as one triangle mesh."""

    vertices: NDArray[np.int64]
    """[N] indices into the source's vertices."""
    triangles: NDArray[np.int64]
    """[K, 3] indices into `vertices`."""
    corner_uv: NDArray[np.int64]
    """[K, 3] indices into the source's texture coordinates."""


@dataclass(frozen=True, eq=False)
class Source:
    """The whole of ICT-FaceKit."""

    neutral: NDArray[np.float64]
    """[V, 3] metres."""
    identity: NDArray[np.float32]
    """[100, V, 3] metres for one standard deviation."""
    expression: NDArray[np.float32]
    """[57, V, 3] metres for weight 1."""
    expression_names: tuple[str, ...]
    uv: NDArray[np.float64]
    """[U, 2] texture coordinates, one unit square per material."""
    materials: tuple[str, ...]
    _quads: NDArray[np.int64]
    _quad_uv: NDArray[np.int64]
    _quad_material: NDArray[np.int64]

    def shape(self, name: str) -> NDArray[np.float64]:
        """[V, 3] the expression of that name; a name without side stands for both of its sides."""
        wanted = [name] if name in self.expression_names else [f"{name}_L", f"{name}_R"]
        return np.sum([self.expression[self.expression_names.index(one)] for one in wanted], axis=0, dtype=np.float64)

    def part(self, *materials: str) -> SourcePart:
        """The triangles of these materials."""
        chosen = np.isin(self._quad_material, [self.materials.index(name) for name in materials])
        quads, uv = self._quads[chosen], self._quad_uv[chosen]
        second = (quads[:, 2] != quads[:, 3]) & (quads[:, 0] != quads[:, 3])
        triangles = np.concatenate([quads[:, :3], quads[second][:, [0, 2, 3]]])
        corners = np.concatenate([uv[:, :3], uv[second][:, [0, 2, 3]]])
        vertices, local = np.unique(triangles, return_inverse=True)
        return SourcePart(vertices, local.reshape(triangles.shape), corners)


def load_source(path: Path) -> Source:
    """Read `ict_facekit.npz`."""
    with np.load(path, allow_pickle=False) as archive:
        data: dict[str, Any] = {name: archive[name] for name in archive.files}
    return Source(
        neutral=data["neutral"].astype(np.float64) * METRES,
        identity=data["identity"].astype(np.float32) * np.float32(METRES),
        expression=data["expression"].astype(np.float32) * np.float32(METRES),
        expression_names=tuple(str(name) for name in data["expression_names"]),
        uv=data["uv"].astype(np.float64),
        materials=tuple(str(name) for name in data["materials"]),
        _quads=data["faces"].astype(np.int64),
        _quad_uv=data["face_uv"].astype(np.int64),
        _quad_material=data["face_material"].astype(np.int64),
    )
