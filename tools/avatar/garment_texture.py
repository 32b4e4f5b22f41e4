"""The cloth of the top: a heathered jersey whose tile repeats, with the relief of its stitches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from avatar.images import to_srgb

__all__ = ["Cloth", "ClothRecipe", "weave_cloth"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ClothRecipe:
    """Colour and stitch of the cloth."""

    colour: tuple[float, float, float] = (0.046, 0.115, 0.135)
    """Linear albedo."""
    heather: float = 0.16
    """Standard deviation of the logarithm of the albedo between fibres."""
    stitches: int = 72
    """Columns of stitches in one tile."""
    seed: int = 31


@dataclass(frozen=True)
class Cloth:
    """One tile of cloth, which repeats in both directions."""

    albedo: Floats
    """[N, N, 3] sRGB."""
    height: Floats
    """[N, N] 0..1 relief of the stitches."""


def weave_cloth(recipe: ClothRecipe, size: int = 512) -> Cloth:
    """A tile of plain jersey [size, size]: columns of small Vs, each fibre a little lighter or darker."""
    generator = np.random.default_rng(recipe.seed)
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    column = u * recipe.stitches
    across = np.abs(column % 1 - 0.5) * 2
    row = v * recipe.stitches * 1.25 + 0.55 * across
    yarn = 0.5 + 0.5 * np.cos(2 * np.pi * row)
    height = yarn**0.7 * np.clip(1 - (across - 0.5) ** 2 * 2.2, 0, 1)
    fibres = np.zeros((size, size))
    for sigma, share in (((1.6, 0.6), 0.7), ((5, 5), 0.35), ((26, 26), 0.30)):
        noise = gaussian_filter(generator.standard_normal((size, size)), sigma, mode="wrap")
        fibres += share * noise / noise.std()
    shade = np.exp(recipe.heather * 0.6 * fibres) * (0.80 + 0.28 * height)
    tint = gaussian_filter(generator.standard_normal((size, size, 3)), (1.4, 0.7, 0), mode="wrap")
    tint = 1 + 0.035 * tint / tint.std()
    albedo = np.asarray(recipe.colour) * shade[..., None] * tint
    return Cloth(to_srgb(albedo.astype(np.float32)), height.astype(np.float32))
