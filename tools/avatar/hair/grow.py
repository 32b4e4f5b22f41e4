"""Strands: curves that leave the skin, follow the comb and keep their height over the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from avatar.hair.scalp import Scalp, Skin
from avatar.hair.style import HairStyle
from avatar.radial_shape import unit

__all__ = ["SHEET", "Comb", "Strands", "grow_strands", "make_comb"]

Floats = NDArray[np.float64]

STEPS = 40
"""Points of a strand while it grows."""
SHEET = 0.6
"""Share of the fullness at which layered hair is combed."""
SHEET_REACH_M, SHEET_NEIGHBOURS = 0.012, 48
"""Over which distance, and how many points of its strands, the sheet is evened out."""
LYING_M, SHOULDER_M = 0.003, -0.11
"""Hair lower than this over the cloth, and below this height, lies on a shoulder."""


@dataclass(frozen=True)
class Comb:
    """The guides of a style on a person, blended between."""

    points_m: Floats
    """[G, 3]."""
    directions: Floats
    """[G, 3] unit."""
    values: Floats
    """[G, 3] length, lift, cling."""
    side: Floats
    """[G] 1 left of the parting, -1 right, 0 both."""
    reach_m: float

    def at(self, points_m: Floats, side: Floats) -> tuple[Floats, Floats]:
        """(directions [N, 3], values [N, 3]: length, lift, cling) at points [N, 3] of hair of that side [N]."""
        square = ((points_m[:, None] - self.points_m[None]) ** 2).sum(-1)
        near = square.min(1, keepdims=True)
        # Beyond the reach of all guides the nearest ones still decide.
        scale = np.maximum(self.reach_m**2, 0.35 * near)
        weight = np.exp(-(square - near) / (2 * scale))
        weight *= (self.side[None] == 0) | (side[:, None] == 0) | (self.side[None] == side[:, None])
        weight += 1e-12
        weight /= weight.sum(1, keepdims=True)
        return unit(weight @ self.directions), weight @ self.values


@dataclass(frozen=True)
class Strands:
    """Centre lines of strands, root to tip."""

    points_m: Floats
    """[N, S, 3] metres."""
    outward: Floats
    """[N, S, 3] unit directions away from the body."""
    depth: Floats
    """[N] 0 next to the skin .. 1 outermost."""
    root_m: Floats
    """[N, 3]."""


def make_comb(style: HairStyle, moved: Floats) -> Comb:
    """The comb of a style whose guide points stand at `moved` [G, 3] on the person."""
    directions = unit(np.array([guide.direction for guide in style.guides], np.float64))
    values = np.array([(guide.length_m, guide.lift_m, guide.cling) for guide in style.guides])
    side = np.array([float(guide.side) for guide in style.guides])
    return Comb(moved, directions, values, side, style.reach_m)


def grow_strands(
    style: HairStyle,
    comb: Comb,
    scalp: Scalp,
    skin: Skin,
    roots_m: Floats,
    depth: Floats,
    length_share: Floats,
    stray: float,
    generator: np.random.Generator,
    sheet: Strands | None = None,
) -> Strands:
    """Strands from roots [N, 3] that lie at `depth` [N] of the hair's fullness.

    Those of a layered style are set apart from `sheet`, which is grown without one.
    """
    count = len(roots_m)
    own_depth = depth
    if sheet is not None:
        # All follow one sheet, and are set apart from it when their ways are known.
        depth = np.full(count, SHEET)
    side = scalp.side(roots_m)
    height, normal = skin.surface.height(roots_m)
    direction, values = comb.at(roots_m, side)
    length = values[:, 0] * length_share
    step = (length / (STEPS - 1))[:, None]
    lean = generator.normal(0, 1, (count, 3)) * stray
    heading = unit(_along(direction, normal) * (1 - style.rise) + normal * style.rise * (0.4 + 0.6 * depth[:, None]))
    place = roots_m + normal * 0.0003
    points = np.empty((count, STEPS, 3))
    away = np.empty((count, STEPS, 3))
    for number in range(STEPS):
        points[:, number], away[:, number] = place, normal
        travel = number / (STEPS - 1)
        direction, values = comb.at(place, side)
        wanted = values[:, 1] * (0.12 + 0.88 * depth)
        cling = values[:, 2:3]
        tangent = _along(direction, normal)
        wish = unit(tangent * cling + direction * (1 - cling) + 0.6 * lean)
        # Up to its height soon, back to it where the head curves away under it.
        error = np.clip((wanted - height)[:, None] / 0.010, -0.8, 0.8)
        climb = np.where(error > 0, error * np.clip(travel * 6 + 0.35, 0, 1), error * cling)
        heading = unit(heading * style.stiffness + (wish + normal * climb) * (1 - style.stiffness))
        # What comes to lie on a shoulder stays there instead of sliding off it.
        resting = (height < LYING_M) & (place[:, 1] < SHOULDER_M)
        place = place + heading * step * np.where(resting, 0.25, 1.0)[:, None]
        height, normal = skin.surface.height(place)
        least = style.least_height_m * (0.4 + depth) * min(1.0, 4 * travel + 0.15)
        place = place + normal * np.maximum(least - height, 0)[:, None]
        height = np.maximum(height, least)
    # What the comb and the skin's folds did to a strand is evened out along it; its root stays.
    smooth = gaussian_filter1d(points, style.smoothing, axis=1, mode="nearest")
    held = np.clip(np.arange(STEPS) / (2 * style.smoothing), 0, 1)[None, :, None]
    points = points * (1 - held) + smooth * held
    away = unit(gaussian_filter1d(away, 2 * style.smoothing, axis=1, mode="nearest"))
    if sheet is not None:
        points = _onto_sheet(points, sheet)
        points = points + _layer(comb, points, away, side, own_depth - SHEET)
        depth = own_depth
    strands = Strands(points, away, depth, roots_m)
    if style.locks:
        strands = _gather(strands, style, side, generator)
    return _off_skin(strands, style, skin)


def _onto_sheet(points_m: Floats, sheet: Strands) -> Floats:
    """Strands [N, S, 3] moved onto the middle of the strands of a sheet (moving least squares), roots apart."""
    known, away = sheet.points_m.reshape(-1, 3), sheet.outward.reshape(-1, 3)
    tree = cKDTree(known)
    held = np.clip(np.linspace(0, 1, points_m.shape[1]) / 0.12, 0, 1)[None, :, None]
    smooth = points_m
    for _ in range(2):
        flat = smooth.reshape(-1, 3)
        distance, near = tree.query(flat, k=SHEET_NEIGHBOURS)
        weight = np.exp(-((distance / np.maximum(SHEET_REACH_M, 0.6 * distance[:, -1:])) ** 2))
        weight /= weight.sum(1, keepdims=True)
        normal = unit((weight[..., None] * away[near]).sum(1))
        above = ((flat - (weight[..., None] * known[near]).sum(1)) * normal).sum(-1)
        smooth = smooth - (normal * above[:, None]).reshape(smooth.shape)
    return points_m + held * (smooth - points_m)


def _layer(comb: Comb, points_m: Floats, away: Floats, side: Floats, offset: Floats) -> Floats:
    """[N, S, 3] the way from a sheet of strands [N, S, 3] to layers `offset` [N] shares of the fullness over it."""
    count, steps = points_m.shape[:2]
    _, values = comb.at(points_m.reshape(-1, 3), np.repeat(side, steps))
    fullness = gaussian_filter1d(values[:, 1].reshape(count, steps), 3.0, axis=1, mode="nearest")
    grown = np.clip(np.linspace(0, 1, steps) / 0.15, 0, 1)
    return np.asarray(away * (fullness * grown * offset[:, None])[..., None])


def _along(direction: Floats, normal: Floats) -> Floats:
    """Directions without their part along the normal."""
    return unit(direction - (direction * normal).sum(-1, keepdims=True) * normal)


def _off_skin(strands: Strands, style: HairStyle, skin: Skin) -> Strands:
    """Strands whose bodies lie nowhere under the skin."""
    flat = strands.points_m.reshape(-1, 3)
    height, normal = skin.surface.height(flat)
    free = np.clip(np.linspace(0, 4, STEPS), 0, 1)[None] * style.least_height_m * (0.4 + strands.depth[:, None])
    push = (normal * np.maximum(free.ravel() - height, 0)[:, None]).reshape(strands.points_m.shape)
    # Neighbours along a strand give way together: pushed one by one they make a zigzag.
    eased = gaussian_filter1d(push, 1.2, axis=1, mode="nearest") * 1.4
    flat = (strands.points_m + np.where((push**2).sum(-1, keepdims=True) > 0, 0.5 * (push + eased), eased)).reshape(
        -1, 3
    )
    return Strands(flat.reshape(strands.points_m.shape), strands.outward, strands.depth, strands.root_m)


def _gather(strands: Strands, style: HairStyle, side: Floats, generator: np.random.Generator) -> Strands:
    """Strands drawn together into locks towards their tips, and the locks waved."""
    points, count = strands.points_m, len(strands.points_m)
    chosen = generator.choice(count, min(style.locks, count), replace=False)
    key = np.c_[strands.root_m, side * 0.2, strands.depth * 0.01]
    _, owner = cKDTree(key[chosen]).query(key)
    leader = chosen[owner]
    travel = np.linspace(0, 1, STEPS)
    pull = (style.gather * travel**1.4)[None, :, None]
    points = points + pull * (points[leader] - points)
    if style.wave_m:
        arc = np.cumsum(np.linalg.norm(np.diff(points, axis=1, prepend=points[:, :1]), axis=-1), axis=1)
        # Neighbours wave together, whichever crop of ribbons they belong to: else they would run through each other.
        around = np.arctan2(strands.root_m[:, 2], strands.root_m[:, 0])
        phase = (0.5 * style.wave_spread_rad * (np.sin(5 * around) + np.cos(3 * around)))[:, None]
        length = style.wave_length_m * (1 + 0.12 * np.sin(4 * around + 1))[:, None]
        height = style.wave_m * (1 + 0.25 * np.cos(7 * around))[:, None]
        grown = np.clip((arc - 0.09) / 0.10, 0, 1)
        heading = unit(np.gradient(points, axis=1))
        across = unit(np.cross(heading, strands.outward))
        turn = 2 * np.pi * arc / length + phase
        points = points + (height * grown * np.sin(turn))[..., None] * across
        points = points + (0.4 * height * grown * np.cos(turn))[..., None] * strands.outward
    return Strands(points, strands.outward, strands.depth, strands.root_m)
