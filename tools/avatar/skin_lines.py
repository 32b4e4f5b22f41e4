"""Folds of the skin: lines that every face has, deeper with age, drawn along the paths anatomy gives them.

Lines run across the pull of the muscles below (Langer 1861; Pierard and Lapiere 1989), so they are the same few on all
faces: across the forehead, between the brows, round the eyes, from nose to mouth and on. Each is a path on the mean
head seen from the front, made uneven by noise, with skin that swells beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from avatron.render.creases import CREASE_REGIONS

__all__ = ["LineRecipe", "SkinLine", "draw_lines", "lines_of_a_face"]

Floats = NDArray[np.float64]
Path = tuple[tuple[float, float], ...]

STEP_MM = 0.25
"""Distance of the samples along a line."""


@dataclass(frozen=True)
class LineRecipe:
    """How deep a person's folds are at full strength, and what is left of them at rest; by region of the renderer."""

    depth: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Factor on the depth of a region's folds; 1 where nothing is said, about 0.5 for the young."""
    rest: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Strength 0..1 without any expression."""
    seed: int = 61


@dataclass(frozen=True)
class SkinLine:
    """One fold; millimetres on the mean head from the front."""

    region: str
    path: Path
    depth: float
    width: float
    """Standard deviation of its cross-section."""
    swell: float = 0.25
    """Height of the skin beside it, as a share of the depth."""
    outer_swell: float = 0.0
    """More of it on the side that lies on the left when one walks along the path."""
    uneven: float = 0.5
    """How far it wanders off its path."""


GROUPS: Mapping[str, int] = MappingProxyType(
    {name: int(name in ("glabella", "nose", "under_eye", "lips", "dimples", "neck")) for name in CREASE_REGIONS}
)
"""Which of the two maps a region's folds are in, as `avatron.render.creases` has it."""


def lines_of_a_face(generator: np.random.Generator) -> Iterator[SkinLine]:
    """The folds of one face; what is paired comes for both sides, never quite alike."""
    yield from _forehead(generator)
    for side in (1.0, -1.0):
        yield from _side_of_the_face(side, generator)
    yield SkinLine("chin", ((-13, -51.5), (-6, -49.6), (0, -49.0), (6, -49.6), (13, -51.5)), 0.30, 0.9, 0.3)
    for height, reach in ((39.5, 7.0), (43.0, 8.5)):
        yield SkinLine("nose", ((-reach, height + 1.5), (0, height), (reach, height + 1.5)), 0.16, 0.45)
    for height, depth in ((-101, 0.30), (-117, 0.34), (-131, 0.26)):
        left, right = generator.uniform(24, 36, 2)
        dip = generator.uniform(2, 5)
        yield SkinLine(
            "neck", ((-left, height + dip), (-12, height + 0.6), (10, height), (right, height + dip)), depth, 0.7
        )
    yield from _lips(generator)


def _forehead(generator: np.random.Generator) -> Iterator[SkinLine]:
    for number, height in enumerate((72.0, 79.0, 86.5, 94.0, 102.0)):
        left, right = generator.uniform(30, 46, 2)
        across = np.linspace(-left, right, 15)
        # Lines sag over the middle, rise over the brows and fall to the temples.
        bow = 1.8 * np.exp(-(((np.abs(across) - 26) / 13) ** 2)) - 0.003 * np.maximum(np.abs(across) - 28, 0) ** 2
        wander = gaussian_filter1d(generator.normal(0, 3.4, len(across)), 1.5)
        path = np.stack([across, height + bow + wander + generator.uniform(-1, 1)], 1)
        depth = 0.36 * (1 - 0.10 * number) * generator.uniform(0.8, 1.15)
        gap = int(generator.integers(5, 10))
        if number % 2:
            yield SkinLine("forehead", _path(path[: gap + 1]), depth, 0.65, 0.35)
            yield SkinLine(
                "forehead", _path(path[gap - 1 :] + np.array([0, generator.uniform(-1.6, 1.6)])), depth, 0.5, 0.35
            )
        else:
            yield SkinLine("forehead", _path(path), depth, 0.72, 0.35)


def _side_of_the_face(side: float, generator: np.random.Generator) -> Iterator[SkinLine]:
    def line(region: str, path: Path, depth: float, width: float, swell: float = 0.25, outer: float = 0.0) -> SkinLine:
        jitter = generator.normal(0, 0.35, (len(path), 2))
        moved = (np.array(path) + jitter) * np.array([side, 1.0])
        # Walked from the other end on the other side, so that left stays outside.
        return SkinLine(
            region,
            _path(moved if side > 0 else moved[::-1]),
            depth * generator.uniform(0.85, 1.15),
            width,
            swell,
            outer,
        )

    for angle in (34, 16, 0, -17, -36):
        reach, bend = generator.uniform(8, 15), generator.uniform(-8, 8)
        start = np.array([50.5 + 1.2 * np.cos(np.radians(angle)), 34.5 + 0.20 * angle])
        heading = np.radians([angle + bend * share for share in (0, 0.5, 1)])
        steps = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1) * reach / 3, 0)
        yield line("crows_feet", _path(np.concatenate([start[None], start + steps])), 0.27, 0.50, 0.3)
    yield line("glabella", ((6.5, 49), (7.4, 56), (7.0, 63), (8.5, 69)), 0.38, 0.65, 0.35)
    yield line("glabella", ((3.2, 53), (3.6, 58), (3.2, 62)), 0.10, 0.40)
    yield line("under_eye", ((18.5, 28.5), (23, 22.5), (31, 19.6), (40, 21.5), (46, 26)), 0.34, 0.8, 0.3)
    yield line("under_eye", ((21, 27.5), (28, 25.4), (36, 25.8), (43, 28.6)), 0.12, 0.40)
    yield line("under_eye", ((27, 28.6), (34, 28.2), (42, 30.3)), 0.08, 0.32)
    yield line("under_eye", ((38, 19), (44, 21.5), (49, 26)), 0.10, 0.40)
    yield line("under_eye", ((17.5, 27.5), (21, 19.5), (26, 13), (31, 9)), 0.16, 0.9, 0.2)
    yield line(
        "nasolabial",
        ((17.5, 2.5), (20.5, -4.5), (24.5, -12), (29.5, -20.5), (33, -28.5), (34.5, -37)),
        0.46,
        1.05,
        0.2,
        0.45,
    )
    yield line("nasolabial", ((41, -16), (43.5, -24), (44, -32), (42.5, -39)), 0.12, 0.6, 0.3)
    yield line("marionette", ((28.5, -38.5), (31, -46), (32, -54), (31, -62)), 0.30, 0.85, 0.2, 0.4)
    yield line("dimples", ((36, -27), (38, -33), (37, -40)), 0.22, 0.8, 0.3, 0.3)


def _lips(generator: np.random.Generator) -> Iterator[SkinLine]:
    for across in np.arange(-16.5, 17, 3.0):
        place = across + generator.uniform(-0.9, 0.9)
        top = -15.0 - generator.uniform(0, 3)
        yield SkinLine(
            "lips", ((place * 1.12, top), (place, -24.2)), 0.13 * generator.uniform(0.4, 1.1), 0.38, 0.3, uneven=0.3
        )
        if abs(across) < 13:
            low = -49 + generator.uniform(-1, 2)
            yield SkinLine("lips", ((place, -43.5), (place * 1.1, low)), 0.09 * generator.uniform(0.3, 1.1), 0.36, 0.3)
    for across in np.arange(-19.5, 20, 1.9):
        place = across + generator.uniform(-0.5, 0.5)
        for top, bottom in ((-25.8 - 0.35 * abs(place) ** 1.05 / 2, -33), (-34, -42.3 + 0.20 * abs(place))):
            yield SkinLine(
                "lips", ((place, top), (place * 0.96, bottom)), 0.13 * generator.uniform(0.5, 1.1), 0.30, 0.4
            )


def _path(points: Floats) -> Path:
    return tuple((float(x), float(y)) for x, y in points)


def draw_lines(points_m: Floats, normals: Floats, recipe: LineRecipe) -> Floats:
    """Heights [N, 2] (metres, below 0 in a fold) of both groups at points [N, 3] with normals of the mean head."""
    generator = np.random.default_rng(recipe.seed)
    heights = np.zeros((len(points_m), 2))
    front = np.flatnonzero((normals[:, 2] > 0.03) & (points_m[:, 2] > 0.02) & (points_m[:, 1] > -0.15))
    places = points_m[front] * 1000
    from_front = cKDTree(places[:, :2])
    for line in lines_of_a_face(generator):
        depth = line.depth * recipe.depth.get(line.region, 1.0)
        group = GROUPS[line.region]
        curve, along = _curve(line, from_front, places, generator)
        reach = 5.5 * line.width
        middle, half = curve.mean(0), np.ptp(curve, axis=0) / 2 + reach
        near = np.flatnonzero((np.abs(places - middle) < half).all(1))
        if not len(near):
            continue
        distance, index = cKDTree(curve).query(places[near], distance_upper_bound=reach)
        found = np.isfinite(distance)
        near, distance, index = near[found], distance[found], index[found]
        tangent = np.gradient(curve[:, :2], axis=0)[index]
        offset = places[near][:, :2] - curve[index][:, :2]
        left = tangent[:, 0] * offset[:, 1] - tangent[:, 1] * offset[:, 0] > 0
        share = distance / line.width
        swell = line.swell + line.outer_swell * left
        profile = -np.exp(-0.5 * share**2) + swell * np.exp(-0.5 * ((share - 2.4) / 1.05) ** 2)
        value = 0.001 * depth * along[index] * profile
        before = heights[front[near], group]
        # Folds that meet do not add up: the deeper one stays, and nothing swells inside of one.
        swollen = np.where(before < 0, before, before + 0.6 * value)
        heights[front[near], group] = np.where(value < 0, np.minimum(before, value), swollen)
    return heights


def _curve(
    line: SkinLine, from_front: cKDTree, places: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Samples [M, 3] of the line on the surface, and how deep it is there [M], 0..1."""
    knots = np.array(line.path)
    lengths = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))]
    count = max(int(lengths[-1] / STEP_MM), 8)
    at = np.linspace(0, lengths[-1], count)
    flat = np.stack([np.interp(at, lengths, column) for column in knots.T], 1)
    rounding = min(1.8 / STEP_MM, count / 8)
    flat = gaussian_filter1d(flat, rounding, axis=0, mode="nearest")
    wander = gaussian_filter1d(generator.normal(0, 1, (count, 2)), 1.6 / STEP_MM, axis=0)
    flat += line.uneven * 0.5 * wander / max(float(wander.std()), 1e-6)
    _, surface = from_front.query(flat)
    curve = np.column_stack([flat, gaussian_filter1d(places[surface, 2], 2, mode="nearest")])
    share = np.linspace(0, 1, count)
    taper = np.sin(np.pi * np.clip(share, 0.0, 1.0)) ** 0.6
    strength = gaussian_filter1d(generator.normal(0, 1, count), 3.0 / STEP_MM)
    return curve, taper * np.clip(1 + 0.3 * strength / max(float(strength.std()), 1e-6), 0.35, 1.5)
