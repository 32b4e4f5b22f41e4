"""A shirt or blouse: a collar with a stand and a leaf that folds over, an open front, a placket with buttons."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import Body
from avatar.garment.button import sew_buttons
from avatar.garment.cloth import Cloth, ClothRecipe, make_cloth
from avatar.garment.drape import DrapeRecipe, drape
from avatar.garment.flap import between, cast_shadow, front_points, sew, smooth_curve, turned
from avatar.garment.folds import Fold, lay_folds
from avatar.garment.laid import FallenSheet
from avatar.garment.piece import Piece, joined
from avatar.garment.seam import STITCH, inset, join_seams, on_grid, seam_cloth, sew_armholes, sew_seam, sew_shoulders
from avatar.garment.sheet import Columns, lay_columns
from avatar.garment.sweater import panels
from avatar.radial_shape import unit

__all__ = ["ShirtRecipe", "make_shirt"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ShirtRecipe:
    """Cut of a shirt, metres in the head frame."""

    stand_front_m: tuple[float, float] = (-0.158, 0.040)
    """Height and depth (y, z) in front of the seam where the collar's stand is sewn on; with `stand_back_m` a plane."""
    stand_back_m: tuple[float, float] = (-0.116, -0.075)
    fold_front_m: tuple[float, float] = (-0.134, 0.036)
    """The same for the fold where the leaf turns over."""
    fold_back_m: tuple[float, float] = (-0.090, -0.060)
    opening_rad: float = 0.72
    """Half the angle at the neck by which the collar stands open in front."""
    opening_bottom_m: float = -0.190
    """Height at which the front closes."""
    sag_m: float = 0.006
    """How far the open edges bend outwards."""
    depth_m: float = 1.0
    """Length of cloth below the neckline: short where something else is worn above."""
    leaf_back_m: float = 0.043
    """Depth of the leaf at the back."""
    point_m: tuple[float, float] = (0.062, -0.212)
    """Place (x, y) of the left leaf's point, seen from the front."""
    flare_m: float = 0.006
    """How much further the open ends stand off the neck than the back does."""
    gap_m: float = 0.0022
    """Height of the stand's inner face over the neck at the fold."""
    lift_m: float = 0.0030
    """Height of the cloth over the body."""
    thickness_m: float = 0.0016
    under_leaf_m: float = 0.0
    """Height of what is worn between the leaf and the shirt."""
    buttons_m: tuple[float, ...] = (-0.208, -0.296)
    """Heights of the buttons."""
    button_radius_m: float = 0.0056
    button_colour: tuple[float, float, float] = (0.62, 0.60, 0.55)
    placket_m: float = 0.032
    columns: int = 48
    rows: int = 17
    collar_columns: int = 58
    reach_rad: float = 1.0
    """How far to each side of the middle the front goes: all of it only where nothing is worn above."""
    taper: float = 0.0
    """How far the fold comes down to the stand's seam at the open ends, 0..1: an open collar rolls into the front."""
    tip_m: float = 0.024
    """Length of the straight part of the lower edge beside the point."""
    tip_rad: float = 0.42
    """Rise of the leaf's lower edge outwards from its point."""
    folds: tuple[Fold, ...] = ()
    armhole_m: float = 0.0
    """Half of the breadth between the tops of the armhole seams; 0 for none."""
    yoke_depth_m: float = 0.004
    """Depth (z) of the seam between the front and the yoke that comes over the shoulders."""
    cloth: ClothRecipe = field(
        default_factory=lambda: ClothRecipe(
            make="plain", colour=(0.66, 0.66, 0.655), heather=0.025, thread_m=0.0009, relief_m=0.00006, fuzz=0.10
        )
    )
    drape: DrapeRecipe = field(default_factory=lambda: DrapeRecipe(ease_across=0.012, ease_armpit=0.06, bend=0.7))


SIDE_UP_M = 0.012
"""How much higher a collar lies at the sides than a plane through its front and back."""


def make_shirt(body: Body, recipe: ShirtRecipe) -> tuple[tuple[Piece, ...], Columns]:
    """(front, collar and buttons on a body, the columns that say what skin is covered)."""
    cloth = make_cloth(recipe.cloth, 256)
    columns, azimuth = _columns(body, recipe)
    whole = recipe.reach_rad >= np.pi
    share = np.linspace(0, 1, recipe.rows)
    way = np.minimum(columns.length_m, recipe.depth_m)[:, None] * share**1.15
    height = recipe.lift_m * np.clip(0.3 + way / 0.02, 0, 1)
    flat = columns.at(way)
    fallen = drape(body.lifted(flat, height), body, recipe.drape, closed=whole, held_m=height)
    fallen, light = lay_folds(fallen, body, recipe.folds, height)
    front = panels("shirt", fallen, flat, cloth, azimuth, light) if whole else sew("shirt", fallen, cloth, shade=light)
    # A sheet that goes all round is listed once more at its end: its last column has a neighbour.
    under = FallenSheet(np.concatenate([fallen, fallen[:1]]) if whole else fallen)
    tile = seam_cloth(cloth)
    collar, collar_seams = _collar(body, recipe, cloth, tile, under)
    placket, placket_seams = _placket(body, recipe, columns, cloth, tile, under)
    seams = [*collar_seams, *placket_seams, *_opening(recipe, fallen, way, azimuth, tile)]
    if recipe.armhole_m:
        seams += [
            *sew_armholes(body, under, tile, recipe.armhole_m, recipe.lift_m),
            *sew_shoulders(fallen, flat, tile, recipe.armhole_m, recipe.yoke_depth_m),
        ]
    sewn = [joined("shirt", (front, *collar, *placket)), join_seams("shirt_seams", seams)]
    if recipe.buttons_m:
        places = under.lay(_button_places(body, recipe), 0.0036)
        sewn.append(sew_buttons("buttons", body, places, recipe.button_radius_m, recipe.button_colour))
    return tuple(sewn), columns


def _opening(recipe: ShirtRecipe, fallen: Floats, way: Floats, azimuth: Floats, tile: Cloth) -> list[Piece]:
    """The stitches along the open edges of the front."""
    chosen = np.nonzero(np.abs(azimuth - np.pi) <= 0.85 * recipe.opening_rad)[0]
    if len(chosen) < 5:
        return []
    rows = np.array([np.interp(0.0060, way[column], np.arange(way.shape[1])) for column in chosen])
    middle = len(chosen) // 2
    halves = (slice(0, middle + 1), slice(middle, None))
    return [sew_seam(*on_grid(fallen, chosen[half], rows[half]), tile, STITCH, width_m=0.0024) for half in halves]


def _ring(body: Body, front: tuple[float, float], back: tuple[float, float], azimuth: Floats) -> Floats:
    """A line [N, 3] round the neck at azimuths [N]; at the sides it runs up, as a collar's seam does."""
    fine = np.linspace(0, 2 * np.pi, 241)[:-1]
    ring = body.ring(np.array([0.0, *front]), np.array([0.0, *back]), fine, side_up_m=SIDE_UP_M)
    return np.stack([np.interp(azimuth, fine, ring[:, axis], period=2 * np.pi) for axis in range(3)], -1)


def _columns(body: Body, recipe: ShirtRecipe) -> tuple[Columns, Floats]:
    """(columns from the left end of the neckline over the opening to the right end, azimuths of their hem).

    A shirt that goes all round begins and ends at the back.
    """
    half = recipe.columns // 2
    whole = recipe.reach_rad >= np.pi
    beside = round(0.68 * half) if whole else max(half // 3, 4)
    neck = np.linspace(max(np.pi - recipe.reach_rad, 0), np.pi - recipe.opening_rad, beside + 1)
    ring = _ring(body, recipe.stand_front_m, recipe.stand_back_m, neck)
    share = np.linspace(0, 1, half - beside)[:, None]
    line = ring[-1, :2] * (1 - share) + np.array([0.0, recipe.opening_bottom_m]) * share
    # The open edge hangs in a slight curve.
    line[:, :1] += recipe.sag_m * np.sin(np.pi * share)
    left = np.concatenate([ring[:-1], front_points(body, line)])
    azimuth = np.r_[neck[:-1], np.linspace(neck[-1], np.pi, half - beside)]
    last = 0 if whole else None
    line = np.concatenate([left, left[-2:last:-1] * [-1, 1, 1]])
    azimuth = np.r_[azimuth, 2 * np.pi - azimuth[-2:last:-1]]
    return lay_columns(body, line, azimuth), azimuth


def _collar(
    body: Body, recipe: ShirtRecipe, cloth: Cloth, tile: Cloth, under: FallenSheet
) -> tuple[list[Piece], list[Piece]]:
    """(the stand's inner face, the fold and the leaf as one piece, and the leaf's shadow; the leaf's stitches)."""
    reach = np.pi - recipe.opening_rad
    # Columns run leftwards as seen from outside: from the right end round the back to the left one.
    turn = np.linspace(-reach, reach, recipe.collar_columns)
    azimuth = turn % (2 * np.pi)
    fold = _ring(body, recipe.fold_front_m, recipe.fold_back_m, azimuth)
    seam = _ring(body, recipe.stand_front_m, recipe.stand_back_m, azimuth)
    front = np.clip((np.abs(turn) - 0.40 * np.pi) / (reach - 0.40 * np.pi), 0, 1)
    rolled = recipe.taper * np.clip((front[:, None] - 0.40) / 0.60, 0, 1) ** 2
    fold = fold + (seam - fold) * rolled
    flare = recipe.flare_m * front[:, None] ** 1.5 * (1 - rolled)
    columns = lay_columns(body, fold, azimuth)
    outer = _leaf_edge(body, recipe, turn)
    gap = recipe.gap_m * (1 - 0.9 * rolled) + flare
    wall = np.array([1.0, 0.75, 0.5, 0.28, 0.12, 0.04])
    inner = between(body, fold, seam, wall, 0.0006 + gap * (1 - wall**2))
    upward = unit(fold - columns.at(np.full((len(fold), 1), 0.006))[:, 0])[:, None]
    thick = recipe.thickness_m + 0.0016
    top = fold[:, None] + upward * np.array([0.0, 0.0013, 0.0016, 0.0009])[:, None]
    top = body.lifted(top, gap + thick * np.array([0.0, 0.30, 0.65, 0.98]))
    share = np.array([0.05, 0.12, 0.21, 0.32, 0.45, 0.60, 0.75, 0.88, 0.97, 1.0])
    roll = np.interp(share, [0.05, 0.15, 0.35, 0.65, 1.0], [0.0002, 0.0016, 0.0026, 0.0016, 0.0])
    lying = recipe.lift_m + recipe.under_leaf_m + recipe.thickness_m + 0.0010 + roll
    rows, heights = np.r_[0.0, share], _leaf_heights(lying, gap + thick)
    # At the back the leaf lies; in front it hangs straight over the hollow of the neck.
    lies, hangs = (between(body, top[:, -1], outer, rows, heights, taut=taut)[:, 1:] for taut in (False, True))
    leaf = lies + (hangs - lies) * np.clip(2.2 * front - 0.6, 0, 1)[:, None, None]
    # A front that ends below a jacket says nothing about what lies beyond its ends.
    if recipe.reach_rad >= np.pi:
        leaf = under.lay(leaf, recipe.thickness_m + 0.0010 + roll, least_only=True)
    # A point is turned and pressed: never quite sharp.
    for end, beside in ((0, 1), (-1, -2)):
        leaf[end, -1] += 0.35 * (0.5 * (leaf[end, -2] + leaf[beside, -1]) - leaf[end, -1])
    grid = np.concatenate([inner, top, leaf], 1)
    # Light hardly comes down between stand and neck, except in front.
    dark = 0.55 * wall * (1 - np.maximum(0.75, recipe.taper) * front[:, None])
    light = np.concatenate([1 - dark, np.ones((len(front), 14))], 1)
    # Ends that are turned under as well drew a dotted dark line where they are seen edge-on.
    edged = turned(grid, recipe.thickness_m, "l")
    # What is turned under at a point must not look out beside it.
    for end in (0, -1):
        edged[end, -2:] = edged[end, -3] + np.array([[0.15], [0.30]]) * (edged[end, -4] - edged[end, -3])
        edged[end, -2:] -= 0.0004 * body.outward(edged[end, -2:])
    light = np.concatenate([light, np.full((len(front), 1), 0.7), np.full((len(front), 1), 0.5)], 1)
    collar = sew("collar", edged, cloth, turn=0.5 * np.pi, shade=light)
    shadow = cast_shadow(body, grid[1:-1, -1], grid[1:-1, -3], recipe.lift_m + 0.0003, cloth, dark=0.42, onto=under)
    stitched = _leaf_stitches(grid, tile)
    return ([collar] if recipe.under_leaf_m else [collar, shadow]), stitched


EDGE_M = 0.0048
"""From an edge to its stitches."""


def _leaf_stitches(grid: Floats, tile: Cloth) -> list[Piece]:
    """Stitches along the leaf's lower edge and its two ends."""
    rows = inset(grid, EDGE_M)
    columns = np.arange(len(grid), dtype=float)
    across = inset(grid.swapaxes(0, 1), EDGE_M)
    first = float(len(grid) - 1) - across.mean()
    kept = slice(round(first), len(grid) - round(first))
    sewn = [sew_seam(*on_grid(grid, columns[kept], rows[kept]), tile, STITCH, lift_m=0.0003)]
    down = np.linspace(11.0, float(rows[[0, -1]].mean()), 12)
    for ends in (inset(grid.swapaxes(0, 1), EDGE_M), len(grid) - 1 - inset(grid[::-1].swapaxes(0, 1), EDGE_M)):
        place = np.interp(down, np.arange(grid.shape[1]), ends)
        sewn.append(sew_seam(*on_grid(grid, place, down), tile, STITCH, lift_m=0.0003))
    return sewn


def _leaf_heights(lying_m: Floats, fold_m: Floats) -> Floats:
    """Least heights [C, R + 1] of the leaf's rows: the fold's own [C, 1], then those of a leaf that lies [R]."""
    return np.concatenate([fold_m, np.broadcast_to(lying_m, (len(fold_m), len(lying_m)))], 1)


def _leaf_edge(body: Body, recipe: ShirtRecipe, turn: Floats) -> Floats:
    """The leaf's lower edge [C, 3] from the right point round the back to the left one."""
    reach = float(turn[-1])
    behind = np.linspace(0, 0.62 * np.pi, 7)
    fold = _ring(body, recipe.fold_front_m, recipe.fold_back_m, behind)
    below = lay_columns(body, fold, behind).at(np.full((len(behind), 1), recipe.leaf_back_m))[:, 0]
    point = np.array(recipe.point_m)
    beside = point + recipe.tip_m * np.array([np.cos(recipe.tip_rad), np.sin(recipe.tip_rad)])
    controls = np.concatenate([below[:6], front_points(body, np.stack([beside, point]))])
    left = smooth_curve(controls, len(turn) * 2)
    # As far along the edge as along the fold, so that threads run straight from one to the other.
    place = np.abs(turn) / reach * (len(left) - 1)
    points = np.stack([np.interp(place, np.arange(len(left)), left[:, axis]) for axis in range(3)], -1)
    points[turn < 0] *= [-1, 1, 1]
    return points


def _placket(
    body: Body, recipe: ShirtRecipe, columns: Columns, cloth: Cloth, tile: Cloth, under: FallenSheet
) -> tuple[list[Piece], list[Piece]]:
    """(the placket and its shadow; its stitches); its upper end follows the open edges."""
    if not recipe.placket_m:
        return [], []
    x = 0.5 * recipe.placket_m * np.array([1.0, 0.93, 0.4, 0.0, -0.4, -0.93, -1.0])
    line = columns.points_m[:, 0]
    line = line[(line[:, 0] >= 0) & (line[:, 2] > 0)]
    order = np.argsort(line[:, 0])
    top = np.interp(np.abs(x), line[order, 0], line[order, 1]) - 0.0006
    share = np.linspace(0, 1, 18) ** 1.4
    y = top[:, None] * (1 - share) - 0.47 * share
    place = np.stack([np.broadcast_to(x[:, None], y.shape), y], -1)
    points = front_points(body, place.reshape(-1, 2)).reshape(*place.shape[:2], 3)
    height = np.array([0.0, 0.0013, 0.0019, 0.0020, 0.0019, 0.0013, 0.0])[:, None]
    flat = under.lay(body.lifted(points, recipe.lift_m), np.broadcast_to(height, points.shape[:2]))
    shadows = [
        cast_shadow(body, flat[edge], flat[inside], recipe.lift_m, cloth, dark=dark, reach_m=0.004, onto=under)
        # The key light comes from the person's right.
        for edge, inside, dark in ((-1, -3, 0.8), (0, 2, 0.6))
    ]
    inner = 0.5 * recipe.placket_m - 0.0042
    rows = np.linspace(0.6, 17, 16)
    stitches = [
        sew_seam(
            *on_grid(flat, np.full(16, np.interp(-side * inner, -x, np.arange(7))), rows), tile, STITCH, lift_m=0.0003
        )
        for side in (1, -1)
    ]
    return [sew("placket", flat, cloth), *shadows], stitches


def _button_places(body: Body, recipe: ShirtRecipe) -> Floats:
    places = np.stack([np.zeros(len(recipe.buttons_m)), np.array(recipe.buttons_m)], -1)
    return body.lifted(front_points(body, places), recipe.lift_m + 0.0026)
