"""Buttons: a turned disc with a rim, a hollow and four dark holes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import Body
from avatar.garment.cloth import Cloth
from avatar.garment.piece import Piece
from avatar.images import to_srgb
from avatar.radial_shape import unit

__all__ = ["sew_buttons"]

Floats = NDArray[np.float64]

SEGMENTS = 16
PROFILE = np.array([(0.0, 0.10), (0.5, 0.10), (0.75, 0.24), (0.92, 0.22), (1.0, 0.10), (1.0, -0.05)])
"""Radius and height of the rings, in radii."""


def sew_buttons(name: str, body: Body, places_m: Floats, radius_m: float, colour: tuple[float, float, float]) -> Piece:
    """Buttons at places [N, 3], facing away from the body."""
    angle = 2 * np.pi * np.arange(SEGMENTS) / SEGMENTS
    circle = np.stack([np.cos(angle), np.sin(angle)], -1)
    facing = body.outward(places_m)
    across = unit(np.cross([0.0, 1.0, 0.0], facing))
    up = np.cross(facing, across)
    flat = PROFILE[:, None, :1] * circle[None]
    points = (
        places_m[:, None, None]
        + radius_m * flat[None, ..., :1] * across[:, None, None]
        + radius_m * flat[None, ..., 1:] * up[:, None, None]
        + radius_m * PROFILE[None, :, None, 1:] * facing[:, None, None]
    )
    rings = len(PROFILE)
    index = np.arange(rings * SEGMENTS).reshape(rings, SEGMENTS)
    following = np.roll(index, -1, axis=1)
    a, b, c, d = index[:-1], index[1:], following[1:], following[:-1]
    own = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    # The innermost ring is a point: triangles with two corners on it have no area.
    own = own[(own >= SEGMENTS).sum(1) >= 2]
    count = rings * SEGMENTS
    triangles = np.concatenate([own + number * count for number in range(len(places_m))])
    texture = np.tile((0.5 + 0.5 * flat.reshape(-1, 2)), (len(places_m), 1))
    return Piece(name, points.reshape(-1, 3), triangles, texture, np.zeros(len(texture)), _horn(colour, 2 * radius_m))


def _horn(colour: tuple[float, float, float], width_m: float, size: int = 64) -> Cloth:
    """A picture of a button from the front: four holes and the thread that goes through them."""
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    holes = np.zeros((size, size))
    for x, y in ((0.17, 0.17), (-0.17, 0.17), (0.17, -0.17), (-0.17, -0.17)):
        holes = np.maximum(holes, np.clip((0.105 - np.hypot(u - x, v - y)) / 0.04, 0, 1))
    thread = np.clip((0.06 - np.minimum(np.abs(u - 0.17), np.abs(u + 0.17))) / 0.03, 0, 1) * (np.abs(v) < 0.17)
    shade = (1 - 0.85 * holes) * (1 - 0.25 * thread)
    rim = 1 - 0.35 * np.clip((np.hypot(u, v) - 0.9) / 0.1, 0, 1)
    albedo = np.asarray(colour) * (shade * rim)[..., None]
    return Cloth(to_srgb(albedo.astype(np.float32)), (1 - holes).astype(np.float32), width_m, 0.0004, 0.05)
