"""What one person wears: the recipe of an outfit and its pieces on the person."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.attach import attach_mesh
from avatar.garment.blazer import BlazerRecipe, cut_blazer
from avatar.garment.body import CHEST_CENTRE_M, BodyRecipe, measure_body
from avatar.garment.piece import Piece
from avatar.garment.sheet import Columns
from avatar.garment.shirt import ShirtRecipe, make_shirt
from avatar.garment.sweater import SweaterRecipe, knit_sweater
from avatar.head_target import HeadTarget
from avatar.radial_shape import unit
from avatron.render.appearance import AttachedMesh

__all__ = ["Outfit", "OutfitRecipe", "attach_outfit", "dress"]

Floats = NDArray[np.float64]

SHOWN_M = 0.005
"""How far under the cloth skin is still drawn; with 14 mm a nod of 20 degrees pushed the throat through a band."""

SHOWN_UNDER_STAND_M = 0.003
"""The same below the stand of a collar, which nobody looks over: a turning neck carries its skin through the cloth."""

STICKS_OUT_M = 0.04
"""How far the head model's plain bust may stand out of the clothes; what is further off is a chin."""


NECK_M = -0.088
"""Height on the mean head below which skin may be covered: a long person's chin hangs lower, but is a chin."""


COLLAR_M = (-0.1175, -0.458)
"""Height of a collar's fold at z = 0, and its rise per depth: it is higher behind than in front."""
FOLLOWING_M = 0.024
MOST_FOLLOWED = 0.06
"""Of the head's motion: with .16 a nod drew the open front of a blouse into the chest."""


@dataclass(frozen=True)
class OutfitRecipe:
    """Build of the body and what hangs on it."""

    body: BodyRecipe = field(default_factory=BodyRecipe)
    shirt: ShirtRecipe | None = None
    sweater: SweaterRecipe | None = None
    blazer: BlazerRecipe | None = None


@dataclass(frozen=True)
class Outfit:
    """Clothes on a person."""

    pieces: tuple[Piece, ...]
    hidden: NDArray[np.int64]
    """Triangles of the head model that they cover."""


def dress(target: HeadTarget, person_m: Floats, recipe: OutfitRecipe) -> Outfit:
    """The clothes of `recipe` on a head of shape [V, 3]."""
    body = measure_body(person_m, target.triangles_of("skin", "bust"), recipe.body)
    pieces: list[Piece] = []
    lines: list[tuple[Columns, float]] = []
    if recipe.shirt is not None:
        sewn, columns = make_shirt(body, recipe.shirt)
        pieces += sewn
        lines.append((columns, SHOWN_UNDER_STAND_M))
    if recipe.sweater is not None:
        sewn, columns = knit_sweater(body, recipe.sweater)
        pieces += sewn
        lines.append((columns, SHOWN_M))
    if recipe.blazer is not None:
        sewn, columns = cut_blazer(body, recipe.blazer)
        pieces += sewn
        lines.append((columns, SHOWN_M))
    covered = np.unique(np.concatenate([_covered(target, person_m, *line) for line in lines]))
    return Outfit(tuple(pieces), covered)


def attach_outfit(outfit: Outfit, target: HeadTarget, person_m: Floats) -> tuple[AttachedMesh, ...]:
    """The pieces' meshes, riding on chest and neck of the head model."""
    chest = target.vertices_of("skin", "bust")
    chest = chest[target.mean_m[chest, 1] < -0.085]
    return tuple(
        attach_mesh(
            piece.vertices_m,
            piece.triangles,
            piece.texture_coordinates,
            np.maximum(piece.head_weight, follows_neck(piece.vertices_m)),
            anchors=chest,
            person_m=person_m,
            mean_m=target.mean_m,
        )
        for piece in outfit.pieces
    )


def follows_neck(vertices_m: Floats) -> Floats:
    """Share [V] of the head's motion that cloth beside the neck takes on: most at a collar's fold, none below."""
    _, y, z = vertices_m.T
    below = COLLAR_M[0] + COLLAR_M[1] * z - y
    share = np.clip(1 - below / FOLLOWING_M, 0, 1)
    return np.asarray(MOST_FOLLOWED * share * share * (3 - 2 * share))


def _covered(target: HeadTarget, person_m: Floats, columns: Columns, shown_m: float) -> NDArray[np.int64]:
    """Skin and bust further from the neckline than `shown_m`, whether cloth is above them or they stick out of it."""
    share = np.linspace(0, 1, columns.points_m.shape[1])
    way = (share * columns.length_m[:, None]).ravel()
    cloth, skin = columns.points_m.reshape(-1, 3) - CHEST_CENTRE_M, person_m - CHEST_CENTRE_M
    gap, nearest = cKDTree(unit(cloth)).query(unit(skin))
    above = np.linalg.norm(skin, axis=1) - np.linalg.norm(cloth, axis=1)[nearest]
    # What stands out of the cloth is never drawn, what lies below it from a little way in.
    reach = np.where(above > 0.001, min(0.004, shown_m), shown_m)
    under = (way[nearest] > reach) & (gap < 0.10) & (above < STICKS_OUT_M) & (target.mean_m[:, 1] < NECK_M)
    bust = np.isin(target.part, ("skin", "bust"))
    return np.nonzero(bust & under[target.triangles].all(1))[0]
