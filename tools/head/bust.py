"""Shoulders and upper chest: a plain bust that grows out of the neck's rim."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["build_bust"]

Floats = NDArray[np.float64]

SEGMENTS = 64
RINGS = 18
HALF_WIDTH_M = 0.185
HALF_DEPTH_M = 0.095
BOTTOM_M = -0.36
CENTRE_Z_M = -0.018


def build_bust(rim: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """(vertices [N, 3], triangles [K, 3], polar [N, 2]: turn 0 .. 1 and distance from the neck 0 .. 1).

    `rim` [M, 3] are the points of the neck's lower border. The first ring lies just inside of it, so that no gap
    shows where the two overlap.
    """
    angle = np.arctan2(rim[:, 2] - CENTRE_Z_M, rim[:, 0])
    order = np.argsort(angle)
    turn = (np.arange(SEGMENTS) + 0.5) / SEGMENTS
    theta = (turn - 0.5) * 2 * np.pi
    radius = np.hypot(rim[:, 0], rim[:, 2] - CENTRE_Z_M)

    def periodic(values: Floats) -> Floats:
        return np.interp(theta, angle[order], values[order], period=2 * np.pi)

    first_radius, first_height = periodic(radius) * 0.97, periodic(rim[:, 1]) + 0.004
    cosine, sine = np.cos(theta), np.sin(theta)
    # A superellipse: shoulders are squarer than an ellipse.
    outline = (np.abs(cosine / HALF_WIDTH_M) ** 2.6 + np.abs(sine / HALF_DEPTH_M) ** 2.6) ** (-1 / 2.6)
    lateral = np.abs(cosine) ** 1.5
    rings, polar = [], []
    for share in np.linspace(0, 1, RINGS):
        spread = np.sin(0.5 * np.pi * min(1.0, share / 0.62)) ** 0.85
        reach = first_radius + (np.maximum(outline, first_radius) - first_radius) * spread
        slope = 0.058 * lateral + 0.11 * (1 - lateral)
        sunk = slope * min(1.0, share / 0.62) ** 1.7
        below = max(0.0, (share - 0.62) / 0.38)
        height = first_height - sunk
        height = height + (BOTTOM_M - height) * below**1.1
        rings.append(np.stack([reach * cosine, height, reach * sine + CENTRE_Z_M], -1))
        polar.append(np.stack([turn, np.full(SEGMENTS, share)], -1))
    triangles = []
    for ring in range(RINGS - 1):
        for k in range(SEGMENTS):
            n = (k + 1) % SEGMENTS
            a, b = ring * SEGMENTS, (ring + 1) * SEGMENTS
            triangles += [(a + k, b + n, b + k), (a + k, a + n, b + n)]
    return np.concatenate(rings), np.array(triangles), np.concatenate(polar)
