"""The head model as the avatar's stages see it: neutral shape, identity, atlas, and which triangle is what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar.nearest_skin import find_surface_points, vertex_normals
from avatar.sources import FaceKit
from avatron.io.folders import load_folder

__all__ = ["ATLAS_PARTS", "HeadTarget", "load_head_target", "project_identity"]

Floats = NDArray[np.float64]

HEAD_FOLDER = Path(__file__).resolve().parents[2] / "src" / "avatron" / "data" / "head"


ATLAS_PARTS = ("skin", "bust", "mouth", "teeth_upper", "teeth_lower", "gums", "tongue")
"""Parts that the avatar's atlas colours; eyes, lashes and lid shade have maps of their own."""


@dataclass(frozen=True)
class HeadTarget:
    """What an avatar is fitted on."""

    mean_m: Floats
    """[V, 3] the mean head, metres."""
    identity_basis: Floats
    """[S, V, 3] metres per unit coefficient."""
    triangles: NDArray[np.int64]
    """[K, 3] all drawn triangles."""
    texture_coordinates: Floats
    """[K, 3, 2] of their corners in the atlas, v up."""
    part: NDArray[np.str_]
    """[K]: names of `avatron.face.parts.PARTS`."""
    head_weight: Floats
    """[V]: how much a vertex follows the skull, 0 chest .. 1 head."""

    def topology(self) -> str:
        """sha256 of triangles and atlas: an avatar fits only the head model that it was built on."""
        content = self.triangles.astype("<i4").tobytes() + self.texture_coordinates.astype("<f4").tobytes()
        return hashlib.sha256(content).hexdigest()

    def person(self, identity: Floats) -> Floats:
        """The head [V, 3] of identity coefficients [S]."""
        return self.mean_m + np.tensordot(identity, self.identity_basis, 1)

    def triangles_of(self, *parts: str) -> NDArray[np.int64]:
        """[K', 3] the triangles of some parts."""
        return self.triangles[np.isin(self.part, parts)]

    def vertices_of(self, *parts: str) -> NDArray[np.int64]:
        """The vertices of some parts, sorted."""
        return np.unique(self.triangles_of(*parts))

    def ear_mask(self) -> NDArray[np.bool_]:
        """[V] the outer ears: what stands off the side of the skull between brow and mouth."""
        x, y, z = self.mean_m.T
        return (np.abs(x) > 0.074) & (y < 0.050) & (y > -0.045) & (np.abs(z) < 0.032)


def load_head_target(folder: Path = HEAD_FOLDER) -> HeadTarget:
    """The head model as built by `tools/build_head.py`."""
    head = load_folder(folder, "head")
    tensors = head.tensors("head.safetensors")
    triangles = tensors["triangles"].astype(np.int64)
    basis = tensors["identity"].astype(np.float64) * tensors["identity_scale"].astype(np.float64)[:, None, None]
    return HeadTarget(
        mean_m=tensors["vertices"].astype(np.float64),
        identity_basis=basis,
        triangles=triangles,
        texture_coordinates=tensors["uv"].astype(np.float64)[triangles],
        part=np.array(head.config["parts"])[tensors["part"]],
        head_weight=tensors["head_weight"].astype(np.float64) / 255,
    )


def project_identity(kit: FaceKit, target: HeadTarget, coefficients: Floats) -> tuple[Floats, float]:
    """Our identity coefficients [S] nearest to ICT coefficients [100], and the rest of the shape (rms, metres).

    Every skin vertex of ours looks up how the ICT head moves at its place; our modes are fitted to that.
    """
    skin = target.vertices_of("skin")
    points, normals = target.mean_m[skin], vertex_normals(target.mean_m, target.triangles_of("skin"))[skin]
    # Our bust goes on where the ICT head ends: only what lies on it counts.
    surface = np.concatenate([kit.face_triangles, kit.back_triangles])
    found = find_surface_points(kit.vertices_m, surface, points, normals)
    near = found.distance_m < 0.002
    moved = np.tensordot(coefficients, kit.identity.astype(np.float64), 1)
    wanted = np.einsum("nk,nkd->nd", found.barycentric[near], moved[surface[found.triangle[near]]])
    modes = target.identity_basis[:, skin[near]].transpose(1, 2, 0).reshape(-1, len(target.identity_basis))
    ridge = 1e-6 * np.trace(modes.T @ modes) / modes.shape[1]
    solution = np.linalg.solve(modes.T @ modes + ridge * np.eye(modes.shape[1]), modes.T @ wanted.ravel())
    rest = (modes @ solution - wanted.ravel()).reshape(-1, 3)
    return solution, float(np.sqrt((rest**2).sum(1).mean()))
