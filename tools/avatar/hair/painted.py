"""Hair that is painted into the skin: the scalp's tint under hair, and stubble."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.hair.build import fitted_scalp, skin_of
from avatar.hair.style import HairStyle, Point
from avatar.head_target import HeadTarget
from avatar.radial_shape import unit
from avatar.skin_detail import space_noise

__all__ = ["PaintedHair", "Stubble", "paint_hair"]

Floats = NDArray[np.float64]

TINT = 0.72
"""How much of the scalp's skin the roots hide where hair is thick."""
FADE_M = 0.020
"""Distance from the hairline over which the tint comes."""
BEFORE_M = 0.004
"""How far before the hairline it begins: bare skin in the shadow of the hair glows red."""

CHEEK_LINE = (
    (0.000, -0.013),
    (0.012, -0.014),
    (0.024, -0.027),
    (0.040, -0.033),
    (0.055, -0.022),
    (0.066, -0.002),
    (0.072, 0.014),
)
"""Upper border of the beard on the mean head: distance from the middle and height, metres."""
HAIR_SPACING_M, HAIR_LENGTH_M, HAIR_WIDTH_M = 0.0011, 0.0013, 0.00017
"""Hairs of a beard: distance, length and half width; a texel of the face is some 0.25 mm wide."""
LIP_M = -0.030
"""Height of the mouth's line on the mean head."""
NECK_LINE_M = -0.088
"""Its lower border in front."""


@dataclass(frozen=True)
class Stubble:
    """A beard of a few millimetres."""

    cover: float
    """Share of the skin that hairs hide in the thick of it."""
    colour: Point
    """Linear RGB."""
    shadow: float = 0.25
    """Share of the cover that is an even tone: roots under the skin."""


@dataclass(frozen=True)
class PaintedHair:
    """Hair on the texels of the skin."""

    scalp: Floats
    """[N] 0..1."""
    scalp_colour: Point
    stubble: Floats
    """[N] 0..1."""
    stubble_colour: Point


def paint_hair(
    style: HairStyle,
    stubble: Stubble | None,
    target: HeadTarget,
    person_m: Floats,
    points_m: Floats,
    own_m: Floats,
    ear: Floats,
) -> PaintedHair:
    """Painted hair at skin points [N, 3], on the mean head and (`own_m`) on the person; `ear` [N] is 1 on the ears."""
    scalp = fitted_scalp(style, target, person_m, skin_of(target, person_m))
    near = (np.linalg.norm(own_m - scalp.centre_m, axis=1) < 0.17) & (ear < 0.5)
    share = np.zeros(len(own_m))
    inside = np.clip((scalp.distance(own_m[near]) + BEFORE_M) / FADE_M, 0, 1)
    share[near] = TINT * inside * inside * (3 - 2 * inside) * scalp.density(own_m[near])
    none = np.zeros(len(own_m))
    if stubble is None:
        return PaintedHair(share, style.colour.root, none, (0.0, 0.0, 0.0))
    return PaintedHair(share, style.colour.root, grow_stubble(points_m, stubble, style.seed), stubble.colour)


def grow_stubble(points_m: Floats, stubble: Stubble, seed: int) -> Floats:
    """[N] 0..1 how much of the skin a beard hides at points [N, 3] of the mean head."""
    x, y, z = np.abs(points_m[:, 0]), points_m[:, 1], points_m[:, 2]
    line = np.array(CHEEK_LINE)
    patches = space_noise(points_m, (0.006, 0.012), seed)
    top = np.interp(x, line[:, 0], line[:, 1]) + 0.0015 * patches
    below_cheek = np.clip((top - y) / 0.010, 0, 1)
    above_neck = np.clip((y - NECK_LINE_M + 0.35 * np.maximum(0.08 - z, 0) - 0.002 * patches) / 0.016, 0, 1)
    in_front = np.clip((z - 0.022) / 0.018, 0, 1)
    # Thin between lip and chin's sides, thick on chin and upper lip.
    thick = 0.75 + 0.25 * np.exp(-((x / 0.02) ** 2))
    region = below_cheek * above_neck * in_front * thick * np.clip(1 + 0.15 * patches, 0.6, 1.2)
    # The upper lip's hairs are finer.
    region = region * np.where((y > LIP_M) & (x < 0.032), 0.6, 1.0)
    hairs = _single_hairs(points_m, region, seed + 1)
    return np.asarray(np.clip(stubble.cover * (stubble.shadow * region + (1 - stubble.shadow) * 1.6 * hairs), 0, 0.9))


def _single_hairs(points_m: Floats, region: Floats, seed: int) -> Floats:
    """[N] 0..1 how much of a texel at points [N, 3] single short hairs hide, as dense as `region` [N] says."""
    generator = np.random.default_rng(seed)
    shares = np.zeros(len(points_m))
    inside = np.flatnonzero(region > 0.01)
    if len(inside) == 0:
        return shares
    # One root in each small cube of space that the skin runs through.
    mixed = inside[generator.permutation(len(inside))]
    cubes = np.floor(points_m[mixed] / HAIR_SPACING_M).astype(np.int64) + 1024
    _, first = np.unique(cubes @ np.array([1 << 24, 1 << 12, 1]), return_index=True)
    roots = mixed[first]
    roots = roots[generator.random(len(roots)) < region[roots] ** 0.8]
    if len(roots) == 0:
        return shares
    start = points_m[roots]
    way = np.c_[0.3 * np.sign(start[:, 0]), np.full(len(roots), -1.0), np.zeros(len(roots))]
    way = unit(way + generator.normal(0, 0.35, way.shape))
    length = HAIR_LENGTH_M * generator.uniform(0.5, 1.3, len(roots))
    strength = generator.uniform(0.45, 1.0, len(roots))
    _, nearest = cKDTree(start + 0.5 * length[:, None] * way).query(points_m[inside], k=min(5, len(roots)))
    nearest = nearest.reshape(len(inside), -1)
    offset = points_m[inside][:, None] - start[nearest]
    along = np.clip((offset * way[nearest]).sum(-1), 0, length[nearest])
    away = np.linalg.norm(offset - along[..., None] * way[nearest], axis=-1)
    shares[inside] = (strength[nearest] * np.exp(-((away / HAIR_WIDTH_M) ** 2))).max(1)
    return shares
