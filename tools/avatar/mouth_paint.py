"""Teeth, gums, tongue and the mouth's lining, coloured from nothing but where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from avatar.skin_bake import SkinTexels
from avatar.skin_noise import space_noise

__all__ = ["MouthRecipe", "ToothPlaces", "find_teeth", "paint_gums", "paint_teeth", "paint_tongue"]

Floats = NDArray[np.float64]
Colour = tuple[float, float, float]

ARCH_MIDDLE_M = 0.062
"""Depth (z) of the middle of the arch of the teeth."""


@dataclass(frozen=True)
class MouthRecipe:
    """Linear albedos."""

    tooth: Colour = (0.84, 0.775, 0.66)
    tooth_at_gum: Colour = (0.79, 0.67, 0.51)
    gum: Colour = (0.52, 0.205, 0.19)
    tongue: Colour = (0.50, 0.19, 0.185)
    lining: Colour = (0.40, 0.11, 0.10)
    """The inside of lips and cheeks and the throat."""
    clear_edge_m: float = 0.0022
    """Height of the translucent edge."""
    uneven: float = 0.022
    """How much one tooth differs from the next."""
    gum_reach_m: float = 0.0055
    """How far from the gum a tooth is tinted."""
    seed: int = 41


@dataclass(frozen=True)
class ToothPlaces:
    """Where texels lie on their teeth [N]."""

    number: NDArray[np.int64]
    """Which tooth."""
    from_edge_m: Floats
    """Height above the edge that bites."""
    beside: Floats
    """0 in the middle of a tooth, 1 where it meets its neighbour."""


def find_teeth(
    vertices_m: Floats, triangles: NDArray[np.int64], chosen: NDArray[np.int64], points_m: Floats, *, upper: bool
) -> ToothPlaces:
    """Places of points [N, 3] on rows `chosen` [N] of a jaw's `triangles` [K, 3]: teeth are what hangs together."""
    rounded = np.round(vertices_m * 1e5).astype(np.int64)
    _, welded = np.unique(rounded, axis=0, return_inverse=True)
    corner = welded.ravel()[triangles]
    edges = np.concatenate([corner[:, :2], corner[:, 1:]])
    graph = coo_matrix((np.ones(len(edges)), tuple(edges.T)), shape=(corner.max() + 1,) * 2)
    _, piece = connected_components(graph, directed=False)
    _, of_triangle = np.unique(piece[corner[:, 0]], return_inverse=True)
    number = of_triangle[chosen]
    from_edge, beside = np.zeros(len(points_m)), np.zeros(len(points_m))
    for tooth in np.unique(number):
        own = vertices_m[np.unique(triangles[of_triangle == tooth])]
        here = number == tooth
        edge = own[:, 1].min() if upper else own[:, 1].max()
        from_edge[here] = np.abs(points_m[here, 1] - edge)
        middle = own.mean(0)
        # Along the arch: across the line from the middle of the mouth to the tooth.
        outward = np.array([middle[0], middle[2] - ARCH_MIDDLE_M])
        along = np.array([outward[1], -outward[0]]) / np.linalg.norm(outward)
        half = 0.5 * np.ptp(own[:, [0, 2]] @ along)
        beside[here] = np.abs((points_m[here][:, [0, 2]] - middle[[0, 2]]) @ along) / half
    return ToothPlaces(number, from_edge, beside)


def paint_teeth(points_m: Floats, places: ToothPlaces, gum_points_m: Floats, recipe: MouthRecipe) -> SkinTexels:
    """Teeth at points [N, 3]: ivory at the gums [M, 3], clear at the edge, no two quite alike, smooth and wet."""
    generator = np.random.default_rng(recipe.seed + 7)
    gap, _ = cKDTree(gum_points_m).query(points_m)
    near = np.clip(1 - gap / recipe.gum_reach_m, 0, 1)[:, None]
    albedo = np.array(recipe.tooth) * (1 - near) + np.array(recipe.tooth_at_gum) * near
    own = generator.normal(0, recipe.uneven, (places.number.max() + 1, 1)) * np.array([0.6, 1.0, 1.7])
    albedo = albedo * np.exp(own[places.number])
    # Enamel without dentine behind it lets the dark of the mouth through.
    clear = np.clip(1 - places.from_edge_m / recipe.clear_edge_m, 0, 1)[:, None] ** 1.5
    albedo = albedo * (1 - clear * np.array([0.16, 0.15, 0.13]))
    # Between two teeth light is caught: a trace warmer and darker, since the gap itself is modelled.
    between = np.clip((places.beside - 0.80) / 0.20, 0, 1)[:, None] ** 2
    albedo = albedo * (1 - between * np.array([0.04, 0.09, 0.15]))
    bands = space_noise(points_m * np.array([1, 0.25, 1]), (0.0008, 0.003), recipe.seed)
    albedo = albedo * np.exp(0.018 * bands)[:, None]
    return _wet(albedo, 0.000012 * bands)


def paint_gums(points_m: Floats, recipe: MouthRecipe, colour: Colour) -> SkinTexels:
    """Gums or lining at points [N, 3]: mottled, slightly stippled."""
    mottled = space_noise(points_m, (0.0015, 0.006), recipe.seed + 1)
    albedo = np.array(colour) * np.exp(0.07 * mottled[:, None] * np.array([0.6, 1.2, 1.1]))
    return _wet(albedo, 0.00002 * space_noise(points_m, (0.0008, 0.002), recipe.seed + 2))


def paint_tongue(points_m: Floats, recipe: MouthRecipe) -> SkinTexels:
    """The tongue at points [N, 3]: a pale, rough back with a furrow along its middle, a redder rim."""
    middle = np.exp(-0.5 * (points_m[:, 0] / 0.0022) ** 2)
    papillae = space_noise(points_m, (0.0007, 0.0016), recipe.seed + 3)
    patches = space_noise(points_m, (0.003, 0.010), recipe.seed + 4)
    buds = np.clip(space_noise(points_m, (0.0014, 0.0028), recipe.seed + 5) - 1.1, 0, 1)
    light = np.exp(0.07 * papillae + 0.05 * patches - 0.14 * middle)
    pale = np.clip(1 - np.abs(points_m[:, 0]) / 0.016, 0, 1)[:, None]
    albedo = np.array(recipe.tongue) * light[:, None] * (1 + pale * np.array([0.05, 0.16, 0.16]))
    albedo = albedo * (1 - buds[:, None] * np.array([0.02, 0.16, 0.14]))
    return _wet(albedo, 0.00006 * papillae + 0.00008 * buds - 0.00028 * middle)


def _wet(albedo: Floats, height_m: Floats) -> SkinTexels:
    count = len(albedo)
    return SkinTexels(np.clip(albedo, 0.002, 0.95), height_m, np.ones(count), np.ones(count))
