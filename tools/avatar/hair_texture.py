"""The strand atlas: every hair of the avatar is drawn here, by noise stretched along the strands.

Image rows run from the root (top, v = 1) to the tip (bottom, v = 0), columns across strands; the columns of each
kind of surface are those of `hair_mesh.ATLAS_COLUMNS`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from avatar.hair_mesh import ATLAS_COLUMNS, CLUMP_VARIANTS, WISP_VARIANTS
from avatar.images import to_srgb

__all__ = ["HairColour", "StrandAtlas", "colour_strands", "draw_strands"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class StrandAtlas:
    """Brightness and opacity of strands."""

    brightness: Floats
    """[H, W] 0..1, 0.5 on average."""

    opacity: Floats
    """[H, W] 0..1."""


@dataclass(frozen=True)
class HairColour:
    """Colour of the hair (linear RGB)."""

    middle: tuple[float, float, float] = (0.040, 0.0215, 0.0135)
    """Albedo of a strand of middling brightness."""
    contrast: float = 0.85
    """How far bright and dark strands lie apart: exponent on their brightness."""
    specular: tuple[float, float] = (0.35, 0.75)
    """Strength of the white and of the coloured highlight."""


def colour_strands(atlas: StrandAtlas, colour: HairColour) -> Floats:
    """sRGB colour [H, W, 3] of the strand atlas: light strands are also warmer."""
    relative = np.maximum(atlas.brightness / 0.5, 0.1)[..., None] ** np.array([1.0, 1.06, 1.12])
    return to_srgb((np.array(colour.middle) * relative**colour.contrast).astype(np.float32))


def draw_strands(seed: int, height: int = 512, width: int = 1024) -> StrandAtlas:
    """The strand atlas of one avatar [height, width]."""
    generator = np.random.default_rng(seed)
    brightness = _strand_noise(generator, height, width)
    opacity = np.ones((height, width), np.float32)
    for kind, variants in (("clump", CLUMP_VARIANTS), ("wisp", WISP_VARIANTS)):
        first, last = (round(edge * width) for edge in ATLAS_COLUMNS[kind])
        edges = np.linspace(first, last, variants + 1).round().astype(int)
        for start, stop in itertools.pairwise(edges):
            draw = _clump_opacity if kind == "clump" else _wisp_opacity
            opacity[:, start:stop] = draw(generator, height, stop - start)
    first, last = (round(edge * width) for edge in ATLAS_COLUMNS["core"])
    opacity[:, first:last] = _core_opacity(generator, height, last - first)
    return StrandAtlas(brightness, opacity)


def _strand_noise(generator: np.random.Generator, height: int, width: int) -> Floats:
    """Fine hairs, locks and slow shading, all long along the strand."""
    total = np.zeros((height, width), np.float32)
    for across, along, share in ((0.45, 60, 0.55), (1.1, 110, 0.42), (3.5, 140, 0.30), (12.0, 160, 0.22)):
        noise = generator.standard_normal((height, width)).astype(np.float32)
        noise = gaussian_filter(noise, (along, across), mode=("nearest", "wrap"))
        total += share * noise / noise.std()
    return np.clip(0.5 + 0.17 * total, 0.04, 1).astype(np.float32)


def _reach(generator: np.random.Generator, width: int, mean: float, spread: float) -> Floats:
    """Where each of `width` strands begins or ends, as a share of the card's length."""
    fine = generator.standard_normal(width)
    coarse = gaussian_filter1d(generator.standard_normal(width), 2.5)
    mixed = 0.6 * fine + 0.8 * coarse / max(coarse.std(), 1e-6)
    return np.asarray(mean + spread * mixed, np.float32)


def _fade(height: int, begin: Floats, end: Floats, softness: float) -> Floats:
    """Opacity [height, W] of strands that live between `begin` and `end` (shares from the root)."""
    along = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    rise = np.clip((along - begin[None]) / softness, 0, 1)
    fall = np.clip((end[None] - along) / softness, 0, 1)
    return np.asarray(rise * fall, np.float32)


def _core_opacity(generator: np.random.Generator, height: int, width: int) -> Floats:
    begin = np.clip(_reach(generator, width, 0.030, 0.018), 0.0, 0.09)
    return _fade(height, begin, np.full(width, 9.0, np.float32), 0.03)


def _clump_opacity(generator: np.random.Generator, height: int, width: int) -> Floats:
    across = np.linspace(-1, 1, width, dtype=np.float32)
    along = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    body = np.clip((1 - np.abs(across)[None] - 0.04 - 0.25 * along**2) * 1.8, 0, 1)
    strand = gaussian_filter(generator.standard_normal((height, width)), (90, 0.6)).astype(np.float32)
    strand = np.clip(0.75 + 0.5 * strand / strand.std(), 0.15, 1)
    begin = np.clip(_reach(generator, width, 0.08, 0.05), 0.01, 0.3)
    end = np.clip(_reach(generator, width, 0.85, 0.08), 0.5, 0.99)
    return np.asarray(body * strand * _fade(height, begin, end, 0.10), np.float32)


def _wisp_opacity(generator: np.random.Generator, height: int, width: int) -> Floats:
    across = np.linspace(-1, 1, width, dtype=np.float32)
    body = np.clip((1 - np.abs(across)) * 4, 0, 1)[None]
    strand = gaussian_filter(generator.standard_normal((height, width)), (60, 0.55)).astype(np.float32)
    strand = np.clip(0.35 + 0.75 * strand / strand.std(), 0, 1)
    begin = np.clip(_reach(generator, width, 0.14, 0.07), 0.01, 0.4)
    end = np.clip(_reach(generator, width, 0.80, 0.12), 0.45, 0.99)
    return np.asarray(body * strand * _fade(height, begin, end, 0.22), np.float32)
