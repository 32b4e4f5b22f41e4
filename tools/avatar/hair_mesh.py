"""The hair's surface: an opaque core, clumps over it, fine cards at the hairline, and the knot.

Texture coordinates: u across strands, v along them (1 at the root, 0 at the tip), in columns of one strand atlas
(see `hair_texture`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from avatar.hair_flow import HairStyle, grow_strands
from avatar.radial_shape import RadialShape, unit

__all__ = ["ATLAS_COLUMNS", "HairSurface", "build_hair"]

Floats = NDArray[np.float64]

ATLAS_COLUMNS = {
    "core": (0.00, 0.34),
    "clump": (0.34, 0.60),
    "wisp": (0.60, 0.96),
    "knot": (0.96, 1.00),
}
"""Part of the atlas' width, first and last u, per kind of surface."""

CORE_LEGS = 9
"""Times the core runs to and fro over its columns, so that a texel is a fraction of a millimetre of hair."""

PARTING_SHARE = 0.31
"""Share of the root line that is the parting, from the crown on."""

CLUMP_VARIANTS = 6
WISP_VARIANTS = 6


@dataclass(frozen=True)
class HairSurface:
    """Triangles of hair with their texture coordinates and strand directions."""

    vertices_m: Floats
    """[V, 3]."""

    triangles: NDArray[np.int64]
    """[K, 3]."""

    texture_coordinates: Floats
    """[V, 2], v up."""

    tangents: Floats
    """[V, 3] unit strand directions, root to tip."""

    outward: Floats
    """[V, 3] unit directions away from the head, for soft shading."""

    opaque: NDArray[np.bool_]
    """[K] triangles whose texture has no holes."""


def build_hair(style: HairStyle, skull: RadialShape, seed: int) -> HairSurface:
    """The whole hair of a person, standing on `skull`; `seed` places clumps and wisps."""
    generator = np.random.default_rng(seed)
    pieces = [_core(style, skull, left=True), _core(style, skull, left=False)]
    pieces += [_clumps(style, skull, generator, left=left) for left in (True, False)]
    pieces += [_hairline(style, skull, generator, left=left) for left in (True, False)]
    pieces.append(_knot(style, skull))
    pieces.append(_loose_locks(style, skull, generator))
    return _join(pieces)


def _sheet(points: Floats, outward: Floats, texture: Floats, *, opaque: bool) -> HairSurface:
    """A grid of vertices [N, S, ...] as one surface; strands run along axis 1."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    tangent = unit(np.gradient(points, axis=1))
    return HairSurface(
        points.reshape(-1, 3),
        triangles,
        texture.reshape(-1, 2),
        tangent.reshape(-1, 3),
        outward.reshape(-1, 3),
        np.full(len(triangles), opaque),
    )


def _join(pieces: list[HairSurface]) -> HairSurface:
    offset = np.cumsum([0] + [len(piece.vertices_m) for piece in pieces])
    return HairSurface(
        np.concatenate([piece.vertices_m for piece in pieces]),
        np.concatenate([piece.triangles + start for piece, start in zip(pieces, offset[:-1], strict=True)]),
        np.concatenate([piece.texture_coordinates for piece in pieces]),
        np.concatenate([piece.tangents for piece in pieces]),
        np.concatenate([piece.outward for piece in pieces]),
        np.concatenate([piece.opaque for piece in pieces]),
    )


def _core(
    style: HairStyle, skull: RadialShape, *, left: bool, strands: int = 5 * CORE_LEGS + 1, steps: int = 26
) -> HairSurface:
    """The closed sheet of one half, which hides the scalp."""
    position = np.linspace(0, 1, strands)
    travel = np.linspace(0, 1, steps) ** 1.15
    grown = grow_strands(style, skull, left=left, position=position, travel=travel)
    first, last = ATLAS_COLUMNS["core"]
    middle = 0.5 * (first + last)
    low, high = (first, middle) if left else (middle, last)
    u = low + (high - low) * (0.01 + 0.98 * _zigzag(position, CORE_LEGS))
    # Along the parting the sheets meet, so the frayed roots of the atlas are skipped there.
    skipped = 0.09 * np.clip((PARTING_SHARE - position) / 0.04, 0, 1)
    v = (1 - travel[None, :]) * (1 - skipped[:, None])
    texture = np.stack(np.broadcast_arrays(u[:, None], v), -1)
    return _sheet(grown.points_m, grown.outward, texture, opaque=True)


def _zigzag(position: Floats, legs: int) -> Floats:
    """0..1 to and fro `legs` times while position runs from 0 to 1."""
    return np.asarray(1 - np.abs((position * legs) % 2 - 1))


def _ribbons(
    style: HairStyle,
    skull: RadialShape,
    *,
    left: bool,
    position: Floats,
    width: Floats,
    travel: Floats,
    lift_m: Floats,
    columns: tuple[float, float],
    variant: NDArray[np.int64],
    variants: int,
) -> HairSurface:
    """Ribbons [N] along strands.

    `width` [N] is a share of the root line, `lift_m` [N, S] what they stand off the core.
    """
    edges = []
    for side in (-0.5, 0.0, 0.5):
        # The middle stands higher than the edges, which dip into the core: a rounded lock without an outline.
        height = lift_m + (0.0004 if side == 0.0 else -0.0009)
        at = np.clip(position + side * width, 0, 1)
        edges.append(grow_strands(style, skull, left=left, position=at, travel=travel, extra_lift_m=height))
    pieces = []
    span = (columns[1] - columns[0]) / variants
    for ribbon in range(len(position)):
        points = np.stack([edge.points_m[ribbon] for edge in edges])
        outward = np.stack([edge.outward[ribbon] for edge in edges])
        u = columns[0] + span * (variant[ribbon] + np.array([0.04, 0.5, 0.96]))
        along = np.linspace(1, 0, travel.shape[-1])
        texture = np.stack(np.broadcast_arrays(u[:, None], along[None, :]), -1)
        pieces.append(_sheet(points, outward, texture, opaque=False))
    return _join(pieces)


def _clumps(style: HairStyle, skull: RadialShape, generator: np.random.Generator, *, left: bool) -> HairSurface:
    """Locks that lie over the core and break up its outline."""
    count = 36
    position = (np.arange(count) + generator.uniform(0.1, 0.9, count)) / count * 0.97 + 0.01
    start = generator.uniform(0.0, 0.10, count)
    end = generator.uniform(0.80, 0.98, count)
    travel = start[:, None] + (end - start)[:, None] * np.linspace(0, 1, 16)[None]
    lift = (0.0005 + generator.uniform(0, 0.0011, count))[:, None] * np.sin(np.pi * np.linspace(0.06, 0.97, 16))[None]
    return _ribbons(
        style,
        skull,
        left=left,
        position=position,
        width=generator.uniform(0.022, 0.040, count),
        travel=travel,
        lift_m=lift,
        columns=ATLAS_COLUMNS["clump"],
        variant=generator.integers(0, CLUMP_VARIANTS, count),
        variants=CLUMP_VARIANTS,
    )


def _hairline(style: HairStyle, skull: RadialShape, generator: np.random.Generator, *, left: bool) -> HairSurface:
    """Fine cards whose roots sit on the skin in front of the core: a hairline that fades."""
    count = 72
    position = np.sort(generator.uniform(0.27, 0.98, count))
    end = generator.uniform(0.14, 0.32, count)
    start = -generator.uniform(0.0, 0.05, count)
    travel = start[:, None] + (end - start)[:, None] * np.linspace(0, 1, 6)[None]
    # They rise above the core's edge at once, then sink into it.
    rise = 0.0008 + 0.0011 * np.sin(np.pi * np.linspace(0.1, 1, 6))
    lift = rise[None] * generator.uniform(0.7, 1.3, count)[:, None]
    return _ribbons(
        style,
        skull,
        left=left,
        position=position,
        width=generator.uniform(0.010, 0.022, count),
        travel=travel,
        lift_m=lift,
        columns=ATLAS_COLUMNS["wisp"],
        variant=generator.integers(0, WISP_VARIANTS, count),
        variants=WISP_VARIANTS,
    )


def _loose_locks(style: HairStyle, skull: RadialShape, generator: np.random.Generator) -> HairSurface:
    """Strands that escaped the knot and hang before the ears."""
    pieces = []
    steps = np.linspace(0, 1, 15)
    for lock in style.loose_locks:
        line = np.array(lock.points)
        for _ in range(lock.ribbons):
            jitter = np.cumsum(generator.normal(0, 0.0012, line.shape), axis=0)
            jitter[:, 0] *= 0.5
            way = np.linspace(0, 1, len(line))
            centre = CubicSpline(way, line + jitter)(steps)
            tangent = unit(np.gradient(centre, axis=0))
            outward = unit(centre - skull.centre_m)
            outward = unit(outward - (outward * tangent).sum(1, keepdims=True) * tangent)
            across = np.cross(tangent, outward)
            turn = generator.uniform(-0.6, 0.6)
            across = np.cos(turn) * across + np.sin(turn) * outward
            width = lock.width_m * generator.uniform(0.6, 1.1) * np.interp(steps, [0, 0.3, 1], [0.8, 1, 0.45])
            grid = np.stack([centre + side * width[:, None] * across for side in (-0.5, 0.5)])
            # No lock cuts into the skin.
            offset = grid.reshape(-1, 3) - skull.centre_m
            reach = np.linalg.norm(offset, axis=1, keepdims=True)
            least = skull.radius(offset)[:, None] + 0.0015
            grid = (skull.centre_m + offset / reach * np.maximum(reach, least)).reshape(grid.shape)
            first, last = ATLAS_COLUMNS["wisp"]
            span = (last - first) / WISP_VARIANTS
            u = first + span * (generator.integers(0, WISP_VARIANTS) + np.array([0.30, 0.70]))
            texture = np.stack(np.broadcast_arrays(u[:, None], (1 - steps)[None, :]), -1)
            pieces.append(_sheet(grid, np.stack([outward, outward]), texture, opaque=False))
    return _join(pieces)


def _knot(style: HairStyle, skull: RadialShape, turns: int = 40, rings: int = 14) -> HairSurface:
    """The bun: a flattened ball with strands wound around it."""
    direction = unit(np.array(style.knot_point) - skull.centre_m)
    centre = skull.point(direction[None], style.knot_radius_m * 0.55)[0]
    side = unit(np.cross([0.0, 1.0, 0.0], direction))
    up = np.cross(direction, side)
    polar = np.linspace(0.02, 0.72 * np.pi, rings)[:, None]
    around = np.linspace(0, 2 * np.pi, turns)[None, :]
    swirl = around + 0.9 * polar
    radius = style.knot_radius_m * (1 + 0.05 * np.cos(3 * around + 5 * polar))
    outward = (
        np.cos(polar)[..., None] * direction * 0.8
        + (np.sin(polar) * np.cos(swirl))[..., None] * side
        + (np.sin(polar) * np.sin(swirl))[..., None] * up
    )
    points = centre + outward * radius[..., None]
    first, last = ATLAS_COLUMNS["knot"]
    u = first + (last - first) * np.linspace(0.02, 0.98, rings)[:, None]
    texture = np.stack(np.broadcast_arrays(u, 0.1 + 0.8 * around / (2 * np.pi)), -1)
    return _sheet(points, unit(outward), texture, opaque=True)
