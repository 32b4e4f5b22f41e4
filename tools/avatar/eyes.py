"""Iris, white and lashes, drawn from noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

from avatar.images import to_srgb

__all__ = ["IrisRecipe", "draw_iris", "draw_lashes", "draw_sclera"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class IrisRecipe:
    """Colours (linear RGB) from the pupil outwards."""

    inner: tuple[float, float, float] = (0.085, 0.040, 0.014)
    """The ring round the pupil."""
    outer: tuple[float, float, float] = (0.044, 0.024, 0.013)
    """The wide outer zone."""
    rim: tuple[float, float, float] = (0.010, 0.007, 0.006)
    """The dark ring at the border."""
    pupil_share: float = 0.34
    """Radius of the pupil as a share of the iris' radius."""
    seed: int = 8


def draw_iris(recipe: IrisRecipe, size: int = 256) -> Floats:
    """sRGB picture [size, size, 3] whose iris disc touches the border."""
    generator = np.random.default_rng(recipe.seed)
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    # Fibres: noise that is long along the radius, in a strip that closes on itself.
    turns, depth = 720, 96
    strip = np.zeros((depth, turns))
    for across, along, share in ((1.2, 22, 0.5), (3.5, 12, 0.45), (14, 8, 0.35)):
        noise = gaussian_filter(generator.standard_normal((depth, turns)), (along, across), mode=("nearest", "wrap"))
        strip += share * noise / noise.std()
    wavy = gaussian_filter1d(generator.standard_normal(turns), 9, mode="wrap")
    wavy *= 0.035 / wavy.std()
    column = (angle / (2 * np.pi) % 1) * turns
    fibre = map_coordinates(strip, [np.clip(radius, 0, 1) * (depth - 1), column], order=1, mode="grid-wrap")
    shift = 0.45 * map_coordinates(wavy, [column.ravel()], order=1, mode="grid-wrap").reshape(size, size)
    zone = np.clip((radius + shift - 0.50) / 0.16, 0, 1)[..., None]
    colour = np.array(recipe.inner) * (1 - zone) + np.array(recipe.outer) * zone
    colour = colour * np.exp(0.30 * fibre * (1 - 0.35 * zone[..., 0]))[..., None]
    crypts = np.clip(gaussian_filter(fibre, 2.0) - 0.9, 0, 1)[..., None]
    colour = colour * (1 - 0.45 * crypts)
    border = np.clip((radius - 0.83 - 0.4 * shift) / 0.15, 0, 1)[..., None] ** 1.4
    colour = colour * (1 - border) + np.array(recipe.rim) * border
    pupil = np.clip((recipe.pupil_share + 0.25 * shift - radius) / 0.045 + 0.5, 0, 1)[..., None]
    return to_srgb((colour * (1 - pupil) + 0.004 * pupil).astype(np.float32))


def draw_sclera(seed: int, size: int = 256) -> Floats:
    """sRGB picture [size, size, 3] of the white, seen from the front; its outline touches the border.

    The white is never even: it yellows towards the corners, and fine vessels run in from the sides.
    """
    generator = np.random.default_rng(seed)
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    radius = np.hypot(x, y)
    cloud = gaussian_filter(generator.standard_normal((size, size)), size * 0.04)
    cloud /= cloud.std()
    colour = np.array([0.64, 0.615, 0.60]) * (1 + 0.025 * cloud[..., None])
    side = np.clip((np.abs(x) - 0.30) / 0.55, 0, 1)[..., None] ** 1.2
    colour = colour * (1 - side * np.array([0.10, 0.24, 0.28]))
    vessels = np.zeros((size, size))
    for _ in range(70):
        sign = generator.choice([-1.0, 1.0])
        at = np.array([sign * generator.uniform(0.80, 0.99), generator.uniform(-0.55, 0.55)])
        heading = np.arctan2(-at[1] * 0.5, -at[0]) + generator.normal(0, 0.5)
        strength = generator.uniform(0.3, 1.0)
        for _ in range(int(generator.uniform(18, 60))):
            heading += generator.normal(0, 0.28)
            at = at + 0.012 * np.array([np.cos(heading), np.sin(heading)])
            column, row = ((at + 1) / 2 * size).astype(int)
            if 0 <= row < size and 0 <= column < size and np.hypot(*at) > 0.50:
                vessels[row, column] = max(vessels[row, column], strength)
            strength *= 0.975
    vessels = np.clip(gaussian_filter(vessels, 0.8) * 1.6, 0, 1)[..., None]
    colour = colour * (1 - vessels * np.array([0.14, 0.50, 0.46]))
    colour = colour * (1 - 0.18 * np.clip((radius[..., None] - 0.7) / 0.3, 0, 1))
    return to_srgb(colour.astype(np.float32))


def draw_lashes(seed: int, cells: int = 6, size: tuple[int, int] = (128, 1024), hairs: int = 30) -> Floats:
    """Opacity [H, W] of strips of lashes side by side: roots at the bottom (v = 0), tips at the top.

    Every lash is a curve that thins out; neighbours lean together in small groups, as real ones do.
    """
    generator = np.random.default_rng(seed)
    height, width = size
    fine = 4
    canvas = np.zeros((height * fine, width * fine), np.float32)
    cell = width * fine / cells
    along = np.linspace(0, 1, height * fine * 2)
    for strip in range(cells):
        lean = gaussian_filter1d(generator.normal(0, 1, hairs), 1.5) * 0.9
        for hair in range(hairs):
            root = (strip + 0.02 + 0.96 * (hair + generator.uniform(0.2, 0.8)) / hairs) * cell
            length = generator.uniform(0.60, 0.97)
            bend = (lean[hair] + generator.normal(0, 0.25)) * 0.055 * cell
            column = root + bend * along**2
            row = (1 - along * length) * height * fine
            thick = 2.1 * fine * 0.5 * np.clip(1 - along, 0.05, 1) ** 0.7
            _stamp(canvas, row, column, thick, strip * cell, (strip + 1) * cell)
    canvas = canvas.reshape(height, fine, width, fine).mean((1, 3))
    return np.clip(canvas, 0, 1)


def _stamp(canvas: Floats, row: Floats, column: Floats, half_width: Floats, left: float, right: float) -> None:
    """Marks everything within `half_width` columns of a curve that climbs the canvas."""
    reach = int(np.ceil(half_width.max()))
    rows = np.clip(row.astype(int), 0, canvas.shape[0] - 1)
    for offset in range(-reach, reach + 1):
        chosen = np.abs(offset) <= half_width
        columns = np.clip((column + offset)[chosen].astype(int), int(left) + 1, int(right) - 2)
        canvas[rows[chosen], columns] = 1
