"""Teeth, gums, tongue and the mouth's lining, coloured from nothing but where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.skin_bake import SkinTexels
from avatar.skin_detail import space_noise

__all__ = ["MouthRecipe", "paint_gums", "paint_teeth", "paint_tongue"]

Floats = NDArray[np.float64]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class MouthRecipe:
    """Linear albedos."""

    tooth: Colour = (0.84, 0.775, 0.66)
    tooth_at_gum: Colour = (0.79, 0.67, 0.51)
    gum: Colour = (0.52, 0.205, 0.19)
    tongue: Colour = (0.50, 0.19, 0.185)
    lining: Colour = (0.40, 0.11, 0.10)
    """The inside of lips and cheeks and the throat."""
    gum_reach_m: float = 0.0045
    """How far from the gum a tooth is tinted."""
    seed: int = 41


def paint_teeth(points_m: Floats, gum_points_m: Floats, recipe: MouthRecipe) -> SkinTexels:
    """Teeth at points [N, 3]: yellower towards the gums [M, 3], a little uneven, smooth and wet."""
    gap, _ = cKDTree(gum_points_m).query(points_m)
    near = np.clip(1 - gap / recipe.gum_reach_m, 0, 1)[:, None]
    albedo = np.array(recipe.tooth) * (1 - near) + np.array(recipe.tooth_at_gum) * near
    albedo = albedo * np.exp(0.02 * space_noise(points_m, (0.002, 0.008), recipe.seed))[:, None]
    return _wet(albedo, np.zeros(len(points_m)))


def paint_gums(points_m: Floats, recipe: MouthRecipe, colour: Colour) -> SkinTexels:
    """Gums or lining at points [N, 3]: mottled, slightly stippled."""
    mottled = space_noise(points_m, (0.0015, 0.006), recipe.seed + 1)
    albedo = np.array(colour) * np.exp(0.07 * mottled[:, None] * np.array([0.6, 1.2, 1.1]))
    return _wet(albedo, 0.00002 * space_noise(points_m, (0.0008, 0.002), recipe.seed + 2))


def paint_tongue(points_m: Floats, recipe: MouthRecipe) -> SkinTexels:
    """The tongue at points [N, 3]: a pale, rough back with a furrow along its middle, a redder rim."""
    middle = np.exp(-0.5 * (points_m[:, 0] / 0.0022) ** 2)
    papillae = space_noise(points_m, (0.0007, 0.0016), recipe.seed + 3)
    patches = space_noise(points_m, (0.003, 0.010), recipe.seed + 4)
    light = np.exp(0.05 * papillae + 0.05 * patches - 0.12 * middle)
    pale = np.clip(1 - np.abs(points_m[:, 0]) / 0.016, 0, 1)[:, None]
    albedo = np.array(recipe.tongue) * light[:, None] * (1 + pale * np.array([0.05, 0.16, 0.16]))
    return _wet(albedo, 0.00005 * papillae - 0.00025 * middle)


def _wet(albedo: Floats, height_m: Floats) -> SkinTexels:
    count = len(albedo)
    return SkinTexels(np.clip(albedo, 0.002, 0.95), height_m, np.ones(count), np.ones(count))
