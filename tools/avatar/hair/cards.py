"""Ribbons along strands: what carries the picture of single hairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avatar.hair.grow import Strands
from avatar.hair.hair_mesh import HairMesh
from avatar.hair.strand_atlas import Columns
from avatar.hair.style import Card
from avatar.radial_shape import unit

__all__ = ["make_cards"]

Floats = NDArray[np.float64]

EDGE_TILT = 0.25
"""How far the normal leans outwards at a ribbon's edges: it is shaded as a rounded lock."""
STRAIGHT_PER_M = 3.0
"""Curvature that straight stretches are counted with when a ribbon's rows are placed."""


def make_cards(
    strands: Strands,
    card: Card,
    columns: Columns,
    centre_m: Floats,
    greyed: NDArray[np.bool_],
    generator: np.random.Generator,
) -> HairMesh:
    """A ribbon [rows x 1 quads] along every strand; `centre_m` is the middle of the skull.

    Strands that are `greyed` [N] take the last picture of their kind, the greyest one, the others any other.
    """
    count = len(strands.points_m)
    at = _places(strands.points_m, card.rows)
    points, outward = _resampled(strands.points_m, at), unit(_resampled(strands.outward, at))
    tangent = unit(np.gradient(points, axis=1))
    # Away from the skin and away from the middle of the head: the shape that light sees.
    volume = unit(outward + 0.8 * unit(points - centre_m))
    across = unit(np.cross(tangent, volume))
    turn = generator.normal(0, card.twist_rad, count)[:, None, None] + generator.normal(
        0, min(0.25, card.twist_rad), count
    )[:, None, None] * (at[..., None] - 0.3)
    normal = unit(np.cross(across, tangent))
    across = np.cos(turn) * across + np.sin(turn) * normal
    # Short hair stands in finer tufts.
    length = np.linalg.norm(np.diff(points, axis=1), axis=-1).sum(1)
    width = np.minimum(card.width_m, 0.0012 + 0.14 * length) * generator.uniform(0.7, 1.3, count)
    width = width[:, None] * _width_profile(at, card.kind)
    half = 0.5 * width[..., None] * across
    vertices = np.stack([points - half, points + half], 2)
    # Ribbons that lie neatly in one layer make one surface: their edges would be seen as stripes.
    tilt = min(EDGE_TILT, card.twist_rad)
    shading = unit(unit(volume + 0.5 * normal)[:, :, None] + tilt * np.stack([-across, across], 2))
    last_variant = columns.variants(card.kind) - 1
    variant = np.where(greyed, last_variant, generator.integers(0, max(last_variant, 1), count))
    first, last = columns.edges(card.kind, variant)
    flip = generator.random(count) < 0.5
    first, last = np.where(flip, last, first), np.where(flip, first, last)
    rows = at.shape[1]
    u = np.broadcast_to(np.stack([first, last], 1)[:, None, :], (count, rows, 2))
    v = np.broadcast_to((1 - at)[..., None], (count, rows, 2))
    index = np.arange(count * rows * 2).reshape(count, rows, 2)
    a, b, c, d = index[:, :-1, 0], index[:, :-1, 1], index[:, 1:, 1], index[:, 1:, 0]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    # Ribbon by ribbon, so that the renderer's sorting meets neighbours together.
    order = np.argsort(triangles[:, 0], kind="stable")
    both = (count, rows, 2, 3)
    return HairMesh(
        vertices.reshape(-1, 3),
        triangles[order],
        np.stack([u, v], -1).reshape(-1, 2),
        np.broadcast_to(tangent[:, :, None], both).reshape(-1, 3),
        shading.reshape(-1, 3),
        np.broadcast_to(volume[:, :, None], both).reshape(-1, 3),
        np.ones(count * rows * 2),
    )


def _places(points_m: Floats, rows: int) -> Floats:
    """[N, rows + 1] shares 0..1 of strands [N, S, 3]: close together where a strand bends, so that no corner shows.

    A chord of length h misses a curve of curvature k by k h^2 / 8: equal errors want a density of sqrt(k).
    """
    steps = np.diff(points_m, axis=1)
    length = np.maximum(np.linalg.norm(steps, axis=-1), 1e-9)
    heading = steps / length[..., None]
    bend = np.linalg.norm(np.diff(heading, axis=1), axis=-1) / (0.5 * (length[:, 1:] + length[:, :-1]))
    bend = gaussian_filter1d(np.pad(bend, ((0, 0), (1, 0)), mode="edge"), 1.0, axis=1, mode="nearest")
    travelled = np.cumsum(np.sqrt(bend + STRAIGHT_PER_M) * length, axis=1)
    travelled = np.pad(travelled, ((0, 0), (1, 0))) / travelled[:, -1:]
    shares = np.linspace(0, 1, points_m.shape[1])
    wanted = np.linspace(0, 1, rows + 1)
    return np.stack([np.interp(wanted, own, shares) for own in travelled])


def _resampled(values: Floats, at: Floats) -> Floats:
    """[N, R, 3] of [N, S, 3] at shares 0..1 [N, R] of each strand."""
    place = at * (values.shape[1] - 1)
    low = np.minimum(place.astype(int), values.shape[1] - 2)
    weight = (place - low)[..., None]
    strand = np.arange(len(values))[:, None]
    return np.asarray(values[strand, low] * (1 - weight) + values[strand, low + 1] * weight)


def _width_profile(at: Floats, kind: str) -> Floats:
    """Narrow at the root, widest in the middle, narrower at the tip; what is opaque is pointed at both."""
    grown = 0.55 + 0.45 * np.clip(at / 0.25, 0, 1)
    if kind == "core":
        pointed = np.clip((1 - at) / 0.35, 0.0, 1) * np.clip(at / 0.10, 0.01, 1)
        return np.asarray(grown * np.sqrt(pointed))
    return np.asarray(grown * (1 - 0.45 * np.clip((at - 0.55) / 0.45, 0, 1)))
