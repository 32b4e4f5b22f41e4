"""The hair as files of an avatar's folder, and put into a folder that is already there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.attach import attach_mesh
from avatar.hair.build import build_hair, draw_hair
from avatar.hair.hair_mesh import HairMesh
from avatar.hair.strand_atlas import StrandAtlas
from avatar.hair.style import HairStyle
from avatar.head_target import HeadTarget
from avatar.images import write_image
from avatar.refresh import refresh_folder
from avatron.avatar.packed_mesh import pack_directions, pack_mesh, pack_shares
from avatron.io.folders import load_folder, tensor_bytes
from avatron.render.appearance import AttachedMesh

__all__ = ["HairFiles", "make_hair", "replace_hair"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HairFiles:
    """What the hair's stages made."""

    mesh: AttachedMesh
    surface: HairMesh
    strands: StrandAtlas
    specular: tuple[float, float]

    def files(self) -> dict[str, Any]:
        """The files of the folder that hold the hair, by name."""
        tensors = {
            **pack_mesh(self.mesh),
            "strand_direction": pack_directions(self.surface.tangents),
            "normal": pack_directions(self.surface.normals),
            "openness": pack_shares(self.surface.occlusion),
        }
        return {
            "hair.safetensors": tensor_bytes(tensors),
            "hair.webp": _picture(np.dstack([self.strands.colour, self.strands.opacity]), 88),
            "hair_strands.jpg": _picture(self.strands.brightness, 82),
        }

    def look(self) -> dict[str, Any]:
        """The hair's entry in `look.hair` of the folder's config."""
        return {
            "mesh": "hair.safetensors",
            "colour_alpha": "hair.webp",
            "strand": "hair_strands.jpg",
            "tint": [1.0, 1.0, 1.0],
            "specular": list(self.specular),
        }


def make_hair(style: HairStyle, target: HeadTarget, person_m: Floats) -> HairFiles:
    """The hair of a style for a head of shape [V, 3], riding on the scalp."""
    hair = build_hair(style, target, person_m)
    scalp = target.vertices_of("skin")
    scalp = scalp[~target.ear_mask()[scalp] & (target.mean_m[scalp, 1] > -0.07)]
    face = (target.mean_m[scalp, 2] > 0.03) & (target.mean_m[scalp, 1] < 0.055)
    mesh = attach_mesh(
        hair.vertices_m,
        hair.triangles,
        hair.texture_coordinates,
        hair.head_weight(),
        anchors=scalp[~face],
        person_m=person_m,
        mean_m=target.mean_m,
    )
    return HairFiles(mesh, hair, draw_hair(style), style.colour.specular)


def replace_hair(folder: Path, out: Path, style: HairStyle, target: HeadTarget, displacement_m: Floats) -> HairFiles:
    """Writes the avatar of `folder` to `out` (which may be the same) with new hair, in seconds.

    `displacement_m` [V, 3] is what the person's shape has beyond the identity in the folder.
    """
    stored = load_folder(folder, "avatar")
    identity = stored.tensors("person.safetensors")["identity"].astype(np.float64)
    made = make_hair(style, target, target.person(identity) + displacement_m)
    refresh_folder(folder, out, made.files(), {"hair": [made.look()]})
    return made


def _picture(values: NDArray[np.floating], quality: int) -> Callable[[Path], None]:
    return lambda path: write_image(path, np.asarray(values, np.float32), quality)
