"""Eyebrows drawn hair by hair along a line on the mean head, seen from the front."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, map_coordinates

__all__ = ["BrowRecipe", "BrowTexels", "draw_brows"]

Floats = NDArray[np.float64]

LEFT_MM, TOP_MM, WIDTH_MM, HEIGHT_MM = -72.0, 84.0, 144.0, 48.0
"""The sheet: where it begins and how large it is, on the mean head."""
PIXELS_PER_MM = 8
SUPERSAMPLED = 3


@dataclass(frozen=True)
class BrowRecipe:
    """Shape, thickness and hair of the brows; millimetres on the mean head."""

    line: tuple[tuple[float, float], ...] = ((10.5, 58.3), (18, 60.6), (28, 63.6), (38, 65.3), (47, 63.6), (58.5, 56.0))
    """The middle line from the inner end to the tail, on the person's left: (across, up)."""
    thickness: tuple[float, ...] = (6.4, 7.2, 6.6, 5.4, 3.8, 1.0)
    """Height of the brow at the points of the line."""
    hairs: int = 620
    """Hairs a side."""
    length: float = 7.0
    """Of the longest."""
    width: float = 0.11
    """Of a hair at its root."""
    wildness: float = 0.13
    """Standard deviation of the hairs' directions, radians."""
    rise: float = 1.15
    """Angle of the hairs at the inner end against the line, radians; towards the tail they lie down."""
    ground: float = 0.30
    """Opacity of the soft shade below the hairs."""
    light_share: float = 0.0
    """Share of the hairs that are grey or white."""
    soft_head: float = 7.0
    """How far the inner end fades in."""
    seed: int = 3


@dataclass(frozen=True)
class BrowTexels:
    """Brows at points of the skin [N]."""

    opacity: Floats
    """0..1."""
    light: Floats
    """0..1: share of light hairs in it."""


@dataclass(frozen=True)
class _Sheet:
    hair: Image.Image
    light: Image.Image


def draw_brows(points_m: Floats, recipe: BrowRecipe) -> BrowTexels:
    """The brows at points [N, 3] of the mean head, metres."""
    generator = np.random.default_rng(recipe.seed)
    scale = PIXELS_PER_MM * SUPERSAMPLED
    size = (int(WIDTH_MM * scale), int(HEIGHT_MM * scale))
    sheet = _Sheet(Image.new("L", size, 0), Image.new("L", size, 0))
    shade = np.zeros((int(HEIGHT_MM * PIXELS_PER_MM), int(WIDTH_MM * PIXELS_PER_MM)))
    for side in (1, -1):
        shade = np.maximum(shade, _shade(recipe, side))
        _draw_side(sheet, recipe, side, generator)
    small = (shade.shape[1], shade.shape[0])
    hair, light = (
        np.asarray(picture.resize(small, Image.Resampling.BOX), np.float64) / 255
        for picture in (sheet.hair, sheet.light)
    )
    opacity = 1 - (1 - np.maximum(hair, light)) * (1 - recipe.ground * shade)
    share = light / np.maximum(opacity, 1e-3)
    column = (points_m[:, 0] * 1000 - LEFT_MM) * PIXELS_PER_MM - 0.5
    row = (TOP_MM - points_m[:, 1] * 1000) * PIXELS_PER_MM - 0.5
    front = np.clip((points_m[:, 2] - 0.05) / 0.01, 0, 1)
    sampled = [map_coordinates(values, [row, column], order=1, cval=0.0) for values in (opacity, share)]
    return BrowTexels(sampled[0] * front, np.clip(sampled[1], 0, 1))


def _along(recipe: BrowRecipe, share: Floats) -> tuple[Floats, Floats, Floats]:
    """Places [N, 2], unit directions [N, 2] and thickness [N] at shares of the way from the inner end to the tail."""
    knots = np.array(recipe.line, np.float64)
    at = np.linspace(0, 1, len(knots))
    fine = np.linspace(0, 1, 200)
    # Corners of the line are rounded: brows bend, they do not break.
    smooth = [gaussian_filter(np.interp(fine, at, column), 11, mode="nearest") for column in knots.T]
    for column, rounded in zip(knots.T, smooth, strict=True):
        rounded += np.interp(fine, [0, 1], [column[0] - rounded[0], column[-1] - rounded[-1]])
    curve = np.stack(smooth, 1)
    direction = np.gradient(curve, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    thickness = gaussian_filter(np.interp(fine, at, recipe.thickness), 8, mode="nearest")
    result = [np.interp(share, fine, column) for column in (*curve.T, *direction.T, thickness)]
    return np.stack(result[:2], -1), np.stack(result[2:4], -1), result[4]


def _shade(recipe: BrowRecipe, side: int) -> Floats:
    """Soft opacity [h, w] of one brow's ground, 0..1."""
    rows, columns = int(HEIGHT_MM * PIXELS_PER_MM), int(WIDTH_MM * PIXELS_PER_MM)
    total = np.zeros((rows, columns))
    share = np.linspace(0.02, 0.98, 260)
    places, _, thickness = _along(recipe, share)
    length_mm = np.linalg.norm(np.diff(places, axis=0), axis=1).sum()
    fade = np.clip(share * length_mm / recipe.soft_head, 0, 1) * np.clip((1 - share) / 0.16, 0, 1)
    up, across = np.mgrid[0:rows, 0:columns]
    up, across = TOP_MM - (up + 0.5) / PIXELS_PER_MM, LEFT_MM + (across + 0.5) / PIXELS_PER_MM
    for (x, y), thick, strength in zip(places, thickness, fade, strict=True):
        reach = 0.36 * thick + 0.2
        near = np.exp(-0.5 * (((across - side * x) / 1.2) ** 2 + ((up - y) / reach) ** 2))
        total = np.maximum(total, near * strength)
    return np.asarray(gaussian_filter(total, 0.5 * PIXELS_PER_MM))


def _draw_side(sheet: _Sheet, recipe: BrowRecipe, side: int, generator: np.random.Generator) -> None:
    scale = PIXELS_PER_MM * SUPERSAMPLED
    share = generator.uniform(0.0, 0.97, recipe.hairs) ** 0.92
    # Roots keep off the edges; hairs reach over them.
    height = np.clip(generator.normal(0, 0.27, recipe.hairs), -0.55, 0.55)
    places, direction, thickness = _along(recipe, share)
    normal = np.stack([-direction[:, 1], direction[:, 0]], 1)
    places = places + normal * (height * thickness)[:, None] + generator.normal(0, 0.25, places.shape)
    lying = np.interp(share, [0, 0.12, 0.35, 0.65, 1], [recipe.rise, 0.62 * recipe.rise, 0.42, 0.16, 0.02])
    # Upper hairs lean down, lower ones up: they meet along the middle.
    angle = lying - 0.85 * height * np.clip(share * 5, 0, 1) + generator.normal(0, recipe.wildness, recipe.hairs)
    length = recipe.length * generator.uniform(0.55, 1.0, recipe.hairs)
    length *= np.interp(share, [0, 0.15, 0.6, 1], [0.62, 0.95, 0.95, 0.62])
    bend = generator.normal(-0.35, 0.18, recipe.hairs)
    span_mm = np.linalg.norm(np.diff(np.array(recipe.line), axis=0), axis=1).sum()
    strength = generator.uniform(0.55, 1.0, recipe.hairs)
    strength *= 0.45 + 0.55 * np.clip(share * span_mm / recipe.soft_head, 0, 1)
    light = generator.uniform(size=recipe.hairs) < recipe.light_share
    pens = {False: ImageDraw.Draw(sheet.hair), True: ImageDraw.Draw(sheet.light)}
    for hair in np.argsort(strength):
        steps = np.linspace(0, 1, 7)
        turn = angle[hair] + bend[hair] * steps
        step = length[hair] / 6 * (np.cos(turn)[:, None] * direction[hair] + np.sin(turn)[:, None] * normal[hair])
        path = places[hair] + np.concatenate([np.zeros((1, 2)), np.cumsum(step[:-1], 0)])
        pixels = np.stack([(side * path[:, 0] - LEFT_MM) * scale, (TOP_MM - path[:, 1]) * scale], 1)
        pen = pens[bool(light[hair])]
        for number, (start, stop) in enumerate(itertools.pairwise(pixels)):
            width = max(1, round(recipe.width * scale * (1 - 0.55 * number / 5)))
            tone = int(255 * strength[hair] * (1 - 0.30 * number / 5))
            pen.line([*start, *stop], fill=tone, width=width)
