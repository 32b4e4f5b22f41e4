"""All of the head's atlas in one go: skin, teeth, gums, tongue and lining, as pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.atlas import Atlas
from avatar.hair.painted import Stubble, paint_hair
from avatar.hair.style import HairStyle
from avatar.head_target import HeadTarget
from avatar.images import fill_outside
from avatar.mouth_paint import MouthRecipe, find_teeth, paint_gums, paint_teeth, paint_tongue
from avatar.nearest_skin import find_face_points, vertex_normals
from avatar.skin_bake import SkinPaint, SkinTexels, paint_skin
from avatar.skin_lines import LineRecipe, draw_lines
from avatar.sources import FaceKit

__all__ = ["SkinPictures", "SkinStages", "bake_skin"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SkinPictures:
    """The head's atlas, filled beyond the charts so that no filter reaches into nothing."""

    albedo: NDArray[np.float32]
    """[N, N, 3] linear."""
    height_m: NDArray[np.float32]
    """[N, N]."""
    sheen: NDArray[np.float32]
    """[N, N] 0..1."""
    lip: NDArray[np.float32]
    """[N, N] 0..1."""
    folds: NDArray[np.float32]
    """[N, N, 2] metres: the folds at full strength, in the renderer's two groups."""


@dataclass(frozen=True)
class SkinStages:
    """What goes into the skin."""

    paint: SkinPaint
    hair: HairStyle
    stubble: Stubble | None
    mouth: MouthRecipe
    lines: LineRecipe


def bake_skin(kit: FaceKit, target: HeadTarget, person_m: Floats, atlas: Atlas, stages: SkinStages) -> SkinPictures:
    """The pictures of one person of shape [V, 3]; `atlas` is that of `ATLAS_PARTS` of the target."""
    points = atlas.interpolate(target.triangles, target.mean_m)
    texels = SkinTexels(
        np.full((len(points), 3), 0.3), np.zeros(len(points)), np.ones(len(points)), np.zeros(len(points))
    )
    part = target.part[atlas.triangle]
    skin = np.isin(part, ("skin", "bust"))
    normals = vertex_normals(target.mean_m, target.triangles_of("skin", "bust"))
    turned = atlas.interpolate(target.triangles, normals)
    places = find_face_points(kit, points[skin], turned[skin])
    own = atlas.interpolate(target.triangles, person_m)[skin]
    ear = atlas.interpolate(target.triangles, target.ear_mask()[:, None].astype(np.float64))[skin, 0]
    grown = paint_hair(stages.hair, stages.stubble, target, person_m, points[skin], own, ear)
    _put(texels, skin, paint_skin(points[skin], places, stages.paint, grown))
    folds = np.zeros((len(points), 2))
    folds[skin] = draw_lines(points[skin], turned[skin], stages.lines)
    mouth = stages.mouth
    gums = target.mean_m[target.vertices_of("gums")]
    for name in ("teeth_upper", "teeth_lower"):
        chosen = part == name
        if chosen.any():
            row = np.searchsorted(np.flatnonzero(target.part == name), atlas.triangle[chosen])
            teeth = find_teeth(
                target.mean_m, target.triangles_of(name), row, points[chosen], upper=name == "teeth_upper"
            )
            _put(texels, chosen, paint_teeth(points[chosen], teeth, gums, mouth))
    painters: dict[str, Callable[[Floats], SkinTexels]] = {
        "gums": lambda at: paint_gums(at, mouth, mouth.gum),
        "tongue": lambda at: paint_tongue(at, mouth),
        "mouth": lambda at: paint_gums(at, mouth, mouth.lining),
    }
    for name, paint in painters.items():
        chosen = part == name
        if chosen.any():
            _put(texels, chosen, paint(points[chosen]))
    inside = atlas.inside()

    def picture(values: Floats) -> NDArray[np.float32]:
        return fill_outside(atlas.image(values), inside)

    return SkinPictures(
        picture(texels.albedo),
        picture(texels.height_m[:, None])[..., 0],
        picture(texels.sheen[:, None])[..., 0],
        picture(texels.lip[:, None])[..., 0],
        picture(folds),
    )


def _put(texels: SkinTexels, chosen: NDArray[np.bool_], painted: SkinTexels) -> None:
    """Writes what was painted at the `chosen` texels."""
    texels.albedo[chosen] = painted.albedo
    texels.height_m[chosen] = painted.height_m
    texels.sheen[chosen] = painted.sheen
    texels.lip[chosen] = painted.lip
