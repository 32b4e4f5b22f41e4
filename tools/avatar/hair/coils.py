"""Tightly curled hair: a cloud of small cards on which coils are drawn, denser inside, loose at its outline."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from avatar.hair.grow import Comb
from avatar.hair.hair_mesh import HairMesh
from avatar.hair.scalp import Scalp, Skin, scatter_roots
from avatar.hair.strand_atlas import Columns, StrandAtlas, hair_tones
from avatar.hair.style import Coils, HairColour
from avatar.images import to_srgb
from avatar.radial_shape import unit

__all__ = ["COIL_COLUMNS", "draw_coil_atlas", "make_coils"]

Floats = NDArray[np.float64]

COIL_COLUMNS = Columns({"coil": (0.0, 0.84, 3), "hair": (0.84, 0.92, 4), "coat": (0.92, 1.0, 1)})
"""The layout of the picture of coiled hair; the coils' columns are cut into square cells."""
SPARSE = 2
"""The column of single curls: they make the hairline and the outline."""
CELLS = 4
"""Cells of coils one above the other in each of their three columns."""


def make_coils(coils: Coils, comb: Comb, scalp: Scalp, skin: Skin, generator: np.random.Generator) -> HairMesh:
    """The cloud of coil cards over a scalp."""
    roots = scatter_roots(scalp, skin, coils.count, (0.003, 1.0), generator)
    small = scatter_roots(scalp, skin, coils.edge_count, (0.000, 0.012), generator, rounds=1)
    fine = np.arange(len(roots) + len(small)) >= len(roots)
    roots = np.concatenate([roots, small])
    count = len(roots)
    _, normal = skin.surface.height(roots)
    edge = scalp.distance(roots)
    _, values = comb.at(roots, np.zeros(count))
    # The outermost cards make the outline, so most cards lie near it.
    depth = generator.uniform(0, 1, count) ** 0.55
    full = values[:, 1] * np.clip(0.14 + edge / 0.030, 0.0, 1) * np.where(fine, 0.5, 1.0)
    volume = unit(normal + 0.9 * unit(roots - skin.centre_m))
    centre = roots + volume * (full * (0.52 + 0.48 * depth))[:, None]
    size = generator.uniform(0.7, 1.35, count) * np.where(
        fine,
        coils.edge_size_m * np.clip(0.6 + edge / 0.008, 0.5, 1.2),
        coils.size_m * np.clip(0.30 + edge / 0.02, 0, 1),
    )
    random = unit(generator.normal(0, 1, (count, 3)))
    # Half lie along the outline, half stand out of it; none edge-on to everybody.
    standing = (generator.random(count) < np.where(fine, 0.15, 0.5))[:, None]
    up = unit(np.where(standing, volume + 0.5 * random, _across(random, volume) + 0.35 * volume))
    side = unit(np.cross(up, np.where(standing, random, volume + 0.5 * random)))
    corners = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])
    offset = corners[None, :, 0, None] * side[:, None] - corners[None, :, 1, None] * up[:, None]
    vertices = centre[:, None] + size[:, None, None] * offset
    loose = fine | (depth > 0.95)
    column = np.where(loose, SPARSE, generator.integers(0, SPARSE, count))
    first, last = COIL_COLUMNS.edges("coil", column)
    flip = generator.random(count) < 0.5
    first, last = np.where(flip, last, first), np.where(flip, first, last)
    cell = generator.integers(0, CELLS, count)
    top, bottom = 1 - (cell + 0.02) / CELLS, 1 - (cell + 0.98) / CELLS
    u = np.stack([first, last, last, first], 1)
    v = np.stack([top, top, bottom, bottom], 1)
    index = np.arange(4 * count).reshape(count, 4)
    triangles = np.stack([index[:, [0, 1, 2]], index[:, [0, 2, 3]]], 1).reshape(-1, 3)
    four = (count, 4, 3)
    shading = unit(volume[:, None] + 0.35 * offset + 0.15 * random[:, None])
    open_air = 0.30 + 0.70 * depth**1.5
    return HairMesh(
        vertices.reshape(-1, 3),
        triangles,
        np.stack([u, v], -1).reshape(-1, 2),
        np.broadcast_to(unit(random + volume)[:, None], four).reshape(-1, 3),
        shading.reshape(-1, 3),
        np.broadcast_to(volume[:, None], four).reshape(-1, 3),
        np.repeat(open_air, 4),
    )


def _across(directions: Floats, normal: Floats) -> Floats:
    return unit(directions - (directions * normal).sum(-1, keepdims=True) * normal)


def draw_coil_atlas(colour: HairColour, seed: int, height: int = 512, width: int = 768) -> StrandAtlas:
    """The picture of coiled hair [height, width]: cells of loose coils, single hairs, and the undercoat."""
    generator = np.random.default_rng(seed)
    light = np.zeros((height, width, 3), np.float32)
    opacity = np.zeros((height, width), np.float32)
    brightness = np.full((height, width), 0.4, np.float32)
    edges = np.linspace(0, 0.84 * width, 4).round().astype(int)
    rows = np.linspace(0, height, CELLS + 1).round().astype(int)
    for left, right in itertools.pairwise(edges):
        for top, bottom in itertools.pairwise(rows):
            cell = np.s_[top:bottom, left:right]
            sparse = {"hairs": 7, "radius": (0.05, 0.11), "reach": 0.5} if left == edges[SPARSE] else {}
            light[cell], opacity[cell], brightness[cell] = _coil_cell(
                generator, colour, bottom - top, right - left, **sparse
            )
    singles = np.linspace(0.84 * width, 0.92 * width, 5).round().astype(int)
    for left, right in itertools.pairwise(singles):
        cell = np.s_[:, left:right]
        light[cell], opacity[cell], brightness[cell] = _coil_cell(
            generator, colour, height, right - left, hairs=3, radius=(0.10, 0.3), reach=0.9
        )
        opacity[cell] *= np.clip(np.linspace(0, 1, height) / 0.05, 0, 1)[:, None]
    coat = np.s_[:, round(0.92 * width) :]
    light[coat], opacity[coat], brightness[coat] = _coil_coat(generator, colour, height, width - round(0.92 * width))
    return StrandAtlas(to_srgb(light), opacity, brightness)


def _coil_cell(
    generator: np.random.Generator,
    colour: HairColour,
    height: int,
    width: int,
    hairs: int = 30,
    radius: tuple[float, float] = (0.045, 0.095),
    reach: float = 0.40,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """(linear colour, opacity, brightness) of one tuft: helices seen from the side, loose towards the border."""
    light = np.tile(np.array(colour.root, np.float32), (height, width, 1))
    opacity = np.zeros((height, width), np.float32)
    brightness = np.full((height, width), 0.35, np.float32)
    tone, grey = hair_tones(generator, colour, hairs)
    side = min(height, width)
    for number in range(hairs):
        turns, steps = generator.uniform(2.5, 6), 420
        at = np.linspace(0, 1, steps)
        angle = generator.uniform(0, 2 * np.pi)
        way = np.array([np.cos(angle), np.sin(angle)])
        bend = np.array([-way[1], way[0]]) * generator.normal(0, 0.12)
        start = np.array([0.5, 0.5]) + generator.normal(0, 0.17, 2) - way * reach * 0.5
        axis = start + at[:, None] * way * reach * generator.uniform(0.7, 1.3) + np.sin(np.pi * at)[:, None] * bend
        size = generator.uniform(*radius)
        turn = 2 * np.pi * turns * at + generator.uniform(0, 2 * np.pi)
        curve = axis + size * np.stack([np.cos(turn), np.sin(turn)], 1) * (1 - 0.5 * at[:, None])
        if height > 2 * width:
            curve = np.stack([0.5 + (curve[:, 0] - 0.5) * 0.8, at * 0.94 + 0.02 + 0.02 * np.sin(turn)], 1)
        place = curve * (width, height)
        border = np.minimum(curve, 1 - curve).min(1)
        fade = np.clip(border / 0.06, 0, 1) * np.clip(at / 0.08, 0, 1) * np.clip((1 - at) / 0.15, 0, 1)
        thick = 1.05 * side / 128 + 0.35
        hair = np.array(colour.middle if generator.random() < 0.6 else colour.tip, np.float32) * tone[number]
        hair = hair * (1 - grey[number]) + np.array(colour.grey_colour, np.float32) * grey[number]
        # The front of a turn catches light, the back lies in the shade of the others.
        shine = 0.55 + 0.45 * np.sin(turn + angle)
        stamp = np.zeros((height, width), np.float32)
        glow = np.zeros((height, width), np.float32)
        base = np.floor(place).astype(int)
        for dy in range(-1, 3):
            for dx in range(-1, 3):
                column, row = base[:, 0] + dx, base[:, 1] + dy
                near = np.exp(-(((column + 0.5 - place[:, 0]) ** 2 + (row + 0.5 - place[:, 1]) ** 2) / thick**2))
                inside = (column >= 1) & (column < width - 1) & (row >= 1) & (row < height - 1)
                np.maximum.at(stamp, (row[inside], column[inside]), (near * fade)[inside])
                np.maximum.at(glow, (row[inside], column[inside]), (near * shine)[inside])
        alpha = np.clip(stamp * 1.1, 0, 1)
        light = light * (1 - alpha[..., None]) + hair * (0.45 + 0.75 * glow[..., None]) * alpha[..., None]
        brightness = brightness * (1 - alpha) + np.clip(0.25 + 0.5 * glow, 0, 1) * alpha
        opacity = 1 - (1 - opacity) * (1 - alpha)
    return light, opacity, brightness


def _coil_coat(
    generator: np.random.Generator, colour: HairColour, height: int, width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The undercoat between coils: dark, grainy, fading out in grains."""
    dense = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    grain = gaussian_filter(generator.standard_normal((height, width)), (5.0, 1.0), mode=("nearest", "wrap"))
    grain = (grain / grain.std()).astype(np.float32)
    opacity = np.clip((grain - (2.0 - 4.6 * dense)) * 0.6 + 0.3, 0, 1) * np.clip(dense / 0.10, 0, 1)
    opacity = np.clip(np.maximum(opacity, (dense - 0.4) * 2.4), 0, 1).astype(np.float32)
    tone = np.clip(1 + 0.35 * grain, 0.3, 2)[..., None]
    light = (np.array(colour.root, np.float32) * tone).astype(np.float32)
    return light, opacity, np.clip(0.4 + 0.1 * grain, 0, 1).astype(np.float32)
