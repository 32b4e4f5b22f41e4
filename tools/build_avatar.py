"""Builds the preset avatar `ava` from raw parts: `python tools/build_avatar.py --data DATA --out FOLDER`.

DATA holds `head/ict_facekit.npz` and `avatar_parts/`; the head model must have been built before. The same data gives
the same folder, byte for byte, on one machine and one set of library versions. Takes about two minutes on two cores.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar.atlas import rasterise_atlas
from avatar.attach import attach_mesh
from avatar.brows import BrowRecipe, draw_brows
from avatar.eyes import IrisRecipe, draw_iris, draw_lashes, draw_sclera
from avatar.folder import AvatarFiles, write_avatar
from avatar.garment_mesh import GarmentRecipe, GarmentSurface, build_garment, neckline
from avatar.garment_texture import ClothRecipe, weave_cloth
from avatar.hair_flow import HairStyle, tied_back
from avatar.hair_mesh import build_hair
from avatar.hair_texture import HairColour, draw_strands
from avatar.head_target import ATLAS_PARTS, HeadTarget, load_head_target, project_identity
from avatar.hidden import hidden_triangles
from avatar.identity import IdentityRecipe, choose_identity
from avatar.mouth_paint import MouthRecipe
from avatar.pore_tile import draw_pore_tile
from avatar.radial_shape import RadialShape, measure_shape, measure_skull
from avatar.skin import SkinRecipe, blend_skin
from avatar.skin_atlas import SkinPictures, SkinStages, bake_skin
from avatar.skin_bake import Makeup
from avatar.skin_detail import SkinDetailRecipe
from avatar.sources import FaceKit, Parts, load_face_kit
from avatron.render.appearance import AttachedMesh

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AvatarRecipe:
    """Everything that was decided about one avatar."""

    name: str = "ava"
    description: str = "a woman with brown hair in a low knot and a teal knitted top"
    default_voice: str = "lj"
    identity: IdentityRecipe = field(default_factory=IdentityRecipe)
    skin: SkinRecipe = field(default_factory=SkinRecipe)
    detail: SkinDetailRecipe = field(default_factory=SkinDetailRecipe)
    brows: BrowRecipe = field(default_factory=BrowRecipe)
    makeup: Makeup = field(default_factory=Makeup)
    mouth: MouthRecipe = field(default_factory=MouthRecipe)
    iris: IrisRecipe = field(default_factory=IrisRecipe)
    hair: HairStyle = field(default_factory=tied_back)
    hair_colour: HairColour = field(default_factory=HairColour)
    garment: GarmentRecipe = field(default_factory=GarmentRecipe)
    garment_shares: dict[str, float] = field(
        default_factory=lambda: {
            "female_sportsuit01": 0.40,
            "female_casualsuit01": 0.25,
            "female_elegantsuit01": 0.35,
        }
    )
    """Part garments whose shapes are averaged."""
    narrower_shoulders: float = 0.09
    """How much narrower the shoulders are than the parts'."""
    cloth: ClothRecipe = field(default_factory=ClothRecipe)
    rest_expression: dict[str, float] = field(
        default_factory=lambda: {
            "mouthSmileLeft": 0.20,
            "mouthSmileRight": 0.20,
            "eyeBlinkLeft": 0.06,
            "eyeBlinkRight": 0.06,
            "browInnerUp": 0.06,
            "cheekSquintLeft": 0.05,
            "cheekSquintRight": 0.05,
        }
    )
    """Never a bare neutral face: a trace of a smile and relaxed lids."""
    framing: str = "head-and-shoulders"
    atlas_size: int = 1536
    seed: int = 5


def main() -> None:
    """Reads the command line and builds."""
    parser = argparse.ArgumentParser(description="build the preset avatar from raw parts")
    parser.add_argument("--data", type=Path, required=True, help="folder with head/ and avatar_parts/")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; replaced if it is there")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out, AvatarRecipe())


def build(data: Path, out: Path, recipe: AvatarRecipe) -> None:
    """Builds one avatar and writes its folder."""
    kit, parts, target = load_face_kit(data), Parts(data / "avatar_parts"), load_head_target()
    wished = choose_identity(kit, parts, recipe.identity)
    identity, rest_m = project_identity(kit, target, wished)
    print(f"identity: {len(identity)} coefficients, {rest_m * 1000:.2f} mm rms from the wished face")
    person = target.person(identity)
    skin_triangles = target.triangles_of("skin")
    skull = measure_skull(person, skin_triangles, target.ear_mask())
    hair_mesh, hair_tensors = _hair(recipe, target, person, skull)
    garment = _garment(recipe, parts, target, person)
    garment_mesh = _attach_garment(garment, target, person)
    print(f"hair: {len(hair_mesh.triangles)} triangles; garment: {len(garment_mesh.triangles)} triangles")
    skin = _skin(recipe, kit, parts, target, person, skull)
    strands = draw_strands(recipe.seed + 6)
    cloth = weave_cloth(recipe.cloth)
    files = AvatarFiles(
        head_topology=target.topology(),
        identity=identity,
        hidden=hidden_triangles(target, person, skull, recipe.hair, garment, np.array(recipe.garment.chest_centre_m)),
        skin=skin,
        pores=draw_pore_tile(recipe.seed + 1),
        iris=draw_iris(recipe.iris),
        sclera=draw_sclera(recipe.seed + 2),
        lashes=draw_lashes(recipe.seed + 3),
        hair=hair_mesh,
        strand_direction=hair_tensors,
        strands=strands,
        hair_colour=recipe.hair_colour,
        garment=garment_mesh,
        cloth=cloth,
    )
    about = {
        "name": recipe.name,
        "description": recipe.description,
        "default_voice": recipe.default_voice,
        "licence": "Apache-2.0",
        "provenance": _provenance(recipe),
    }
    write_avatar(out, about, recipe.rest_expression, recipe.framing, files)
    print(f"wrote {out}: {sum(file.stat().st_size for file in out.iterdir()) / 2**20:.2f} MiB")


def _hair(recipe: AvatarRecipe, target: HeadTarget, person: Floats, skull: RadialShape) -> tuple[AttachedMesh, Floats]:
    hair = build_hair(recipe.hair, skull, recipe.seed)
    scalp = target.vertices_of("skin")
    scalp = scalp[~target.ear_mask()[scalp] & (target.mean_m[scalp, 1] > -0.07)]
    face = (target.mean_m[scalp, 2] > 0.03) & (target.mean_m[scalp, 1] < 0.055)
    mesh = attach_mesh(
        hair.vertices_m,
        hair.triangles,
        hair.texture_coordinates,
        np.ones(len(hair.vertices_m)),
        anchors=scalp[~face],
        person_m=person,
        mean_m=target.mean_m,
    )
    return mesh, hair.tangents


def _garment(recipe: AvatarRecipe, parts: Parts, target: HeadTarget, person: Floats) -> GarmentSurface:
    cut = recipe.garment
    skin_triangles = target.triangles_of("skin", "bust")
    height = person[skin_triangles][:, :, 1].max(1)
    line = neckline(person, skin_triangles[height < -0.08], cut)
    centre = np.array(cut.chest_centre_m)
    below_jaw = skin_triangles[height < -0.095]
    skin = measure_shape(person, below_jaw, centre, 0.040)
    shapes = tuple(
        measure_shape(*parts.garment(name, recipe.narrower_shoulders), centre, 0.050) for name in recipe.garment_shares
    )
    return build_garment(line, skin, shapes, tuple(recipe.garment_shares.values()), cut)


def _attach_garment(garment: GarmentSurface, target: HeadTarget, person: Floats) -> AttachedMesh:
    chest = target.vertices_of("skin", "bust")
    chest = chest[target.mean_m[chest, 1] < -0.10]
    return attach_mesh(
        garment.vertices_m,
        garment.triangles,
        garment.texture_coordinates,
        np.zeros(len(garment.vertices_m)),
        anchors=chest,
        person_m=person,
        mean_m=target.mean_m,
    )


def _skin(
    recipe: AvatarRecipe, kit: FaceKit, parts: Parts, target: HeadTarget, person: Floats, skull: RadialShape
) -> SkinPictures:
    atlas = rasterise_atlas(target.texture_coordinates, recipe.atlas_size, np.isin(target.part, ATLAS_PARTS))
    stages = SkinStages(
        blend_skin(parts, recipe.skin),
        draw_brows(parts, recipe.brows),
        recipe.hair,
        recipe.makeup,
        recipe.detail,
        recipe.mouth,
    )
    return bake_skin(kit, target, person, skull, atlas, stages)


def _provenance(recipe: AvatarRecipe) -> list[dict[str, str]]:
    makehuman, ict = "CC0-1.0 (MakeHuman team)", "MIT (USC-ICT)"
    skins = {name.rstrip("~") for band in (recipe.skin.tone, recipe.skin.patches, recipe.skin.texture) for name in band}
    rows = [
        (f"skins {', '.join(sorted(skins))}", makehuman, "bands of the skin's colour, mixed"),
        (f"eyebrows {', '.join(sorted(recipe.brows.shares))}", makehuman, "where the brows' own hairs grow"),
        (f"garments {', '.join(sorted(recipe.garment_shares))}", makehuman, "average shape of the top"),
        (f"macro targets {', '.join(sorted(recipe.identity.directions))}", makehuman, "start of the identity"),
        ("ICT-FaceKit", ict, "head model, identity modes, place of the face's features"),
        ("procedural drawing", "Apache-2.0 (avatron)", "hair, pores, freckles, iris, white, lashes, mouth, cloth"),
    ]
    return [{"name": name, "licence": licence, "used_for": used_for} for name, licence, used_for in rows]


if __name__ == "__main__":
    main()
