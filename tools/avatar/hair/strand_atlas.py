"""The strand picture of a style: every hair is drawn here, one by one, in columns for each kind of ribbon.

Rows run from the root (top, v = 1) to the tip (bottom, v = 0). The undercoat's columns are read otherwise: v is how
densely hair grows, 0 none.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from avatar.hair.style import HairColour
from avatar.images import to_srgb

__all__ = ["COLUMNS", "Columns", "StrandAtlas", "draw_atlas"]

Floats = NDArray[np.float32]


GUTTER = 0.07
"""Share of a ribbon's columns that is left unused on both sides: pictures of half and quarter size mix neighbours."""


@dataclass(frozen=True)
class Columns:
    """Which part of the picture's width belongs to which kind of ribbon."""

    kinds: dict[str, tuple[float, float, int]]
    """First u, last u and number of variants."""

    def variants(self, kind: str) -> int:
        """How many different ribbons of a kind there are."""
        return self.kinds[kind][2]

    def edges(self, kind: str, variant: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(first u, last u) of variants [N] of a kind, a little inside of their neighbours."""
        first, last, variants = self.kinds[kind]
        span = (last - first) / variants
        return first + span * (variant + GUTTER), first + span * (variant + 1 - GUTTER)


COLUMNS = Columns(
    {
        "core": (0.0, 0.09, 2),
        "lock": (0.09, 0.48, 6),
        "wisp": (0.48, 0.68, 5),
        "edge": (0.68, 0.84, 4),
        "fuzz": (0.84, 0.89, 4),
        "hair": (0.89, 0.94, 4),
        "coat": (0.94, 1.0, 1),
    }
)
"""The layout of every style with straight or waved hair."""


@dataclass(frozen=True)
class StrandAtlas:
    """The picture of the strands."""

    colour: Floats
    """[H, W, 3] sRGB."""
    opacity: Floats
    """[H, W] 0..1."""
    brightness: Floats
    """[H, W] 0..1, 0.5 on average: breaks up the highlights."""


@dataclass(frozen=True)
class _Drawing:
    """How a kind of ribbon is filled."""

    hairs: int
    width_px: float
    spread: float
    """Share of the ribbon's half width in which roots stand."""
    narrowing: float
    """How far hairs close up towards the tip."""
    start: tuple[float, float]
    """Mean and spread of where hairs begin, as a share of the ribbon."""
    end: tuple[float, float]
    strength: float


DRAWINGS = {
    "core": _Drawing(90, 2.6, 1.0, 0.0, (0.0, 0.0), (1.3, 0.0), 0.80),
    "lock": _Drawing(64, 2.8, 0.86, 0.15, (0.004, 0.010), (0.84, 0.15), 0.85),
    "wisp": _Drawing(20, 2.1, 0.84, 0.20, (0.010, 0.03), (0.80, 0.16), 0.75),
    "edge": _Drawing(22, 2.1, 0.84, 0.20, (0.12, 0.10), (0.82, 0.15), 0.75),
    "fuzz": _Drawing(3, 2.2, 0.60, 0.10, (0.05, 0.10), (0.70, 0.20), 0.60),
    "hair": _Drawing(2, 3.0, 0.40, 0.20, (0.01, 0.01), (0.92, 0.06), 1.0),
}


def draw_atlas(
    colour: HairColour, coat_shade: float, seed: int, height: int = 512, width: int = 1024, wander: float = 1.0
) -> StrandAtlas:
    """The strand picture of one style [height, width]; `coat_shade` is `Undercoat.shade`, `wander` the style's."""
    generator = np.random.default_rng(seed)
    light = np.zeros((height, width, 3), np.float32)
    opacity = np.zeros((height, width), np.float32)
    brightness = np.full((height, width), 0.5, np.float32)
    for kind, (first, last, variants) in COLUMNS.kinds.items():
        edges = np.linspace(first * width, last * width, variants + 1).round().astype(int)
        for start, stop in itertools.pairwise(edges):
            shape = (height, stop - start)
            greyest = colour.grey_temples if stop == edges[-1] else 0.0
            tinged = replace(colour, grey=colour.grey + greyest)
            made = (
                _coat(generator, colour, coat_shade, *shape)
                if kind == "coat"
                else _ribbon(generator, tinged, kind, *shape, wander)
            )
            light[:, start:stop], opacity[:, start:stop], brightness[:, start:stop] = made
    return StrandAtlas(to_srgb(light), opacity, brightness)


def hair_tones(generator: np.random.Generator, colour: HairColour, count: int) -> tuple[Floats, Floats]:
    """(factor on the brightness [count], grey [count] 0 or 1) of single hairs."""
    tone = np.exp(generator.normal(0, colour.spread, count)).astype(np.float32)
    return tone, (generator.random(count) < colour.grey).astype(np.float32)


def along_strand(colour: HairColour, travel: Floats) -> Floats:
    """[N, 3] linear colour at shares [N] of a strand: dark root, middle, light tip."""
    stops = np.array([colour.root, colour.root, colour.middle, colour.tip], np.float32)
    places = np.array([0.0, 0.02, 0.35, 1.0])
    return np.stack([np.interp(travel, places, stops[:, channel]) for channel in range(3)], 1).astype(np.float32)


def _ribbon(
    generator: np.random.Generator, colour: HairColour, kind: str, height: int, width: int, wander: float
) -> tuple[Floats, Floats, Floats]:
    """(linear colour, opacity, brightness) of one ribbon, hair over hair, in random order of depth."""
    drawing = DRAWINGS[kind]
    along = np.linspace(0, 1, height, dtype=np.float32)
    base = along_strand(colour, along)
    light = np.tile(base[:, None], (1, width, 1)) * 0.8
    opacity, brightness = np.zeros((height, width), np.float32), np.full((height, width), 0.4, np.float32)
    tone, grey = hair_tones(generator, colour, drawing.hairs)
    lit = (generator.random(drawing.hairs) < colour.highlights * generator.uniform(0.3, 1.7)).astype(np.float32)
    # Towards the tips, as the sun bleaches hair.
    bleached = (np.clip((along - 0.08) / 0.5, 0, 1) ** 0.8)[:, None] * generator.uniform(0.5, 1.0)
    down = colour.down if kind == "fuzz" else 0.0
    # A ribbon as a whole is lighter or darker than its neighbours.
    tone *= np.exp(generator.normal(0, 0.10 * min(1.0, colour.spread / 0.24)))
    rows = np.arange(height)[:, None]
    for number in range(drawing.hairs):
        place = generator.uniform(-1, 1) * drawing.spread
        drift = gaussian_filter1d(generator.standard_normal(height), height / 7, mode="nearest")
        drift = (drift - drift[0]) / max(np.abs(drift).max(), 1e-6) * generator.uniform(0.02, 0.16) * wander
        centre = place * (1 - drawing.narrowing * min(1.0, wander) * along**1.5) + drift * along
        centre = np.clip(centre, -0.97, 0.97) * 0.5 * width + 0.5 * width
        begin = max(0.004, generator.normal(*drawing.start) + 0.05 * abs(place) ** 3)
        end = min(0.995, generator.normal(*drawing.end) - 0.10 * abs(place) ** 2)
        fade = np.clip((along - begin) / 0.02, 0, 1) * np.clip((end - along) / 0.16, 0, 1)
        thick = drawing.width_px * generator.uniform(0.7, 1.25) * (0.55 + 0.45 * np.clip((end - along) / 0.4, 0, 1))
        window = np.arange(-3, 4)[None]
        column = np.round(centre).astype(int)[:, None] + window
        profile = np.exp(-2.2 * ((column + 0.5 - centre[:, None]) / thick[:, None]) ** 2)
        alpha = profile * fade[:, None] * drawing.strength * generator.uniform(0.6, 1.1) * (1 - 0.6 * down)
        alpha = np.where((column >= 1) & (column < width - 1), np.clip(alpha, 0, 1), 0)[..., None].astype(np.float32)
        column = np.clip(column, 0, width - 1)
        pure = base + lit[number] * bleached * (np.array(colour.highlight, np.float32) - base)
        pure = pure + down * (np.array(colour.tip, np.float32) - pure)
        hair = pure * tone[number] * (1 - grey[number]) + grey[number] * np.array(colour.grey_colour, np.float32)
        light[rows, column] = light[rows, column] * (1 - alpha) + hair[:, None] * alpha
        shade = np.clip(0.5 * tone[number] ** 1.2 + 0.2 * (number / drawing.hairs - 0.5), 0.05, 1.0)
        flat = alpha[..., 0]
        brightness[rows, column] = brightness[rows, column] * (1 - flat) + shade * flat
        opacity[rows, column] = 1 - (1 - opacity[rows, column]) * (1 - flat)
    if kind == "core":
        opacity[:] = 1
    return light, opacity, brightness


def _coat(
    generator: np.random.Generator, colour: HairColour, shade: float, height: int, width: int
) -> tuple[Floats, Floats, Floats]:
    """The undercoat: single root hairs where it is thin (bottom rows), closed where it is dense (top rows)."""
    dense = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    hairs = generator.standard_normal((height, width)).astype(np.float32)
    hairs = gaussian_filter(hairs, (height / 22, 0.7), mode=("nearest", "wrap"))
    hairs = hairs / hairs.std()
    threshold = 1.9 - 4.4 * dense
    opacity = np.clip((hairs - threshold) * (0.55 - 0.48 * colour.down) + 0.25, 0, 1) * np.clip(dense / 0.10, 0, 1)
    opacity = np.clip(np.maximum(opacity, (dense - 0.35) * 2.2), 0, 1)
    # Calm where it is closed: it is only seen in the gaps.
    tone = np.clip(1 + 0.28 * hairs * (1 - 0.8 * dense), 0.3, 2)[..., None]
    grey = (generator.random(width) < colour.grey).astype(np.float32)[None, :, None]
    base = np.array(colour.root, np.float32) * (1 - shade) + np.array(colour.middle, np.float32) * shade
    hue = base * (1 - 0.7 * grey) + 0.7 * grey * np.array(colour.grey_colour, np.float32)
    # Dull: a highlight would show that it is one smooth sheet.
    return (hue * tone).astype(np.float32), opacity.astype(np.float32), np.clip(0.05 + 0.05 * hairs, 0, 1)
