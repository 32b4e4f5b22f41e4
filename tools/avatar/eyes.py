"""Iris, white and lashes, drawn from noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates

from avatar.images import to_srgb

__all__ = ["IrisRecipe", "LashRecipe", "ScleraRecipe", "draw_iris", "draw_lashes", "draw_sclera"]

Floats = NDArray[np.float32]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class IrisRecipe:
    """Colours (linear RGB) from the pupil outwards."""

    inner: Colour = (0.085, 0.040, 0.014)
    """The ring round the pupil, out to the collarette."""
    outer: Colour = (0.044, 0.024, 0.013)
    """The wide outer zone."""
    rim: Colour = (0.010, 0.007, 0.006)
    """The dark ring at the border."""
    pupil_share: float = 0.34
    """Radius of the pupil as a share of the iris' radius."""
    collarette_share: float = 0.52
    """Radius of the ragged border between the two zones."""
    fibres: float = 0.30
    """Contrast of the fibres: strong in light eyes, whose stroma holds no pigment that would hide them."""
    flecks: int = 0
    """Small brown spots."""
    seed: int = 8


@dataclass(frozen=True)
class ScleraRecipe:
    """The white of an eye."""

    white: Colour = (0.66, 0.635, 0.615)
    """Linear RGB beside the iris."""
    corner: Colour = (0.91, 0.78, 0.74)
    """Factor towards the corners: pink and yellow."""
    vessels: int = 60
    vessel_strength: float = 0.8
    pigment: float = 0.0
    """Brown patches near the iris, as deep skins have them, 0..1."""
    seed: int = 7


@dataclass(frozen=True)
class LashRecipe:
    """Lashes as single hairs."""

    hairs: int = 44
    """Per strip; three strips lie over each other on each lid."""
    length: float = 0.80
    """Of the longest as a share of the strip, which is about a centimetre long on the upper lid."""
    width_mm: float = 0.36
    """At the root."""
    clumping: float = 0.9
    """How much neighbours lean together, 0..1."""
    upper_curl_mm: float = 4.2
    """How far the tips of the upper lashes are bent up."""
    lower_curl_mm: float = 0.3
    """How far those of the lower ones are bent down."""
    root_shade: float = 0.8
    """Opacity of the dark line where they grow out of the lid."""
    colour: Colour = (0.012, 0.009, 0.008)
    """Linear RGB."""
    lower_gain: float = 0.22
    """Opacity of the lower lashes against the upper ones'."""
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
    ragged = sum(
        share * _unit(gaussian_filter1d(generator.standard_normal(turns), width, mode="wrap"))
        for width, share in ((9, 0.7), (3, 0.5))
    )
    column = (angle / (2 * np.pi) % 1) * turns

    def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(
            map_coordinates(values, [column.ravel()], order=1, mode="grid-wrap").reshape(size, size), np.float64
        )

    # Fibres bend a little on their way out.
    bent = column + 5.0 * np.sin(3.1 * radius + 2.0) * around(_unit(gaussian_filter1d(ragged, 20, mode="wrap")))
    fibre = map_coordinates(strip, [np.clip(radius, 0, 1) * (depth - 1), bent % turns], order=1, mode="grid-wrap")
    shift = 0.030 * around(ragged)
    zone = np.clip((radius + shift - recipe.collarette_share) / 0.13 + 0.5, 0, 1)
    colour = np.array(recipe.inner) * (1 - zone[..., None]) + np.array(recipe.outer) * zone[..., None]
    colour = colour * np.exp(recipe.fibres * fibre * (1 - 0.25 * zone))[..., None]
    # The collarette stands up: a light ragged ring with a dark one inside.
    ridge = np.exp(-(((radius + shift - recipe.collarette_share) / 0.035) ** 2))
    hollow = np.exp(-(((radius + shift - recipe.collarette_share + 0.075) / 0.04) ** 2))
    colour = colour * (1 + 0.35 * ridge - 0.20 * hollow)[..., None]
    crypts = np.clip(gaussian_filter(fibre, 2.0) - 0.9, 0, 1)[..., None]
    colour = colour * (1 - 0.45 * crypts)
    # Furrows run round where the iris folds as the pupil opens.
    furrows = sum(np.exp(-(((radius + 0.5 * shift - place) / 0.012) ** 2)) for place in (0.66, 0.76))
    colour = colour * (1 - 0.10 * furrows)[..., None]
    for _ in range(recipe.flecks):
        at, turn = generator.uniform(0.45, 0.85), generator.uniform(0, 2 * np.pi)
        gap = np.hypot(x - at * np.cos(turn), y - at * np.sin(turn))
        fleck = np.exp(-((gap / generator.uniform(0.02, 0.05)) ** 2))[..., None]
        colour = colour * (1 - fleck * np.array([0.35, 0.6, 0.8]))
    border = np.clip((radius - 0.83 - shift) / 0.15, 0, 1)[..., None] ** 1.4
    colour = colour * (1 - border) + np.array(recipe.rim) * border
    pupil = np.clip((recipe.pupil_share + 0.3 * shift - radius) / 0.045 + 0.5, 0, 1)[..., None]
    return to_srgb((colour * (1 - pupil) + 0.004 * pupil).astype(np.float32))


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values / max(float(values.std()), 1e-9))


def draw_sclera(recipe: ScleraRecipe, size: int = 256) -> Floats:
    """sRGB picture [size, size, 3] of the white, seen from the front; its outline touches the border.

    The white is never even: it yellows towards the corners, and fine vessels run in from the sides.
    """
    generator = np.random.default_rng(recipe.seed)
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    radius = np.hypot(x, y)
    cloud = _unit(gaussian_filter(generator.standard_normal((size, size)), size * 0.04))
    colour = np.array(recipe.white) * (1 + 0.025 * cloud[..., None] * np.array([0.6, 1.0, 1.3]))
    side = np.clip((np.abs(x) - 0.34) / 0.55, 0, 1)[..., None] ** 1.2
    colour = colour * (1 - side * (1 - np.array(recipe.corner)))
    vessels = np.zeros((size, size))
    for _ in range(recipe.vessels):
        _grow_vessel(vessels, generator)
    vessels = np.clip(gaussian_filter(vessels, 0.8) * 1.6 * recipe.vessel_strength, 0, 1)[..., None]
    colour = colour * (1 - vessels * np.array([0.14, 0.50, 0.46]))
    spots = np.clip(gaussian_filter(generator.standard_normal((size, size)), size * 0.02) * size * 0.05 - 0.9, 0, 1)
    brown = recipe.pigment * (0.10 + 0.5 * spots) * np.clip((np.abs(x) - 0.40) / 0.2, 0, 1)
    colour = colour * (1 - brown[..., None] * np.array([0.45, 0.65, 0.85]))
    colour = colour * (1 - 0.18 * np.clip((radius[..., None] - 0.7) / 0.3, 0, 1))
    return to_srgb(colour.astype(np.float32))


def _grow_vessel(vessels: NDArray[np.float64], generator: np.random.Generator) -> None:
    """A thread that starts at the rim and wanders towards the iris."""
    size = len(vessels)
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


STRIP_MM = (45.0, 10.0)
"""Length along the lid and height of a strip of lashes on the head model."""

LASH_CELLS = 6
"""Strips side by side in the map; the head model uses even ones for the right eye, odd ones for the left."""


def draw_lashes(recipe: LashRecipe, size: tuple[int, int] = (128, 2304)) -> Floats:
    """Opacity [H, W] of strips of lashes side by side: roots at the bottom (v = 0), tips at the top.

    Every lash is a curve that thins out. Neighbours lean together in small groups, and all fan out to both corners;
    the longest stand over the outer half of the eye. Odd strips run from the nose outwards, even ones towards it.
    """
    generator = np.random.default_rng(recipe.seed)
    fine = 3
    height, width = size[0] * fine, size[1] * fine
    canvas = np.zeros((height, width), np.float32)
    cell = width / LASH_CELLS
    along = np.linspace(0, 1, height * 2)
    for strip in range(LASH_CELLS):
        outwards = 1.0 if strip % 2 else -1.0
        place = (np.arange(recipe.hairs) + generator.uniform(0.1, 0.9, recipe.hairs)) / recipe.hairs
        group = np.floor(place * recipe.hairs / generator.uniform(3.2, 4.6))
        centre = np.array([place[group == number].mean() for number in group])
        for hair in range(recipe.hairs):
            longest = np.interp(place[hair], [0, 0.10, 0.35, 0.72, 0.92, 1], [0.50, 0.72, 0.92, 1.0, 0.92, 0.70])
            length = recipe.length * longest * generator.uniform(0.80, 1.0)
            fan = 0.10 * (place[hair] - 0.38) + generator.normal(0, 0.008)
            together = recipe.clumping * (centre[hair] - place[hair])
            move = (together * along**1.1 + fan * along**1.7) * length
            track = place[hair] + move
            column = (strip + (track if outwards > 0 else 1 - track)) * cell
            row = (1 - along * length) * height
            half = 0.5 * recipe.width_mm / STRIP_MM[0] * cell * np.clip(1 - along, 0.0, 1) ** 0.42
            strength = generator.uniform(0.88, 1.0)
            _stamp(canvas, row, column, np.maximum(half, 0.45), strip * cell, (strip + 1) * cell, strength)
    lashes = canvas.reshape(size[0], fine, size[1], fine).mean((1, 3))
    from_root_mm = (size[0] - 0.5 - np.arange(size[0])) / size[0] * STRIP_MM[1]
    line = recipe.root_shade * np.exp(-0.5 * (from_root_mm / 0.35) ** 2)
    across = (np.arange(size[1]) + 0.5) / size[1] * LASH_CELLS % 1
    ends = np.clip(np.minimum(across, 1 - across) / 0.12, 0, 1)
    return np.asarray(np.clip(1 - (1 - lashes) * (1 - line[:, None] * ends[None]), 0, 1), np.float32)


def _stamp(
    canvas: Floats,
    row: NDArray[np.float64],
    column: NDArray[np.float64],
    half_width: NDArray[np.float64],
    left: float,
    right: float,
    strength: float,
) -> None:
    """Marks everything within `half_width` columns of a curve that climbs the canvas."""
    reach = int(np.ceil(half_width.max()))
    rows = np.clip(row.astype(int), 0, canvas.shape[0] - 1)
    for offset in range(-reach, reach + 1):
        chosen = np.abs(offset) <= half_width
        columns = np.clip((column + offset)[chosen].astype(int), int(left) + 1, int(right) - 2)
        canvas[rows[chosen], columns] = np.maximum(canvas[rows[chosen], columns], strength)
