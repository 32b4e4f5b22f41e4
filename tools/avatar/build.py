"""The stages of an avatar, in order: person, hair, garment, skin, folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar.atlas import rasterise_atlas
from avatar.eyes import draw_iris, draw_lashes, draw_sclera
from avatar.folder import AvatarFiles, write_avatar
from avatar.garment.files import replace_garments
from avatar.garment.outfit import attach_outfit, dress
from avatar.hair.files import make_hair, replace_hair
from avatar.head_target import ATLAS_PARTS, HeadTarget, load_head_target, project_identity
from avatar.identity import choose_identity
from avatar.pore_tile import draw_pore_tile
from avatar.recipe import AvatarRecipe
from avatar.sculpt import curl_lashes, displace, enlarge_eyes
from avatar.skin import blend_skin
from avatar.skin_atlas import SkinPictures, SkinStages, bake_skin
from avatar.skin_bake import SkinPaint
from avatar.sources import FaceKit, Parts, load_face_kit

__all__ = ["build_avatar", "rebuild_garments", "rebuild_hair"]

Floats = NDArray[np.float64]


def build_avatar(data: Path, out: Path, recipe: AvatarRecipe) -> None:
    """Builds one avatar and writes its folder."""
    kit, parts, target = load_face_kit(data), Parts(data / "avatar_parts"), load_head_target()
    wished = choose_identity(kit, parts, recipe.identity)
    identity, rest_m = project_identity(kit, target, wished)
    print(f"identity: {len(identity)} coefficients, {rest_m * 1000:.2f} mm rms from the wished face")
    lashes = recipe.lashes
    displacement = _displacement(recipe, target)
    person = target.person(identity) + displacement
    hair = make_hair(recipe.hair, target, person)
    outfit = dress(target, person, recipe.outfit)
    garments = attach_outfit(outfit, target, person)
    worn = sum(len(mesh.triangles) for mesh in garments)
    print(f"hair: {len(hair.mesh.triangles)} triangles; garments: {worn} triangles in {len(garments)} pieces")
    skin = _skin(recipe, kit, parts, target, person)
    files = AvatarFiles(
        head_topology=target.topology(),
        identity=identity,
        displacement_m=displacement,
        hidden=outfit.hidden.astype(np.int32),
        skin=skin,
        crease_rest=recipe.lines.rest,
        gloss=recipe.gloss,
        pores=draw_pore_tile(recipe.seed + 1),
        iris=draw_iris(recipe.iris),
        sclera=draw_sclera(recipe.sclera),
        lashes=draw_lashes(lashes),
        lash_recipe=lashes,
        hair=hair,
        pieces=outfit.pieces,
        garments=garments,
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


def rebuild_hair(out: Path, recipe: AvatarRecipe) -> None:
    """Makes the hair in an avatar's folder anew; what is painted into the skin stays as it is."""
    target = load_head_target()
    made = replace_hair(out, out, recipe.hair, target, _displacement(recipe, target))
    print(f"hair: {len(made.mesh.triangles)} triangles in {out}")


def rebuild_garments(out: Path, recipe: AvatarRecipe) -> None:
    """Makes the clothes in an avatar's folder anew, with the list of what they cover."""
    target = load_head_target()
    made = replace_garments(out, out, recipe.outfit, target, _displacement(recipe, target))
    print(f"garments: {sum(len(mesh.triangles) for mesh in made)} triangles in {out}")


def _displacement(recipe: AvatarRecipe, target: HeadTarget) -> Floats:
    lashes = recipe.lashes
    bent = curl_lashes(target, lashes.upper_curl_mm, lashes.lower_curl_mm)
    grown = enlarge_eyes(target, recipe.identity.eye_growth)
    return displace(target, recipe.identity.strokes) + grown + bent


def _skin(recipe: AvatarRecipe, kit: FaceKit, parts: Parts, target: HeadTarget, person: Floats) -> SkinPictures:
    atlas = rasterise_atlas(target.texture_coordinates, recipe.atlas_size, np.isin(target.part, ATLAS_PARTS))
    paint = SkinPaint(blend_skin(parts, recipe.skin), recipe.zones, recipe.brows, recipe.makeup, recipe.detail)
    stages = SkinStages(paint, recipe.hair, recipe.stubble, recipe.mouth, recipe.lines)
    return bake_skin(kit, target, person, atlas, stages)


def _provenance(recipe: AvatarRecipe) -> list[dict[str, str]]:
    makehuman, ict = "CC0-1.0 (MakeHuman team)", "MIT (USC-ICT)"
    skins = {name.rstrip("~") for band in (recipe.skin.tone, recipe.skin.patches, recipe.skin.texture) for name in band}
    rows = [
        (
            f"skins {', '.join(sorted(skins))}",
            makehuman,
            "differences within a skin, mixed, split into pigments and laid round a colour of our own",
        ),
        (f"macro targets {', '.join(sorted(recipe.identity.directions))}", makehuman, "start of the identity"),
        ("ICT-FaceKit", ict, "head model, identity modes, place of the face's features"),
        (
            "procedural drawing",
            "Apache-2.0 (avatron)",
            "hair, brows, pores, freckles, iris, white, lashes, mouth, body under the clothes, cut, drape and cloth",
        ),
    ]
    return [{"name": name, "licence": licence, "used_for": used_for} for name, licence, used_for in rows]
