"""Cloth as a tile that repeats: its colour fibre by fibre and the relief of its threads, at their true size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from avatar.images import to_srgb

__all__ = ["Cloth", "ClothRecipe", "make_cloth"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ClothRecipe:
    """Colour and make of a cloth."""

    make: str = "jersey"
    """`jersey` (plain knit), `rib` (knit, one up one down), `twill` (suiting), `plain` (shirts), `linen`
    (slubbed threads)."""
    colour: tuple[float, float, float] = (0.046, 0.115, 0.135)
    """Linear albedo."""
    heather: float = 0.10
    """Standard deviation of the logarithm of the albedo between fibres."""
    melange: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Linear albedo that light fibres are mixed towards; black for none."""
    thread_m: float = 0.0021
    """Width of a wale, a rib or a thread."""
    relief_m: float = 0.00030
    """Height of the threads."""
    fuzz: float = 0.25
    """Soft sheen at grazing angles."""
    seed: int = 31


@dataclass(frozen=True)
class Cloth:
    """One tile of cloth, which repeats in both directions."""

    albedo: Floats
    """[N, N, 3] sRGB."""
    height: Floats
    """[N, N] 0..1 relief of the threads."""
    width_m: float
    """Side of the tile."""
    relief_m: float
    """Height from 0 to 1."""
    fuzz: float


def make_cloth(recipe: ClothRecipe, size: int = 512) -> Cloth:
    """A tile [size, size] of the cloth; how many threads it shows follows from the size: about twelve texels each."""
    threads = round(size / 12) // 4 * 4
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    draw = {"jersey": _jersey, "rib": _rib, "twill": _twill, "plain": _plain, "linen": _linen}[recipe.make]
    height, depth = draw(u, v, threads)
    generator = np.random.default_rng(recipe.seed)
    fibres = np.zeros((size, size))
    for sigma, share in (((1.3, 0.6), 0.75), ((3.5, 3.0), 0.45), ((22, 22), 0.22)):
        noise = gaussian_filter(generator.standard_normal((size, size)), sigma, mode="wrap")
        fibres += share * noise / noise.std()
    shade = np.exp(recipe.heather * fibres) * (1 - depth * (1 - height))
    tint = gaussian_filter(generator.standard_normal((size, size, 3)), (1.2, 0.7, 0), mode="wrap")
    albedo = np.asarray(recipe.colour) * shade[..., None] * (1 + 0.03 * tint / tint.std())
    if any(recipe.melange):
        light = gaussian_filter(generator.standard_normal((size, size)), (1.6, 0.9), mode="wrap")
        share = np.clip(light / light.std() - 0.6, 0, 1.2)[..., None] * 0.5
        albedo = albedo * (1 - share) + share * np.asarray(recipe.melange)
    return Cloth(
        to_srgb(albedo.astype(np.float32)),
        height.astype(np.float32),
        threads * recipe.thread_m,
        recipe.relief_m,
        recipe.fuzz,
    )


def _legs(across: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of the two slanted legs of knit stitches; `across` 0..1 in a wale, `row` counts courses."""
    side = np.abs(across - 0.5)
    leg = np.clip(1 - ((side - 0.25) / 0.27) ** 2, 0, 1) ** 0.5
    phase = row + 1.1 * (side - 0.25)
    return leg * (0.45 + 0.55 * (0.5 + 0.5 * np.cos(2 * np.pi * phase)) ** 0.7)


def _jersey(u: NDArray[np.float64], v: NDArray[np.float64], wales: int) -> tuple[NDArray[np.float64], float]:
    return _legs(u * wales % 1, v * wales * 1.25), 0.62


def _rib(u: NDArray[np.float64], v: NDArray[np.float64], wales: int) -> tuple[NDArray[np.float64], float]:
    across = u * (wales / 2) % 1
    raised = np.clip(1 - ((across - 0.5) / 0.42) ** 2, 0, 1) ** 0.6
    stitch = _legs(np.clip((across - 0.5) / 0.72 + 0.5, 0, 1), v * wales)
    return raised * (0.72 + 0.28 * stitch), 0.50


def _twill(u: NDArray[np.float64], v: NDArray[np.float64], threads: int) -> tuple[NDArray[np.float64], float]:
    diagonal = 0.5 + 0.5 * np.cos(2 * np.pi * (u * threads / 2 + v * threads / 2))
    thread = 0.5 + 0.5 * np.cos(2 * np.pi * (v * threads))
    return 0.75 * diagonal + 0.25 * thread, 0.22


def _plain(u: NDArray[np.float64], v: NDArray[np.float64], threads: int) -> tuple[NDArray[np.float64], float]:
    warp, weft = np.cos(np.pi * u * threads), np.cos(np.pi * v * threads)
    return 0.5 + 0.25 * (warp**2 - weft**2) * np.sign(warp * weft), 0.10


def _linen(u: NDArray[np.float64], v: NDArray[np.float64], threads: int) -> tuple[NDArray[np.float64], float]:
    """Threads that are thick and thin along their way, and no two alike: what makes a plain weave look woven."""
    generator = np.random.default_rng(7)
    size = len(u)
    strength = []
    for along in ((0.35, 0.045), (0.045, 0.35)):
        noise = gaussian_filter(generator.standard_normal((size, size)), np.array(along) * 12 * 4, mode="wrap")
        noise += 0.6 * gaussian_filter(generator.standard_normal((size, size)), np.array(along) * 12 * 1.6, mode="wrap")
        strength.append(np.clip(noise / noise.std(), -2.2, 2.2))
    warp, weft = np.cos(np.pi * u * threads) ** 2, np.cos(np.pi * v * threads) ** 2
    over = np.cos(np.pi * u * threads) * np.cos(np.pi * v * threads) > 0
    weave = np.where(over, warp * (1 + 0.30 * strength[0]), weft * (1 + 0.30 * strength[1]))
    return np.clip(0.12 + 0.50 * weave + 0.075 * (strength[0] + strength[1]), 0, 1), 0.45
