"""The avatar's folder: every stage's result as a file, and the numbers that go with it in `config.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar.eyes import LashRecipe
from avatar.garment.files import garment_files, garment_looks
from avatar.garment.piece import Piece
from avatar.hair.files import HairFiles
from avatar.images import scaled, to_srgb, write_image
from avatar.skin_atlas import SkinPictures
from avatron.io.folders import tensor_bytes, write_folder
from avatron.render.appearance import AttachedMesh

__all__ = ["AvatarFiles", "write_avatar"]

Floats = NDArray[np.float64]

RELIEF_SIZE = 1024
"""Side of the relief in texels; the albedo is finer, since brows and lips need it."""
RELIEF_RANGE_M = 0.0008
"""Relief of the skin from black to white; what lies outside is clipped."""
CREASE_SIZE = 1024
CREASE_RANGE_M = 0.0016
"""Height of the folds from black to white; what lies outside is clipped."""
CREASE_SCALE_M = 0.25
DISPLACEMENT_STEP_M = 2e-6
"""What one step of the stored displacement stands for: a face is never moved by more than 65 mm."""
DETAIL_SCALE_M = 0.06
PORE_RANGE_M = 0.00004
PORE_SCALE_M = 0.002
PORE_REPEATS = 18.0


@dataclass(frozen=True)
class AvatarFiles:
    """What the stages made."""

    head_topology: str
    identity: Floats
    displacement_m: Floats
    """[V, 3] beyond the identity's modes."""
    hidden: NDArray[np.int32]
    skin: SkinPictures
    crease_rest: Mapping[str, float]
    gloss: float
    pores: NDArray[np.float32]
    iris: NDArray[np.float32]
    sclera: NDArray[np.float32]
    lashes: NDArray[np.float32]
    lash_recipe: LashRecipe
    hair: HairFiles
    pieces: tuple[Piece, ...]
    garments: tuple[AttachedMesh, ...]
    """The pieces' meshes, attached."""


def write_avatar(
    out: Path,
    about: Mapping[str, Any],
    rest_expression: Mapping[str, float],
    framing: str,
    made: AvatarFiles,
) -> None:
    """Writes the folder; `about` holds name, description, default_voice, licence and provenance."""
    relief = scaled(made.skin.height_m / RELIEF_RANGE_M + 0.5, RELIEF_SIZE)
    masks = [scaled(mask, RELIEF_SIZE // 2) for mask in (made.skin.sheen, made.skin.lip)]
    masks.append(np.zeros_like(masks[0]))
    heights = made.skin.folds / CREASE_RANGE_M + 128 / 255
    folds = np.dstack([scaled(heights[..., group], CREASE_SIZE) for group in range(2)])
    files: dict[str, Any] = {
        "person.safetensors": _person(made),
        "skin_albedo.jpg": _picture(to_srgb(made.skin.albedo), 92),
        "skin_relief.jpg": _picture(relief, 92),
        "skin_sheen_and_lip.png": _picture(np.dstack(masks)),
        "skin_folds.png": _picture(np.dstack([folds, np.full_like(folds[..., :1], 128 / 255)])),
        "pores.png": _picture(made.pores),
        "iris.png": _picture(made.iris),
        "sclera.png": _picture(made.sclera),
        "lashes.png": _picture(made.lashes),
        **made.hair.files(),
        **garment_files(made.pieces, made.garments),
        "PROVENANCE.md": _provenance(about).encode(),
    }
    look = {
        "person": "person.safetensors",
        "head_topology": made.head_topology,
        "rest_expression": dict(rest_expression),
        "framing": framing,
        "skin": {
            "albedo": "skin_albedo.jpg",
            "relief": "skin_relief.jpg",
            "relief_range_m": RELIEF_RANGE_M,
            "detail_scale_m": DETAIL_SCALE_M,
            "sheen_and_lip": "skin_sheen_and_lip.png",
            "pores": "pores.png",
            "pore_range_m": PORE_RANGE_M,
            "pore_scale_m": PORE_SCALE_M,
            "pore_repeats": PORE_REPEATS,
            "gloss": made.gloss,
            "creases": "skin_folds.png",
            "crease_range_m": CREASE_RANGE_M,
            "crease_scale_m": CREASE_SCALE_M,
            "crease_rest": dict(made.crease_rest),
        },
        "eyes": {
            "iris": "iris.png",
            "sclera": "sclera.png",
            "iris_tint": [1.0, 1.0, 1.0],
            "sclera_tint": [1.0, 1.0, 1.0],
            "iris_radius_m": 0.0060,
        },
        "lashes": {
            "opacity": "lashes.png",
            "colour": list(made.lash_recipe.colour),
            "lower_gain": made.lash_recipe.lower_gain,
        },
        "hair": [made.hair.look()],
        "garments": garment_looks(made.pieces),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    write_folder(out, "avatar", {**about, "look": look}, files, overwrite=True)


def _person(made: AvatarFiles) -> bytes:
    tensors = {
        "identity": made.identity.astype(np.float32),
        "hidden_triangles": made.hidden,
        "displacement": np.round(made.displacement_m / DISPLACEMENT_STEP_M).astype(np.int16),
        "displacement_step_m": np.array([DISPLACEMENT_STEP_M], np.float32),
    }
    return tensor_bytes(tensors)


def _picture(values: NDArray[np.floating], quality: int = 90) -> Callable[[Path], None]:
    return lambda path: write_image(path, np.asarray(values, np.float32), quality)


def _provenance(about: Mapping[str, Any]) -> str:
    lines = [
        f"# Where `{about['name']}` comes from",
        "",
        f"Licence of this folder: {about['licence']}. Made by `tools/build_avatar.py`; no file is a copy of a source.",
        "",
        "| source | licence | used for |",
        "|---|---|---|",
    ]
    lines += [f"| {row['name']} | {row['licence']} | {row['used_for']} |" for row in about["provenance"]]
    lines += ["", "The MIT notice of ICT-FaceKit is in the package's NOTICE file.", ""]
    return "\n".join(lines)
