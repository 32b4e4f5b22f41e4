"""Fine skin: mottling, freckles, pores and lip creases, made in space rather than in a texture.

Everything here is a function of the point on the neutral head (metres), so it runs on across the seams of any atlas
and belongs to no scan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

__all__ = ["SkinDetail", "SkinDetailRecipe", "make_skin_detail", "space_noise"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SkinDetailRecipe:
    """How much of what."""

    mottling: float = 0.024
    """Standard deviation of the logarithm of the albedo at 2-6 mm."""
    redness: float = 0.022
    """The same for red against green, at 5-15 mm: blood under the skin."""
    grain: float = 0.016
    """The same at 0.6-1.2 mm."""
    freckles: int = 260
    """Freckles on nose and cheeks."""
    freckle_depth: float = 0.20
    """How much of the light a strong freckle takes."""
    pore_spacing_m: float = 0.00105
    """Distance between pores on the cheeks."""
    pore_depth_m: float = 0.00003
    """Depth of a pore."""
    relief_m: float = 0.000022
    """Height of the skin's fine unevenness, standard deviation."""
    lip_crease_m: float = 0.00009
    """Depth of the creases of the lips."""
    seed: int = 21


@dataclass(frozen=True)
class SkinDetail:
    """Per point [N]."""

    colour: Floats
    """[N, 3] factor on the albedo."""
    height_m: Floats
    """[N] metres out of the skin."""
    cavity: Floats
    """[N] factor on the sheen, 1 = open skin."""


def space_noise(points_m: Floats, wavelength_m: tuple[float, float], seed: int, waves: int = 48) -> Floats:
    """Smooth noise [N] of standard deviation one at points [N, 3], with detail between two wavelengths (metres).

    A sum of plane waves in random directions: cheap, seamless, and it needs no grid.
    """
    generator = np.random.default_rng(seed)
    direction = generator.standard_normal((waves, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = np.exp(generator.uniform(np.log(wavelength_m[0]), np.log(wavelength_m[1]), waves))
    phase = generator.uniform(0, 2 * np.pi, waves)
    total = np.zeros(len(points_m), np.float32)
    points = points_m.astype(np.float32)
    for wave in range(waves):
        frequency = (direction[wave] * (2 * np.pi / length[wave])).astype(np.float32)
        total += np.cos(points @ frequency + np.float32(phase[wave]))
    return np.asarray(total / np.sqrt(waves / 2), np.float64)


def make_skin_detail(
    points_m: Floats, face_weight: Floats, lip_weight: Floats, cheek_weight: Floats, recipe: SkinDetailRecipe
) -> SkinDetail:
    """Detail at points [N, 3] of the neutral head.

    `face_weight` [N] is 1 on the face and 0 where nobody looks closely; `lip_weight` and `cheek_weight` [N] mark lips
    and cheeks.
    """
    generator = np.random.default_rng(recipe.seed)
    seeds = generator.integers(0, 2**31, 8)
    skin = 1 - lip_weight
    brightness = recipe.mottling * space_noise(points_m, (0.002, 0.007), seeds[0])
    brightness += recipe.grain * space_noise(points_m, (0.0006, 0.0014), seeds[1])
    red = recipe.redness * space_noise(points_m, (0.005, 0.016), seeds[2])
    colour = np.exp(
        np.stack([brightness * 0.8 + red * 0.35, brightness * 1.0 - red * 0.7, brightness * 1.15 - red * 0.5], 1)
        * (0.35 + 0.65 * skin)[:, None]
    )
    colour *= _freckles(points_m, face_weight * skin, cheek_weight, recipe, generator)
    pores = _pores(points_m, face_weight * skin, recipe, generator)
    relief = space_noise(points_m, (0.0008, 0.0022), seeds[3]) + 0.8 * space_noise(points_m, (0.002, 0.006), seeds[4])
    height = recipe.relief_m * relief * skin - recipe.pore_depth_m * pores
    creases = _lip_creases(points_m, lip_weight, seeds[5])
    height += recipe.lip_crease_m * creases * lip_weight
    colour *= (1 + 0.055 * creases * lip_weight)[:, None]
    colour *= 1 - 0.10 * pores[:, None] * np.array([0.6, 1.0, 1.0])
    cavity = np.clip(1 - 0.45 * pores + 0.06 * relief * skin, 0.3, 1)
    return SkinDetail(colour, height, cavity)


def _freckles(
    points_m: Floats,
    weight: Floats,
    cheek_weight: Floats,
    recipe: SkinDetailRecipe,
    generator: np.random.Generator,
) -> Floats:
    """[N, 3] factor: small brown spots, dense where the cheeks are."""
    chance = weight * (0.04 + cheek_weight)
    chosen = generator.choice(len(points_m), recipe.freckles, replace=False, p=chance / chance.sum())
    centres = points_m[chosen]
    radius = generator.uniform(0.0004, 0.0011, recipe.freckles)
    depth = recipe.freckle_depth * generator.uniform(0.15, 1.0, recipe.freckles) ** 2
    distance, index = cKDTree(centres).query(points_m, k=1, distance_upper_bound=0.003)
    near = np.isfinite(distance)
    shade = np.zeros(len(points_m))
    shade[near] = depth[index[near]] * np.exp(-0.5 * (distance[near] / radius[index[near]]) ** 2)
    return np.asarray(1 - shade[:, None] * np.array([0.55, 0.95, 1.15]))


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
