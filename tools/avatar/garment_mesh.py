"""A knitted top with a round collar: one sheet of rows that run from the collar outwards over the shoulders.

The body's shape is the average of several part garments, kept clear of the skin; collar, folds and mesh are our own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from avatar.radial_shape import RadialShape, unit
from avatar.skin_detail import space_noise

__all__ = ["GarmentRecipe", "GarmentSurface", "build_garment", "neckline"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GarmentRecipe:
    """Cut of the top, metres in the head frame."""

    front_m: tuple[float, float] = (-0.148, 0.042)
    """Height and depth (y, z) of the middle of the neckline in front; with `back_m` the plane that cuts it."""
    back_m: tuple[float, float] = (-0.112, -0.085)
    chest_centre_m: tuple[float, float, float] = (0.0, -0.240, -0.015)
    """A point in the chest that sees all of the garment."""
    gap_m: float = 0.004
    """Distance of the collar's edge from the neck."""
    collar_width_m: float = 0.019
    collar_lift_m: float = 0.0060
    """How far the collar stands off the skin: twice the cloth."""
    cloth_lift_m: float = 0.0028
    """How far the cloth stands off the skin next to the collar."""
    clearance_m: float = 0.006
    """Least distance of the body of the garment from the skin."""
    fold_m: float = 0.0022
    """Height of the folds, standard deviation."""
    lowest_polar_rad: float = 2.25
    """Where the garment ends, as an angle from straight up at the middle of the chest."""
    columns: int = 112
    rows: int = 40
    seed: int = 17


@dataclass(frozen=True)
class GarmentSurface:
    """The sheet, its seam at the back listed twice."""

    vertices_m: Floats
    """[V, 3]."""
    triangles: NDArray[np.int64]
    """[K, 3] counter-clockwise seen from outside."""
    texture_coordinates: Floats
    """[V, 2]: u round the neck, v down the cloth; one unit is about `TILE_M` of cloth, the texture repeats."""
    distance_m: Floats
    """[V] way along the cloth from the neckline."""


TILE_M = 0.12
"""Width of cloth that one repeat of the texture shows."""


def neckline(vertices_m: Floats, triangles: NDArray[np.integer], recipe: GarmentRecipe) -> Floats:
    """The line [columns + 1, 3] in which the neckline's plane cuts the skin, from the back round by the left side.

    Per direction about the neck the outermost cut counts; the line is smoothed, so that the skin's mesh does not show.
    """
    front, back = (np.array([0.0, *point]) for point in (recipe.front_m, recipe.back_m))
    normal = unit(np.cross(front - back, [1.0, 0.0, 0.0]))
    side = (vertices_m - front) @ normal
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    crossing = (side[edges[:, 0]] > 0) != (side[edges[:, 1]] > 0)
    first, second = edges[crossing].T
    share = side[first] / (side[first] - side[second])
    points = vertices_m[first] * (1 - share[:, None]) + vertices_m[second] * share[:, None]
    middle = 0.5 * (front + back)
    # Azimuth 0 is the back; it grows towards the left side (x > 0).
    azimuth = np.arctan2(points[:, 0], -(points[:, 2] - middle[2])) % (2 * np.pi)
    radius = np.hypot(points[:, 0], points[:, 2] - middle[2])
    bins = 180
    outermost = np.full(bins, np.nan)
    for place, reach in zip((azimuth / (2 * np.pi) * bins).astype(int) % bins, radius, strict=True):
        outermost[place] = np.fmax(outermost[place], reach)
    known = np.nonzero(~np.isnan(outermost))[0]
    outermost = np.interp(np.arange(bins), known, outermost[known], period=bins)
    outermost = gaussian_filter1d(outermost, 4, mode="wrap") + recipe.gap_m
    at = np.linspace(0, 2 * np.pi, recipe.columns + 1)
    reach = np.interp(at, (np.arange(bins) + 0.5) / bins * 2 * np.pi, outermost, period=2 * np.pi)
    x, z = reach * np.sin(at), middle[2] - reach * np.cos(at)
    y = front[1] - (normal[0] * x + normal[2] * (z - front[2])) / normal[1]
    return np.stack([x, y, z], 1)


def build_garment(
    line_m: Floats,
    skin: RadialShape,
    garments: tuple[RadialShape, ...],
    shares: tuple[float, ...],
    recipe: GarmentRecipe,
) -> GarmentSurface:
    """The top below a neckline [columns + 1, 3], over the skin and in the shape of `garments` mixed by `shares`.

    All shapes are seen from the same point inside the chest.
    """
    centre = skin.centre_m
    start = unit(line_m - centre)
    azimuth = np.arctan2(start[:, 0], -start[:, 2])
    low = recipe.lowest_polar_rad
    end = np.stack(
        [np.sin(low) * np.sin(azimuth), np.full_like(azimuth, np.cos(low)), -np.sin(low) * np.cos(azimuth)], 1
    )
    # Rows are close together at the collar and open out downwards.
    collar_rows = 9
    way = np.r_[
        np.linspace(-0.004, recipe.collar_width_m, collar_rows),
        recipe.collar_width_m + 0.003 + 0.30 * np.linspace(0, 1, recipe.rows - collar_rows) ** 1.35,
    ]
    arc = np.arccos(np.clip((start * end).sum(1), -1, 1))
    reach = np.linalg.norm(line_m - centre, axis=1)
    # Near the collar a step is `way` metres for every column; further down the columns share the rest evenly.
    share = way[None, :] / (reach * arc)[:, None]
    even = (way / way[-1])[None, :]
    blend = np.clip((way - 0.02) / 0.10, 0, 1)[None, :]
    share = np.clip(share * (1 - blend) + even * blend, None, 1)
    sine = np.sin(arc)[:, None, None]
    rays = unit(
        np.sin((1 - share) * arc[:, None])[..., None] * start[:, None]
        + np.sin(share * arc[:, None])[..., None] * end[:, None]
    )
    rays = unit(rays / np.maximum(sine, 1e-9))
    flat = rays.reshape(-1, 3)
    shape = rays.shape[:2]
    skin_radius = skin.radius(flat).reshape(shape)
    cloth_radius = sum(share * garment.radius(flat) for garment, share in zip(garments, shares, strict=True)).reshape(
        shape
    )
    distance = np.broadcast_to(way[None, :], shape)
    fitted = skin_radius + _lift(distance, recipe)
    loose = np.maximum(cloth_radius, skin_radius + recipe.clearance_m)
    falls = np.clip((distance - recipe.collar_width_m) / 0.075, 0, 1)
    falls = falls * falls * (3 - 2 * falls)
    radius = fitted * (1 - falls) + loose * falls
    radius = radius + _folds(centre + rays * radius[..., None], recipe) * falls
    radius = np.maximum(radius, skin_radius + np.minimum(_lift(distance, recipe), recipe.cloth_lift_m))
    points = centre + rays * radius[..., None]
    # The collar's inner edge turns down between cloth and neck, as far as there is room.
    inner = points[:, 1] - np.array([0.0, 0.005, 0.0]) - centre
    reach = np.linalg.norm(inner, axis=1)
    points[:, 0] = centre + inner * (np.maximum(reach, skin.radius(inner) + 0.0008) / reach)[:, None]
    return _sheet(points, distance)


def _lift(distance_m: Floats, recipe: GarmentRecipe) -> Floats:
    """Height of the cloth over the skin: a rounded rim, the flat collar, a seam, the body."""
    rim = np.sqrt(np.clip(1 - (1 - np.clip(distance_m / 0.004, 0, 1)) ** 2, 0, 1))
    collar = 0.0008 + (recipe.collar_lift_m - 0.0008) * rim
    past = np.clip((distance_m - recipe.collar_width_m + 0.003) / 0.004, 0, 1)
    # Off the collar the cloth hangs freer, so that a turning neck does not push through it.
    body = recipe.cloth_lift_m + 0.09 * np.clip(distance_m - recipe.collar_width_m, 0, 0.05)
    return np.asarray(collar * (1 - past) + body * past)


def _folds(points_m: Floats, recipe: GarmentRecipe) -> Floats:
    """Soft folds that hang from the shoulders and pull towards the arms."""
    flat = points_m.reshape(-1, 3)
    hang = flat * np.array([1.0, 0.22, 0.7])
    slow = space_noise(hang, (0.035, 0.07), recipe.seed)
    pull = flat.copy()
    pull[:, 1] += 0.9 * np.abs(flat[:, 0])
    across = space_noise(pull * np.array([0.25, 1.0, 0.4]), (0.03, 0.055), recipe.seed + 1)
    shoulder = np.clip((np.abs(flat[:, 0]) - 0.07) / 0.08, 0, 1)
    return np.asarray((recipe.fold_m * (0.55 * slow + 0.75 * shoulder * across)).reshape(points_m.shape[:2]))


def _sheet(points: Floats, distance: Floats) -> GarmentSurface:
    columns, rows = points.shape[:2]
    index = np.arange(columns * rows).reshape(columns, rows)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    corner = points.reshape(-1, 3)[triangles]
    outward = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    middle = points.reshape(-1, 3).mean(0)
    if ((corner.mean(1) - middle) * outward).sum() < 0:
        triangles = triangles[:, [0, 2, 1]]
    # A whole number of repeats around the chest closes the pattern at the back.
    around = np.linspace(0, 10, columns)[:, None]
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=1), axis=2).mean(0))] / TILE_M
    texture = np.stack(np.broadcast_arrays(around, -along[None, :]), -1)
    return GarmentSurface(points.reshape(-1, 3), triangles, texture.reshape(-1, 2), distance.reshape(-1))
