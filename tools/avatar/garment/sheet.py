"""A sheet of cloth laid on the body: columns that run from a neckline outwards over chest, shoulders and arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import CHEST_CENTRE_M, Body
from avatar.radial_shape import unit

__all__ = ["Columns", "grid_triangles", "lay_columns", "spread_azimuth"]

Floats = NDArray[np.float64]

HEM_M = (0.262, -0.590, 0.130)
"""Half width, height and half depth of a ring below any framing, towards which all columns run."""

SAMPLES = 110


@dataclass(frozen=True)
class Columns:
    """Lines on the body from a neckline to the hem."""

    points_m: Floats
    """[C, SAMPLES, 3] on the body, evenly by length."""
    length_m: Floats
    """[C]."""
    body: Body

    def at(self, way_m: Floats) -> Floats:
        """Points [C, R, 3] on the body, `way_m` [C, R] or [R] along each column; past its end the last one."""
        way = np.broadcast_to(way_m, (len(self.points_m), np.shape(way_m)[-1]))
        place = np.clip(way / self.length_m[:, None], 0, 1) * (SAMPLES - 1)
        first = np.minimum(place.astype(int), SAMPLES - 2)
        share = (place - first)[..., None]
        column = np.arange(len(self.points_m))[:, None]
        return np.asarray(self.points_m[column, first] * (1 - share) + self.points_m[column, first + 1] * share)


def spread_azimuth(columns: int, towards_front: float = 0.35) -> Floats:
    """Azimuths [C] round the body, 0 at the back, growing towards the left side; closer together in front."""
    turn = 2 * np.pi * np.arange(columns) / columns
    return turn + towards_front * np.sin(turn)


def lay_columns(body: Body, neckline_m: Floats, azimuth_rad: Floats) -> Columns:
    """Columns from the points [C, 3] of a neckline to where the hem has the azimuths [C]."""
    start = unit(neckline_m - CHEST_CENTRE_M)
    half_width, low, half_depth = HEM_M
    hem = np.stack(
        [half_width * np.sin(azimuth_rad), np.full_like(azimuth_rad, low), -half_depth * np.cos(azimuth_rad)], -1
    )
    end = unit(hem - CHEST_CENTRE_M)
    angle = np.arccos(np.clip((start * end).sum(1), -1, 1))[:, None]
    share = np.linspace(0, 1, SAMPLES)[None]
    rays = (np.sin((1 - share) * angle) / np.sin(angle))[..., None] * start[:, None]
    rays = rays + (np.sin(share * angle) / np.sin(angle))[..., None] * end[:, None]
    raw = body.cast(rays)
    raw[:, 0] = neckline_m
    step = np.linalg.norm(np.diff(raw, axis=1), axis=2)
    way = np.concatenate([np.zeros((len(raw), 1)), np.cumsum(step, 1)], 1)
    even = np.empty_like(raw)
    for column in range(len(raw)):
        goal = np.linspace(0, way[column, -1], SAMPLES)
        for axis in range(3):
            even[column, :, axis] = np.interp(goal, way[column], raw[column, :, axis])
    return Columns(even, way[:, -1], body)


def grid_triangles(columns: int, rows: int, *, closed: bool) -> NDArray[np.int64]:
    """Triangles [K, 3] of a grid of vertices [columns, rows], counter-clockwise from outside for leftward columns.

    A closed grid joins its last column to its first.
    """
    index = np.arange(columns * rows).reshape(columns, rows)
    following = np.roll(index, -1, axis=0) if closed else index[1:]
    own = index if closed else index[:-1]
    a, b, c, d = own[:, :-1], following[:, :-1], following[:, 1:], own[:, 1:]
    # Diagonals alternate, so that no direction of folds is preferred.
    even = (np.add.outer(np.arange(len(own)), np.arange(rows - 1)) % 2 == 0)[..., None]
    first = np.where(even, np.stack([a, c, d], -1), np.stack([a, b, d], -1))
    second = np.where(even, np.stack([a, b, c], -1), np.stack([b, c, d], -1))
    return np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)])
