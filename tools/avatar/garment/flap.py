"""Flaps: collar leaves, lapels and plackets, which lie on the body at a height of their own and have turned edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import Body
from avatar.garment.cloth import Cloth
from avatar.garment.flatten import lay_flat
from avatar.garment.piece import Piece
from avatar.garment.sheet import grid_triangles
from avatar.radial_shape import unit

if TYPE_CHECKING:
    from avatar.garment.laid import FallenSheet

__all__ = ["between", "cast_shadow", "front_points", "grid_normals", "sew", "smooth_curve", "turned"]

Floats = NDArray[np.float64]


def smooth_curve(controls_m: Floats, count: int) -> Floats:
    """Points [count, 3] evenly along a centripetal Catmull-Rom curve through `controls_m` [N, 3]."""
    ends = np.concatenate([2 * controls_m[:1] - controls_m[1:2], controls_m, 2 * controls_m[-1:] - controls_m[-2:-1]])
    pieces = []
    for first in range(len(controls_m) - 1):
        p = ends[first : first + 4]
        knot = np.r_[0.0, np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)) + 1e-9)]
        t = np.linspace(knot[1], knot[2], 24)[:, None]
        a = [
            (knot[k + 1] - t) / (knot[k + 1] - knot[k]) * p[k] + (t - knot[k]) / (knot[k + 1] - knot[k]) * p[k + 1]
            for k in range(3)
        ]
        b = [
            (knot[k + 2] - t) / (knot[k + 2] - knot[k]) * a[k] + (t - knot[k]) / (knot[k + 2] - knot[k]) * a[k + 1]
            for k in range(2)
        ]
        pieces.append((knot[2] - t) / (knot[2] - knot[1]) * b[0] + (t - knot[1]) / (knot[2] - knot[1]) * b[1])
    fine = np.concatenate(pieces)
    way = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))]
    goal = np.linspace(0, way[-1], count)
    return np.stack([np.interp(goal, way, fine[:, axis]) for axis in range(3)], -1)


def front_points(body: Body, places_m: Floats) -> Floats:
    """Points [N, 3] of the body's front at places (x, y) [N, 2], found from straight ahead."""
    depth = np.linspace(0.17, -0.06, 93)
    points = np.concatenate([places_m, np.zeros((len(places_m), 1))], 1)
    inside = np.stack([body.distance(points + np.array([0, 0, z])) < 0 for z in depth], -1)
    first = np.clip(inside.argmax(-1), 1, None)
    near, far = depth[first], depth[first - 1]
    for _ in range(12):
        middle = 0.5 * (near + far)
        points[:, 2] = middle
        within = body.distance(points) < 0
        near, far = np.where(within, middle, near), np.where(within, far, middle)
    points[:, 2] = near
    return points


def between(
    body: Body, inner_m: Floats, outer_m: Floats, shares: Floats, heights_m: Floats, *, taut: bool = False
) -> Floats:
    """A grid [C, R, 3] over the body from a curve [C, 3] to another, at `shares` [R] of the way, `heights_m` [C, R].

    A taut grid takes the straight way from the lifted curves and touches nothing lower than its heights: it bridges
    the hollow between neck and chest.
    """
    height = np.broadcast_to(heights_m, (len(inner_m), len(shares)))
    if taut:
        inner_m, outer_m = body.lifted(inner_m, height[:, 0]), body.lifted(outer_m, height[:, -1])
    points = inner_m[:, None] * (1 - shares[:, None]) + outer_m[:, None] * shares[:, None]
    return body.lifted(points, height, least_only=taut)


def grid_normals(points_m: Floats) -> Floats:
    """Unit normals [C, R, 3] of a grid whose columns run leftwards and rows downwards, seen from outside."""
    along, down = np.gradient(points_m, axis=0), np.gradient(points_m, axis=1)
    return unit(np.cross(along, down))


def turned(points_m: Floats, thickness_m: float, sides: str, inset_m: float = 0.006) -> Floats:
    """The grid [C, R, 3] with its edges turned under: `sides` of `l` (last row), `a` (first column), `z` (last one).

    Two rows or columns are added a side: the edge again on the underside, and a strip of the underside.
    """
    normals = grid_normals(points_m)
    points = points_m
    if "l" in sides:
        edge, inward = points[:, -1:], unit(points[:, -2:-1] - points[:, -1:])
        under = edge - thickness_m * normals[:, -1:]
        points = np.concatenate([points, under, under + inset_m * inward], 1)
        normals = np.concatenate([normals, normals[:, -1:], normals[:, -1:]], 1)
    for side in "az":
        if side in sides:
            own, beside = (points[:1], points[1:2]) if side == "a" else (points[-1:], points[-2:-1])
            facing = normals[:1] if side == "a" else normals[-1:]
            under = own - thickness_m * facing
            strip = [under + inset_m * unit(beside - own), under]
            rows = [*strip, points] if side == "a" else [points, *strip[::-1]]
            points = np.concatenate(rows)
            normals = np.concatenate([*([facing] * 2), normals] if side == "a" else [normals, *([facing] * 2)])
    return points


def cast_shadow(
    body: Body,
    edge_m: Floats,
    inside_m: Floats,
    height_m: float,
    cloth: Cloth,
    *,
    reach_m: float = 0.009,
    dark: float = 0.45,
    light: float = 1.0,
    onto: FallenSheet | None = None,
) -> Piece:
    """The shadow beside an edge [N, 3]: a strip of the cloth below, dark under the edge and lighter outwards.

    `inside_m` [N, 3] are points of the flap beside its edge; the strip lies `height_m` over the body,
    or close over the sheet `onto` that has fallen there.
    """
    outward = edge_m - inside_m
    facing = body.outward(edge_m)
    outward = unit(outward - (outward * facing).sum(1, keepdims=True) * facing)
    way = np.array([-0.0025, 0.0, 0.0012, 0.003, reach_m])
    shade = light * (dark + (1 - dark) * np.array([0.0, 0.0, 0.45, 0.8, 1.0]))
    points = edge_m[:, None] + way[:, None] * outward[:, None]
    sunk = np.array([0.0, 0.0, 0.0, 0.0, -0.0006])
    points = body.lifted(points, np.broadcast_to(height_m + sunk, points.shape[:2]))
    if onto is not None:
        points = onto.lay(points, np.broadcast_to(0.0004 + 0.6 * sunk, points.shape[:2]))
    return sew("shadow", points, cloth, shade=np.broadcast_to(shade, points.shape[:2]))


def sew(
    name: str,
    points_m: Floats,
    cloth: Cloth,
    *,
    turn: float = 0.0,
    head_weight: Floats | float = 0.0,
    shade: Floats | float = 1.0,
) -> Piece:
    """A piece from a grid [C, R, 3]; the threads are turned by `turn` radians against its columns.

    `shade` and `head_weight` are numbers, or given for every vertex [C, R].
    """
    columns, rows = points_m.shape[:2]
    triangles = grid_triangles(columns, rows, closed=False)
    across = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points_m, axis=0), axis=2).mean(1))]
    down = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(points_m, axis=1), axis=2).mean(0))]
    start = np.stack(np.broadcast_arrays(-across[:, None], -down[None]), -1).reshape(-1, 2)
    flat = lay_flat(points_m.reshape(-1, 3), triangles, start)
    cosine, sine = np.cos(turn), np.sin(turn)
    flat = flat @ np.array([[cosine, sine], [-sine, cosine]])
    weight = np.broadcast_to(head_weight, points_m.shape[:2]).ravel().astype(np.float64)
    light = np.broadcast_to(shade, points_m.shape[:2]).ravel().astype(np.float64)
    return Piece(name, points_m.reshape(-1, 3), triangles, flat / cloth.width_m, weight, cloth, light)
