"""Where hair grows: the hairline on one person's skin, distance from it, the parting, and places for roots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from avatar.hair.skin_surface import SkinSurface
from avatar.hair.style import HairStyle
from avatar.radial_shape import unit

__all__ = ["Scalp", "Skin", "find_scalp", "scatter_roots"]

Floats = NDArray[np.float64]

OUTLINE_POINTS = 900
FRONT_M, BEHIND_LEFT_OUT = -0.035, 0.5
"""Behind this depth ribbons are left out, and which share of them: they are wider there instead."""


@dataclass(frozen=True)
class Skin:
    """One person's skin, on which hair is groomed."""

    vertices_m: Floats
    """[V, 3] all vertices of the head."""
    triangles: NDArray[np.int64]
    """[K, 3] of skin and bust."""
    ear: NDArray[np.bool_]
    """[V] the outer ears."""
    centre_m: Floats
    """[3] the middle of the skull."""
    surface: SkinSurface


@dataclass(frozen=True)
class Scalp:
    """The region where hair grows."""

    outline_m: Floats
    """[N, 3] the closed hairline on the skin."""
    centre_m: Floats
    """[3] the middle of the skull."""
    plane: Floats
    """[N, 2] the hairline, unrolled about the crown."""
    parting_m: Floats
    """[P, 3] the parting; empty where there is none."""
    thin_m: Floats
    """[T, 5] thin places: middle, radius, missing share."""
    cover: float

    def distance(self, points_m: Floats) -> Floats:
        """[N] metres from the hairline for points near the skin, positive where hair grows."""
        away, _ = cKDTree(self.outline_m).query(points_m)
        return np.where(_inside(_unrolled(points_m - self.centre_m), self.plane), away, -away)

    def along(self, points_m: Floats) -> Floats:
        """[N] 0..1: which place of the hairline is nearest."""
        _, index = cKDTree(self.outline_m).query(points_m)
        return np.asarray(index / len(self.outline_m))

    def side(self, points_m: Floats) -> Floats:
        """[N] 1 left of the parting (x > 0), -1 right of it; 0 everywhere where there is none."""
        if len(self.parting_m) == 0:
            return np.zeros(len(points_m))
        # The parting runs from back to front: its x at the depth of the point decides.
        order = np.argsort(self.parting_m[:, 2])
        middle = np.interp(points_m[:, 2], self.parting_m[order, 2], self.parting_m[order, 0])
        return np.where(points_m[:, 0] > middle, 1.0, -1.0)

    def from_parting(self, points_m: Floats) -> Floats:
        """[N] metres from the parting; infinite where there is none."""
        if len(self.parting_m) == 0:
            return np.full(len(points_m), np.inf)
        return np.asarray(cKDTree(self.parting_m).query(points_m)[0])

    def density(self, points_m: Floats) -> Floats:
        """[N] 0..1 how densely hair grows at points inside of the hairline, edges apart."""
        density = np.full(len(points_m), self.cover)
        for x, y, z, radius, missing in self.thin_m:
            distance = np.linalg.norm(points_m - (x, y, z), axis=1)
            density *= 1 - missing * np.exp(-((distance / radius) ** 2))
        return density


def find_scalp(style: HairStyle, skin: Skin, moved: dict[str, Floats]) -> Scalp:
    """The scalp of a style on a person; `moved` holds the style's points `hairline`, `parting`, `thin` there."""
    line = moved["hairline"]
    rays = unit(line - skin.centre_m)
    reach = np.linalg.norm(line - skin.centre_m, axis=1)
    step = np.linalg.norm(np.diff(np.r_[line, line[:1]], axis=0), axis=1)
    knots = np.r_[0.0, np.cumsum(np.sqrt(step))]
    table = np.c_[rays, reach]
    spline = CubicSpline(knots, np.r_[table, table[:1]], bc_type="periodic")
    smooth = spline(np.linspace(0, knots[-1], OUTLINE_POINTS, endpoint=False))
    outline = _onto_skin(skin.centre_m + unit(smooth[:, :3]) * smooth[:, 3:], skin)
    thin = np.zeros((0, 5))
    if style.undercoat.thin:
        rows = np.array([(radius, missing) for _, radius, missing in style.undercoat.thin])
        thin = np.c_[moved["thin"], rows]
    parting = moved["parting"]
    if len(parting):
        at = np.linspace(0, 1, 120)
        parting = CubicSpline(np.linspace(0, 1, len(parting)), parting)(at)
        parting = _onto_skin(parting, skin)
    plane = _unrolled(outline - skin.centre_m)
    return Scalp(outline, skin.centre_m, plane, parting, thin, style.undercoat.cover)


def _onto_skin(points_m: Floats, skin: Skin) -> Floats:
    for _ in range(3):
        height, normal = skin.surface.height(points_m)
        points_m = points_m - height[:, None] * normal
    return points_m


def _unrolled(offset_m: Floats) -> Floats:
    """Directions [N, 3] on a plane [N, 2]: angle from the crown and direction about it."""
    rays = unit(offset_m)
    crown = unit(np.array([0.0, 0.9, -0.42]))
    front = unit(np.array([0.0, 0.42, 0.9]))
    polar = np.arccos(np.clip(rays @ crown, -1, 1))
    around = np.arctan2(rays[:, 0], rays @ front)
    return np.stack([polar * np.cos(around), polar * np.sin(around)], 1)


def _inside(points: Floats, polygon: Floats) -> NDArray[np.bool_]:
    """[N] whether points [N, 2] lie in the polygon [M, 2] (crossings of a ray along +x)."""
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        if y0 == y1:
            continue
        crosses = (points[:, 1] > min(y0, y1)) & (points[:, 1] <= max(y0, y1))
        at = x0 + (points[:, 1] - y0) * (x1 - x0) / (y1 - y0)
        inside ^= crosses & (points[:, 0] < at)
    return inside


def scatter_roots(
    scalp: Scalp,
    skin: Skin,
    count: int,
    edge_m: tuple[float, float],
    generator: np.random.Generator,
    only: str = "",
    rounds: int = 4,
) -> Floats:
    """[count, 3] places on the skin, evenly spread, denser where hair grows densely, `edge_m` from the hairline.

    More `rounds` spread them more evenly; few leave the irregular edge of a natural hairline.
    """
    corners = skin.vertices_m[skin.triangles[~skin.ear[skin.triangles].any(1)]]
    middle = corners.mean(1)
    reach = np.linalg.norm(middle - scalp.outline_m.mean(0), axis=1)
    corners = corners[(reach < 0.16) & (middle[:, 1] > scalp.outline_m[:, 1].min() - 0.02)]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    tried = max(40 * count, 4000) if edge_m[1] < 0.02 else max(20 * count, 4000)
    chosen = generator.choice(len(corners), tried, p=area / area.sum())
    points = np.einsum("nk,nkd->nd", generator.dirichlet((1, 1, 1), tried), corners[chosen])
    distance = scalp.distance(points)
    # A portrait never sees the back of the head but past its sides.
    behind = np.clip((FRONT_M - points[:, 2]) / 0.03, 0, 1)
    seen = generator.random(tried) > BEHIND_LEFT_OUT * behind
    kept = seen & (distance > edge_m[0]) & (distance < edge_m[1]) & (generator.random(tried) < scalp.density(points))
    if only == "part":
        kept &= scalp.from_parting(points) < 0.012
    if only == "front":
        kept &= (points[:, 2] > 0.06) & (np.abs(points[:, 0]) < 0.058)
    if only == "sideburn":
        x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
        kept &= (x > 0.055) & (y < 0.075) & (y > -0.01) & (z > 0.005)
    points = points[kept]
    if len(points) <= count:
        return points
    # A few rounds of moving roots to the middle of what is nearest to them spread them evenly.
    roots = points[generator.choice(len(points), count, replace=False)]
    for _ in range(rounds):
        _, owner = cKDTree(roots).query(points)
        total = np.zeros_like(roots)
        np.add.at(total, owner, points)
        held = np.bincount(owner, minlength=count)
        roots = np.where(held[:, None] > 0, total / np.maximum(held, 1)[:, None], roots)
    jitter = generator.normal(0, 0.0006, roots.shape)
    return _onto_skin(roots + jitter, skin)
