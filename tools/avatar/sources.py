"""The raw material: ICT-FaceKit and the avatar parts, read from a data folder and never shipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.images import read_linear

__all__ = ["FaceKit", "Parts", "load_face_kit"]

Floats = NDArray[np.float64]

FACE_MATERIAL = "M_Face"
BACK_MATERIAL = "M_BackHead"


@dataclass(frozen=True)
class FaceKit:
    """The skin of the ICT-FaceKit head, neutral, in metres."""

    vertices_m: Floats
    """[V, 3] all vertices."""

    identity: NDArray[np.float32]
    """[100, V, 3] metres per unit coefficient."""

    face_triangles: NDArray[np.int64]
    """[K, 3] triangles of the face chart (front of head and neck)."""

    face_texture_coordinates: Floats
    """[K, 3, 2] texture coordinates of their corners, v up."""

    back_triangles: NDArray[np.int64]
    """[K, 3] triangles of the back of the head."""


def load_face_kit(data: Path) -> FaceKit:
    """ICT-FaceKit from `DATA/head/ict_facekit.npz` (centimetres there)."""
    with np.load(data / "head" / "ict_facekit.npz") as archive:
        materials = [str(name) for name in archive["materials"]]
        face, face_uv = _triangles(archive, materials.index(FACE_MATERIAL))
        back, _ = _triangles(archive, materials.index(BACK_MATERIAL))
        return FaceKit(
            vertices_m=archive["neutral"].astype(np.float64) * 0.01,
            identity=archive["identity"].astype(np.float32) * np.float32(0.01),
            face_triangles=face,
            face_texture_coordinates=archive["uv"].astype(np.float64)[face_uv],
            back_triangles=back,
        )


def _triangles(archive: Any, material: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    chosen = archive["face_material"] == material
    quads, corners = archive["faces"][chosen].astype(np.int64), archive["face_uv"][chosen].astype(np.int64)
    second = (quads[:, 2] != quads[:, 3]) & (quads[:, 0] != quads[:, 3])
    triangles = np.concatenate([quads[:, :3], quads[second][:, [0, 2, 3]]])
    return triangles, np.concatenate([corners[:, :3], corners[second][:, [0, 2, 3]]])


@dataclass(frozen=True)
class Parts:
    """The folder of avatar parts, made from CC0 MakeHuman assets."""

    folder: Path

    def skin(self, name: str, size: int) -> NDArray[np.float32]:
        """Linear albedo [size, size, 3] of a face in the ICT face chart."""
        return read_linear(self.folder / f"skin_{name}_face.jpg", size)

    def garment(self, name: str, narrower: float) -> tuple[Floats, NDArray[np.int64]]:
        """Vertices [N, 3] (metres) and triangles [K, 3] of a garment, its shoulders narrower by that share."""
        with np.load(self.folder / f"garment_{name}.npz") as archive:
            vertices = archive["v"].astype(np.float64) * 0.01
            triangles = archive["tris"].astype(np.int64)
        vertices[:, 0] *= 1 - narrower * np.clip((np.abs(vertices[:, 0]) - 0.05) / 0.10, 0, 1)
        return vertices, triangles

    def identity_direction(self, name: str) -> Floats:
        """ICT identity coefficients [100] of `f_caucasian`, `f_asian`, `f_african` or `m_...`."""
        with np.load(self.folder / "identity_directions.npz") as archive:
            return archive[name].astype(np.float64)
