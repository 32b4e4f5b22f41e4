"""A knitted top: body and sleeves in one draped sheet, a ribbed band round the neck."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import Body
from avatar.garment.cloth import Cloth, ClothRecipe, make_cloth
from avatar.garment.drape import DrapeRecipe, drape
from avatar.garment.flatten import lay_flat
from avatar.garment.folds import Fold, lay_folds
from avatar.garment.laid import FallenSheet
from avatar.garment.piece import Piece
from avatar.garment.seam import join_seams, seam_cloth, sew_armholes
from avatar.garment.sheet import Columns, grid_triangles, lay_columns, spread_azimuth

__all__ = ["SweaterRecipe", "knit_sweater"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SweaterRecipe:
    """Cut of a knitted top, metres in the head frame."""

    front_m: tuple[float, float] = (-0.146, 0.040)
    """Height and depth (y, z) of the band's upper edge in front; with `back_m` the plane that cuts the neck."""
    back_m: tuple[float, float] = (-0.104, -0.070)
    band_m: float = 0.021
    """Width of the ribbed band."""
    band_thickness_m: float = 0.0036
    gap_m: float = 0.0014
    """How far the band's inner face stands off the neck."""
    under_m: float = 0.0
    """Height of what is worn below."""
    columns: int = 100
    rows: int = 42
    band_columns: int = 120
    knit: ClothRecipe = field(default_factory=ClothRecipe)
    rib: ClothRecipe = field(default_factory=lambda: ClothRecipe(make="rib", thread_m=0.0016, relief_m=0.0009))
    drape: DrapeRecipe = field(default_factory=DrapeRecipe)
    folds: tuple[Fold, ...] = ()
    armhole_m: float = 0.148
    """Half of the breadth between the tops of the armhole seams."""


def knit_sweater(body: Body, recipe: SweaterRecipe) -> tuple[tuple[Piece, ...], Columns]:
    """(body, seams and band of the sweater on a body, the columns that it hangs from)."""
    columns = _columns(body, recipe, recipe.columns)
    share = np.linspace(0, 1, recipe.rows)
    # The sheet begins under the band; rows open out downwards.
    begin = recipe.band_m - 0.005
    way = begin + (columns.length_m[:, None] - begin) * share**1.25
    flat = columns.at(way)
    height = recipe.under_m + 0.0010 + (recipe.drape.lift_m - 0.0010) * np.clip((way - recipe.band_m) / 0.05, 0, 1)
    fallen = drape(body.lifted(flat, height, least_only=True), body, recipe.drape, closed=True, held_m=height)
    fallen, light = lay_folds(fallen, body, recipe.folds, height)
    knit = make_cloth(recipe.knit)
    sheet = panels("sweater", fallen, flat, knit, spread_azimuth(recipe.columns), light)
    under = FallenSheet(np.concatenate([fallen, fallen[:1]]))
    seams = join_seams("seams", sew_armholes(body, under, seam_cloth(knit), recipe.armhole_m, recipe.drape.lift_m))
    return (sheet, seams, _band(_columns(body, recipe, recipe.band_columns), recipe)), columns


def _columns(body: Body, recipe: SweaterRecipe, count: int) -> Columns:
    azimuth = spread_azimuth(count)
    front, back = (np.array([0.0, *place]) for place in (recipe.front_m, recipe.back_m))
    return lay_columns(body, body.ring(front, back, azimuth), azimuth)


def panels(
    name: str, fallen_m: Floats, flat_m: Floats, cloth: Cloth, azimuth: Floats, light: Floats | float = 1.0
) -> Piece:
    """A closed sheet [C, R, 3] cut into front and back along the shoulders, each laid flat for its texture.

    `flat_m` [C, R, 3] is the sheet before it fell: folds must not disturb the texture. `azimuth` [C] is the hem's.
    `light` is a number or given for every vertex [C, R].
    """
    count, rows = fallen_m.shape[:2]
    # The cut follows the columns that leave the neck sideways.
    left, right = int(np.argmin(np.abs(azimuth - 0.56 * np.pi))), int(np.argmin(np.abs(azimuth - 1.44 * np.pi)))
    vertices, triangles, texture, shade = [], [], [], []
    lit = np.broadcast_to(light, (count, rows))
    start = 0
    for chosen in (np.arange(left, right + 1), np.arange(right, count + left + 1) % count):
        grid = grid_triangles(len(chosen), rows, closed=False)
        place = flat_m[chosen].reshape(-1, 3)
        front = 1.0 if chosen[0] == left else -1.0
        rough = np.stack([front * place[:, 0], place[:, 1]], -1)
        texture.append(lay_flat(place, grid, rough) / cloth.width_m)
        vertices.append(fallen_m[chosen].reshape(-1, 3))
        shade.append(lit[chosen].ravel())
        triangles.append(grid + start)
        start += len(place)
    joined = np.concatenate(vertices)
    return Piece(
        name,
        joined,
        np.concatenate(triangles),
        np.concatenate(texture),
        np.zeros(len(joined)),
        cloth,
        np.concatenate(shade),
    )


def _band(columns: Columns, recipe: SweaterRecipe) -> Piece:
    """The ribbed band: an outer face, a round edge, an inner face that goes down inside."""
    width, gap, thick = recipe.band_m, recipe.under_m + recipe.gap_m, recipe.band_thickness_m
    low = recipe.under_m + 0.0012
    profile = np.array(
        [
            (width + 0.0006, low),
            (width + 0.0002, low + 0.0012),
            (width - 0.0012, gap + 0.75 * thick),
            (width - 0.0035, gap + 0.95 * thick),
            (0.70 * width, gap + 1.02 * thick),
            (0.50 * width, gap + 1.06 * thick),
            (0.30 * width, gap + 1.05 * thick),
            (0.0035, gap + 1.00 * thick),
            (0.0016, gap + 0.92 * thick),
            (0.0004, gap + 0.72 * thick),
            (0.0000, gap + 0.45 * thick),
            (0.0006, gap + 0.20 * thick),
            (0.0022, gap),
            (0.0060, 0.8 * gap),
            (0.0120, 0.5 * gap),
        ]
    )
    way, height = profile.T
    points = columns.body.lifted(columns.at(way), np.broadcast_to(height, (len(columns.points_m), len(way))))
    rib = make_cloth(recipe.rib, 256)
    closed = np.concatenate([points, points[:1]])
    # A whole number of ribs closes the band.
    around = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(closed[:, 5], axis=0), axis=1))]
    column = around / around[-1] * max(round(around[-1] / rib.width_m), 1)
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=1), axis=2).mean(0))] / rib.width_m
    texture = np.stack(np.broadcast_arrays(-column[:, None], along[None]), -1).reshape(-1, 2)
    # The profile runs upwards and over the edge: rows are reversed against a sheet that runs down.
    triangles = grid_triangles(len(closed), len(way), closed=False)[:, ::-1]
    return Piece("band", closed.reshape(-1, 3), triangles, texture, np.zeros(closed.size // 3), rib)
