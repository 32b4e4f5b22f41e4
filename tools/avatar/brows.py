"""Eyebrows drawn hair by hair where several part brows agree that brow is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import map_coordinates

from avatar.images import blur
from avatar.sources import Parts

__all__ = ["BrowRecipe", "draw_brows"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class BrowRecipe:
    """Shape and thickness of the brows."""

    shares: dict[str, float] = field(default_factory=lambda: {"soft": 0.55, "natural": 0.2, "shaped": 0.25})
    """How much each part brow has to say about where hair grows."""

    raise_inner_share: float = 0.0085
    """How far the inner ends are moved up, as a share of the sheet: low inner ends look angry."""

    raise_outer_share: float = 0.004
    """The same for the outer ends."""

    hairs: int = 1000
    """Hairs per brow."""

    length_share: float = 0.015
    """Length of a hair as a share of the sheet."""

    seed: int = 3


def draw_brows(parts: Parts, recipe: BrowRecipe, size: int = 2048) -> Floats:
    """Opacity [size, size] of both brows in the ICT face chart."""
    generator = np.random.default_rng(recipe.seed)
    agreed = sum(share * parts.brow(name) for name, share in recipe.shares.items())
    density = blur(np.asarray(agreed, np.float32), size * 0.002)
    density = _evened(_raised(density, recipe))
    canvas = Image.new("L", (2 * size, 2 * size), 0)
    pen = ImageDraw.Draw(canvas)
    # Both sides are drawn alike in shape (mirrored density), with hairs of their own.
    density = np.maximum(0.5 * (density + density[:, ::-1]), 0)
    for side in (-1, 1):
        half = density.copy()
        half[:, : size // 2] *= side < 0
        half[:, size // 2 :] *= side > 0
        _draw_side(pen, half, side, recipe, generator)
    strokes = np.asarray(canvas.resize((size, size), Image.Resampling.BOX), np.float32) / 255
    ground = blur(density, size * 0.0025)
    ground = np.clip(ground / max(float(ground.max()), 1e-6), 0, 1)
    return np.asarray(1 - (1 - 0.95 * strokes) * (1 - 0.74 * ground**1.4), np.float32)


def _evened(density: Floats) -> Floats:
    """The density with tails as strong as the middle: part brows fade out too early; the inner ends stay soft."""
    size = density.shape[0]
    strongest = blur(density.max(0, keepdims=True).repeat(9, 0), size * 0.004)[4]
    away = np.abs((np.arange(size) + 0.5) / size - 0.5)
    soft_end = np.clip((away - 0.043) / 0.05, 0.25, 1)
    gain = np.where(strongest > 0.02, 1 / np.maximum(strongest, 0.02), 0) ** 0.75 * soft_end
    return np.asarray(density * gain[None, :], np.float32)


def _raised(density: Floats, recipe: BrowRecipe) -> Floats:
    """The density, moved up by an amount that changes from the inner to the outer end."""
    size = density.shape[0]
    away = np.abs((np.arange(size) + 0.5) / size - 0.5)
    shift = np.interp(away, [0.05, 0.24], [recipe.raise_inner_share, recipe.raise_outer_share]) * size
    rows = np.arange(size)[:, None] + shift[None, :]
    return np.asarray(
        map_coordinates(density, [rows, np.broadcast_to(np.arange(size), rows.shape)], order=1), np.float32
    )


def _draw_side(
    pen: ImageDraw.ImageDraw, density: Floats, side: int, recipe: BrowRecipe, generator: np.random.Generator
) -> None:
    size = density.shape[0]
    rows, columns = np.nonzero(density > 0.12 * density.max())
    weight = density[rows, columns] ** 1.7
    chosen = generator.choice(len(rows), recipe.hairs, p=weight / weight.sum())
    inner = columns.min() if side > 0 else columns.max()
    span = np.ptp(columns)
    for index in chosen:
        row, column = rows[index] + generator.uniform(-0.5, 0.5), columns[index] + generator.uniform(-0.5, 0.5)
        along = abs(column - inner) / span
        band = np.nonzero(density[:, columns[index]] > 0.12 * density.max())[0]
        height = (row - band.mean()) / max(np.ptp(band), 1)
        # Hairs rise at the inner end, lie down towards the tail; upper ones lean down, lower ones up.
        angle = np.interp(along, [0, 0.15, 0.5, 1], [1.15, 0.75, 0.28, -0.42]) + 0.9 * height * (along > 0.1)
        angle += generator.normal(0, 0.10)
        length = (
            recipe.length_share * size * generator.uniform(0.55, 1.0) * np.interp(along, [0, 0.2, 1], [0.7, 1, 0.75])
        )
        bend = generator.normal(-0.25, 0.12)
        points = []
        for share in np.linspace(0, 1, 6):
            turn = angle + bend * share
            points.append(
                (2 * (column + side * np.cos(turn) * length * share), 2 * (row - np.sin(turn) * length * share))
            )
        tone = int(255 * generator.uniform(0.60, 1.0) * np.interp(along, [0, 0.12, 1], [0.6, 1, 0.85]))
        for share, (start, stop) in enumerate(itertools.pairwise(points)):
            pen.line([start, stop], fill=tone, width=4 if share < 2 else 2)
