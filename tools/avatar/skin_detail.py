"""Fine skin: mottling, vessels, freckles, spots, pores and creases of the lips, made in space.

Everything here is a function of the point on the neutral head (metres), so it runs on across the seams of any atlas
and belongs to no scan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.pigments import pigment_factor
from avatar.skin_noise import space_noise
from avatar.skin_regions import SkinRegions
from avatar.skin_zones import Zones

__all__ = ["SkinDetail", "SkinDetailRecipe", "make_skin_detail", "space_noise"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SkinDetailRecipe:
    """How much of what; pigment amounts as in `pigments`: 0.1 takes about a tenth of the green light."""

    mottled_melanin: float = 0.022
    """Standard deviation of the melanin at 2-7 mm."""
    mottled_blood: float = 0.034
    """The same for blood at 2-5 mm, and half of it at 5-16 mm."""
    grain: float = 0.016
    """Standard deviation of the logarithm of the albedo at 0.6-1.4 mm."""
    patches: float = 0.012
    """Uneven melanin at 8-24 mm: more of it in older skin."""
    vessels: float = 0.03
    """Blood in the fine threads on cheeks and nose."""
    freckles: int = 260
    """Freckles on nose and cheeks."""
    freckle_melanin: float = 0.22
    """Melanin of a strong freckle."""
    moles: int = 4
    """Moles on face and neck."""
    sun_spots: int = 0
    """Large pale-brown spots on forehead, temples and cheeks."""
    sun_spot_melanin: float = 0.22
    pore_spacing_m: float = 0.00105
    """Distance between pores on the cheeks."""
    pore_depth_m: float = 0.00003
    """Depth of a pore."""
    relief_m: float = 0.000022
    """Height of the skin's fine unevenness, standard deviation."""
    coarse_relief_m: float = 0.0
    """Height of its unevenness at 5-12 mm: skin that has lost its tension."""
    lip_crease_m: float = 0.00009
    """Depth of the creases of the lips."""
    sheen: float = 1.0
    """Scale of the sheen, 0..1."""
    seed: int = 21


@dataclass(frozen=True)
class SkinDetail:
    """Per point [N]."""

    colour: Floats
    """[N, 3] factor on the albedo."""
    height_m: Floats
    """[N] metres out of the skin."""
    sheen: Floats
    """[N] 0..1 of the full sheen."""


def make_skin_detail(points_m: Floats, regions: SkinRegions, zones: Zones, recipe: SkinDetailRecipe) -> SkinDetail:
    """Detail at points [N, 3] of the neutral head."""
    generator = np.random.default_rng(recipe.seed)
    seeds = generator.integers(0, 2**31, 12)
    skin = 1 - regions.lip
    open_skin = regions.face * skin
    melanin = recipe.mottled_melanin * space_noise(points_m, (0.002, 0.007), seeds[0])
    melanin += recipe.patches * space_noise(points_m, (0.008, 0.024), seeds[6])
    small, wide = space_noise(points_m, (0.002, 0.005), seeds[2]), space_noise(points_m, (0.005, 0.016), seeds[7])
    blood = recipe.mottled_blood * (small + 0.5 * wide) * (0.75 + 0.6 * np.clip(zones.cheek + zones.nose, 0, 1))
    blood += recipe.vessels * _vessels(points_m, seeds[8]) * np.clip(1.3 * zones.cheek + zones.nose, 0, 1) * skin
    melanin += recipe.freckle_melanin * _freckles(points_m, open_skin, zones.cheek, recipe, generator)
    melanin += 0.85 * _moles(points_m, open_skin, recipe, generator)
    melanin += recipe.sun_spot_melanin * _sun_spots(points_m, open_skin, zones, recipe, generator)
    grain = recipe.grain * space_noise(points_m, (0.0006, 0.0014), seeds[1])
    calm = 0.35 + 0.65 * skin
    colour = pigment_factor(melanin * calm, blood * calm) * np.exp(grain * calm)[:, None]

    pores = _pores(points_m, open_skin, recipe, generator)
    size = 0.55 + 1.1 * zones.nose + 0.45 * zones.cheek - 0.25 * zones.forehead
    relief = space_noise(points_m, (0.0008, 0.0022), seeds[3]) + 0.8 * space_noise(points_m, (0.002, 0.006), seeds[4])
    height = recipe.relief_m * relief * skin - recipe.pore_depth_m * pores * size
    if recipe.coarse_relief_m:
        height += recipe.coarse_relief_m * space_noise(points_m, (0.005, 0.012), seeds[9]) * skin * regions.face
    creases = _lip_creases(points_m, regions.lip, seeds[5])
    height += recipe.lip_crease_m * creases * regions.lip
    colour *= (1 + 0.055 * creases * regions.lip)[:, None]
    colour *= 1 - 0.10 * (pores * size)[:, None] * np.array([0.6, 1.0, 1.0])
    sheen = recipe.sheen * (1 - 0.45 * np.clip(pores * size, 0, 1)) + 0.05 * relief * skin
    return SkinDetail(colour, height, np.clip(np.where(regions.lip > 0.5, 1.0, sheen), 0.1, 1))


def _vessels(points_m: Floats, seed: int) -> Floats:
    """[N] 0..1: threads, where one smooth noise passes through nothing while another is high."""
    level = space_noise(points_m, (0.002, 0.008), seed, waves=32)
    fine = space_noise(points_m, (0.001, 0.003), seed + 1, waves=32)
    where = np.clip(space_noise(points_m, (0.006, 0.02), seed + 2, waves=32), 0, 1.5)
    return np.asarray(np.exp(-(((level + 0.25 * fine) / 0.12) ** 2)) * where)


def _freckles(
    points_m: Floats, weight: Floats, cheek_weight: Floats, recipe: SkinDetailRecipe, generator: np.random.Generator
) -> Floats:
    """[N] 0..1: small spots, dense where the cheeks are."""
    chance = weight * (0.04 + cheek_weight)
    centres = points_m[generator.choice(len(points_m), recipe.freckles, replace=False, p=chance / chance.sum())]
    radius = generator.uniform(0.0004, 0.0011, recipe.freckles)
    depth = generator.uniform(0.15, 1.0, recipe.freckles) ** 2
    return _spots(points_m, centres, radius, depth)


def _moles(points_m: Floats, weight: Floats, recipe: SkinDetailRecipe, generator: np.random.Generator) -> Floats:
    """[N] 0..1: a few, dark in the middle."""
    if not recipe.moles:
        return np.zeros(len(points_m))
    chance = weight * (np.abs(points_m[:, 0]) > 0.012)
    centres = points_m[generator.choice(len(points_m), recipe.moles, replace=False, p=chance / chance.sum())]
    radius = generator.uniform(0.0006, 0.0011, recipe.moles)
    return _spots(points_m, centres, radius, generator.uniform(0.5, 1.0, recipe.moles))


def _sun_spots(
    points_m: Floats, weight: Floats, zones: Zones, recipe: SkinDetailRecipe, generator: np.random.Generator
) -> Floats:
    """[N] 0..1: spots of several millimetres with ragged borders."""
    if not recipe.sun_spots:
        return np.zeros(len(points_m))
    side = np.clip((np.abs(points_m[:, 0]) - 0.02) / 0.03, 0, 1)
    chance = weight * (0.06 + side * (0.35 + zones.cheek + zones.forehead))
    centres = points_m[generator.choice(len(points_m), recipe.sun_spots, replace=False, p=chance / chance.sum())]
    radius = generator.uniform(0.0009, 0.0034, recipe.sun_spots) * generator.uniform(0.5, 1.0, recipe.sun_spots)
    depth = generator.uniform(0.2, 1.0, recipe.sun_spots)
    distance, index = cKDTree(centres).query(points_m, k=1, distance_upper_bound=0.006)
    near = np.flatnonzero(np.isfinite(distance))
    ragged = distance[near] / radius[index[near]] + 0.28 * space_noise(points_m[near], (0.001, 0.004), recipe.seed + 5)
    shade = np.zeros(len(points_m))
    shade[near] = depth[index[near]] * np.clip((1.25 - ragged) / 0.5, 0, 1)
    return shade


def _spots(points_m: Floats, centres: Floats, radius: Floats, depth: Floats) -> Floats:
    distance, index = cKDTree(centres).query(points_m, k=1, distance_upper_bound=0.0035)
    near = np.isfinite(distance)
    shade = np.zeros(len(points_m))
    shade[near] = depth[index[near]] * np.exp(-0.5 * (distance[near] / radius[index[near]]) ** 2)
    return shade


def _pores(points_m: Floats, weight: Floats, recipe: SkinDetailRecipe, generator: np.random.Generator) -> Floats:
    """[N] 0..1: how deep a point lies in a pore; pores keep about `pore_spacing_m` from each other."""
    cell = np.floor(points_m / recipe.pore_spacing_m + 0.37).astype(np.int64)
    chosen = np.nonzero(weight > 0.3)[0]
    _, first = np.unique(cell[chosen], axis=0, return_index=True)
    centres = points_m[chosen[first]] + generator.normal(0, 0.22 * recipe.pore_spacing_m, (len(first), 3))
    strength = generator.uniform(0.25, 1.0, len(first)) * generator.uniform(0.4, 1.0, len(first))
    radius = recipe.pore_spacing_m * generator.uniform(0.16, 0.26, len(first))
    distance, index = cKDTree(centres).query(points_m, k=1, distance_upper_bound=recipe.pore_spacing_m)
    near = np.isfinite(distance)
    depth = np.zeros(len(points_m))
    depth[near] = strength[index[near]] * np.exp(-0.5 * (distance[near] / radius[index[near]]) ** 2)
    return np.asarray(depth * weight)


def _lip_creases(points_m: Floats, lip_weight: Floats, seed: int) -> Floats:
    """[N] about -1..1: creases that run across the lips and fan out a little to the corners."""
    fanned = points_m.copy()
    mouth_height = np.average(points_m[:, 1], weights=lip_weight + 1e-9)
    fanned[:, 0] *= 1 - 6.0 * np.abs(points_m[:, 1] - mouth_height)
    fanned[:, 1:] *= 0.10
    wide = space_noise(fanned, (0.0011, 0.0024), seed)
    fine = space_noise(fanned, (0.0006, 0.0011), seed + 1)
    return np.asarray(np.clip(0.7 * wide + 0.5 * fine, -2, 2) / 2)
