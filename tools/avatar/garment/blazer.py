"""A tailored jacket: a sheet that is open down to its button, a collar and two notched lapels folded back on it."""

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

__all__ = ["BlazerRecipe", "cut_blazer"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BlazerRecipe:
    """Cut of a jacket, metres in the head frame; places (x, y) are of the left side, seen from the front."""

    fold_front_m: tuple[float, float] = (-0.152, 0.040)
    """Height and depth (y, z) in front of the plane in which the collar folds; with `fold_back_m`."""
    fold_back_m: tuple[float, float] = (-0.104, -0.072)
    leave_rad: float = 1.22
    """Angle from the front at which the fold leaves the neck and runs down the chest."""
    button_m: tuple[float, float] = (0.004, -0.425)
    """Where the two fronts meet."""
    gorge_m: tuple[float, float] = (0.057, -0.172)
    """Where the seam between collar and lapel begins at the fold."""
    notch_m: tuple[float, float] = (0.097, -0.187)
    lapel_tip_m: tuple[float, float] = (0.130, -0.198)
    collar_tip_m: tuple[float, float] = (0.117, -0.164)
    belly_m: float = 0.016
    """How far the lapel's outer edge bends outwards between tip and button."""
    collar_m: float = 0.046
    """Depth of the collar at the back."""
    lift_m: float = 0.0100
    """Height of the cloth over the body."""
    roll_m: float = 0.0052
    """Height of the fold over the cloth."""
    thickness_m: float = 0.0026
    pocket_m: tuple[tuple[float, float], tuple[float, float]] = ((0.088, -0.287), (0.150, -0.277))
    """Lower inner and lower outer corner of the welt of the breast pocket."""
    welt_m: float = 0.018
    """Height of the welt."""
    armhole_m: float = 0.170
    """Half of the breadth between the tops of the armhole seams."""
    shoulder_seam_m: float = -0.010
    """Depth (z) of the seam over the shoulder."""
    folds: tuple[Fold, ...] = (
        Fold((0.158, -0.235), (0.112, -0.330), height_m=0.0038, width_m=0.0110, bow_m=-0.006),
        Fold((0.148, -0.190), (0.152, -0.262), height_m=0.0026, width_m=0.0100, sides=(1.0,)),
        Fold((0.144, -0.195), (0.146, -0.270), height_m=0.0030, width_m=0.0095, bow_m=0.004, sides=(-1.0,)),
        Fold((0.206, -0.215), (0.196, -0.300), height_m=0.0036, width_m=0.0100),
    )
    columns: int = 80
    rows: int = 26
    cloth: ClothRecipe = field(
        default_factory=lambda: ClothRecipe(
            make="twill", colour=(0.040, 0.041, 0.046), melange=(0.095, 0.096, 0.104), heather=0.16,
            thread_m=0.0011, relief_m=0.00010, fuzz=0.30,
        )
    )  # fmt: skip
    drape: DrapeRecipe = field(
        default_factory=lambda: DrapeRecipe(
            ease_across=0.012, ease_armpit=0.12, ease_sleeve=0.035, bend=0.9, lift_m=0.0100,
            armpit_m=(0.148, -0.272, 0.035),
        )
    )  # fmt: skip


def cut_blazer(body: Body, recipe: BlazerRecipe) -> tuple[tuple[Piece, ...], Columns]:
    """(sheet with lapels, collar and pocket; seams; button of a jacket; the columns that say what skin is covered)."""
    cloth = make_cloth(recipe.cloth)
    fold = _fold(body, recipe)
    line, azimuth = _fold_line(fold, recipe)
    columns = lay_columns(body, line, azimuth)
    share = np.linspace(0, 1, recipe.rows)
    way = columns.length_m[:, None] * share**1.2
    flat = columns.at(way)
    height = np.full(way.shape, recipe.lift_m)
    # Where lapels and collar lie the canvas keeps the cloth still.
    straight = body.lifted(flat, height)
    fallen = drape(straight, body, recipe.drape, closed=True, held_m=height)
    free = np.clip((np.abs(flat[..., 0]) - 0.085) / 0.06, 0, 1) * np.clip(way / 0.10 - 0.5, 0, 1)
    free = (free * free * (3 - 2 * free))[..., None]
    fallen, light = lay_folds(straight * (1 - free) + fallen * free, body, recipe.folds, 0.9 * recipe.lift_m)
    sheet = panels("blazer", fallen, flat, cloth, azimuth, 0.86 * light)
    under = FallenSheet(np.concatenate([fallen, fallen[:1]]))
    flaps = [*_lapels(body, fold, recipe), _collar(body, fold, recipe)]
    flaps = [np.concatenate([grid[:, :3], under.lay(grid[:, 3:], 0.0022, least_only=True)], 1) for grid in flaps]
    turns = (0.25, -0.25, 0.5 * np.pi)
    sewn = [
        sew("flap", turned(grid, recipe.thickness_m, sides), cloth, turn=turn)
        for grid, sides, turn in zip(flaps, ("la", "lz", "laz"), turns, strict=True)
    ]
    below = recipe.lift_m + 0.0004
    sewn += [
        cast_shadow(body, grid[:, -1], grid[:, -3], below, cloth, dark=0.30, light=0.86, onto=under) for grid in flaps
    ]
    sewn += _pocket(body, recipe, cloth, under)
    tile = seam_cloth(cloth, thread=1.25)
    seams = [
        *(_edge_stitches(grid, tile) for grid in flaps),
        *sew_armholes(body, under, tile, recipe.armhole_m, recipe.lift_m),
        *sew_shoulders(fallen, flat, tile, recipe.armhole_m, recipe.shoulder_seam_m),
    ]
    place = body.lifted(front_points(body, np.array([[0.004, recipe.button_m[1] - 0.012]])), recipe.lift_m + 0.004)
    button = sew_buttons("blazer_button", body, place, 0.010, (0.020, 0.019, 0.018))
    return (joined("blazer", (sheet, *sewn)), join_seams("blazer_seams", seams), button), columns


def _edge_stitches(grid: Floats, tile: Cloth) -> Piece:
    """Stitches along the outer edge of a lapel or collar."""
    columns = np.linspace(0.8, len(grid) - 1.8, len(grid))
    rows = np.interp(columns, np.arange(len(grid)), inset(grid, 0.0052))
    return sew_seam(*on_grid(grid, columns, rows), tile, STITCH)


def _pocket(body: Body, recipe: BlazerRecipe, cloth: Cloth, under: FallenSheet) -> list[Piece]:
    """The welt of the breast pocket on the left side, and its shadow."""
    inner, outer = (np.array(place) for place in recipe.pocket_m)
    share = np.linspace(1, 0, 9)[:, None, None]
    up = recipe.welt_m * np.linspace(1, 0, 5)[None, :, None] * np.array([0.0, 1.0])
    place = inner * (1 - share) + outer * share + up
    points = front_points(body, place.reshape(-1, 2)).reshape(9, 5, 3)
    grid = under.lay(body.lifted(points, recipe.lift_m), 0.0018)
    shadow = cast_shadow(body, grid[:, -1], grid[:, -2], recipe.lift_m, cloth, dark=0.35, light=0.86, onto=under)
    slit = cast_shadow(
        body, grid[:, 0], grid[:, 1], recipe.lift_m, cloth, dark=0.45, light=0.86, reach_m=0.004, onto=under
    )
    return [sew("welt", turned(grid, 0.0018, "laz"), cloth, turn=0.5 * np.pi), shadow, slit]


def _fold(body: Body, recipe: BlazerRecipe) -> Floats:
    """The left half of the fold [FINE, 3]: from the back round the neck and down the chest to the button."""
    front, back = (np.array([0.0, *place]) for place in (recipe.fold_front_m, recipe.fold_back_m))
    fine = np.linspace(0, 2 * np.pi, 241)[:-1]
    ring = body.ring(front, back, fine)
    turn = np.linspace(0, np.pi - recipe.leave_rad, 8)
    neck = np.stack([np.interp(turn, fine, ring[:, axis]) for axis in range(3)], -1)
    share = np.linspace(0, 1, 6)[:, None]
    down = np.array(recipe.gorge_m) * (1 - share) + np.array(recipe.button_m) * share
    curve = smooth_curve(np.concatenate([neck, front_points(body, down)]), FINE)
    return body.lifted(curve, 0.0)


def _part(curve_m: Floats, first: int, last: int, count: int) -> Floats:
    """Points [count, 3] evenly along part of a fine curve."""
    place = np.linspace(first, last, count)
    return np.stack([np.interp(place, np.arange(len(curve_m)), curve_m[:, axis]) for axis in range(3)], -1)


def _fold_line(fold_m: Floats, recipe: BlazerRecipe) -> tuple[Floats, Floats]:
    """(the closed line [C, 3] along which collar and lapels fold, azimuths [C] of the hem below it)."""
    half = recipe.columns // 2
    gorge = _gorge(fold_m, recipe)
    beside = round(0.5 * half)
    left = np.concatenate([_part(fold_m, 0, gorge, beside), _part(fold_m, gorge, FINE - 1, half - beside + 2)[1:]])
    leave = np.pi - 0.9 * recipe.leave_rad
    azimuth = np.r_[np.linspace(0, leave, beside), np.linspace(leave, np.pi, half - beside + 2)[1:]]
    # Both fronts meet at the button: the last column is in the middle.
    left[-1, 0] = 0.0
    line = np.concatenate([left, left[-2:0:-1] * [-1, 1, 1]])
    return line, np.r_[azimuth, 2 * np.pi - azimuth[-2:0:-1]]


def _gorge(fold_m: Floats, recipe: BlazerRecipe) -> int:
    """Index of the fold's point where collar and lapel meet."""
    away = np.abs(fold_m[:, 1] - recipe.gorge_m[1]) + (fold_m[:, 2] < 0)
    return int(np.argmin(away))


FINE = 241
"""Points of a finely drawn curve."""

SHARES = np.array([0, 0.03, 0.07, 0.13, 0.22, 0.34, 0.48, 0.62, 0.76, 0.88, 0.96, 1.0])
"""Rows of a flap from the fold to the edge."""


def _heights(recipe: BlazerRecipe) -> Floats:
    """Height of a flap's rows: it rises at the roll, lies down, and ends a cloth's thickness above the sheet."""
    low = recipe.lift_m + recipe.thickness_m + 0.0006
    rise = np.interp(SHARES, [0, 0.03, 0.07, 0.22, 0.48, 1.0], [-0.6, 0.45, 0.85, 1.0, 0.55, 0.06])
    return np.asarray(low + recipe.roll_m * rise)


def _lapels(body: Body, fold_m: Floats, recipe: BlazerRecipe) -> list[Floats]:
    rows = 24
    share = np.linspace(0, 1, rows)[:, None]
    inner = _part(fold_m, FINE - 1, _gorge(fold_m, recipe), rows)
    bottom, tip = np.array(recipe.button_m), np.array(recipe.lapel_tip_m)
    outer = bottom * (1 - share) + tip * share
    across = np.array([tip[1] - bottom[1], bottom[0] - tip[0]])
    outer = outer + recipe.belly_m * np.sin(np.pi * share**1.15) * across / np.linalg.norm(across)
    fade = np.clip(share / 0.12, 0, 1)
    height = _heights(recipe)[None] * fade + (recipe.lift_m + 0.002) * (1 - fade)
    grid = between(body, inner, front_points(body, outer), SHARES, height, taut=True)
    # Columns must run leftwards as seen: on the left side from the top down, on the right from the bottom up.
    return [grid[::-1], grid * [-1, 1, 1]]


def _collar(body: Body, fold_m: Floats, recipe: BlazerRecipe) -> Floats:
    """The collar from the gorge of the right side round the back to that of the left one."""
    gorge = _gorge(fold_m, recipe)
    count = 28
    # The collar laps over the lapel's upper end.
    inner = _part(fold_m, 0, gorge + 3, count)
    notch, tip = (front_points(body, np.array([place])) for place in (recipe.notch_m, recipe.collar_tip_m))
    notch = notch - [0, 0.003, 0]
    neck = _part(fold_m, 0, 0.72 * gorge, 6)
    turn = np.linspace(0, np.pi - recipe.leave_rad, 6)
    # The outer edge: below the fold by the collar's depth, then a straight line to the tip, and back to the notch.
    outward = lay_columns(body, neck, turn).at(np.full((len(neck), 1), recipe.collar_m))[:, 0]
    outer = smooth_curve(np.concatenate([outward[:5], tip]), count - 4)
    outer = np.concatenate([outer, tip + (notch - tip) * np.linspace(0, 1, 5)[1:, None]])
    heights = np.broadcast_to(_heights(recipe) + 0.0008, (count, len(SHARES)))
    lies, hangs = (between(body, inner, outer, SHARES, heights, taut=taut) for taut in (False, True))
    front = np.clip((np.arange(count) / count - 0.5) / 0.3, 0, 1)[:, None, None]
    grid = lies + (hangs - lies) * front
    left = grid[1:] * [-1, 1, 1]
    return np.concatenate([left[::-1], grid])
