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
SHOULDER_AT = 0.62
"""Distance from the neck at which the shoulders fall off."""
UNDER_M, BENEATH_M = 0.005, 0.0004
"""The first ring starts this far up under the skin, and this far beneath it."""
SLOPE_REACH_M = 0.018
"""So much of the skin above the rim tells its slope there."""
SLOPE_FADE = 0.6
"""Distance from the neck up to which that slope is felt."""


def build_bust(rim: Floats, skin: Floats) -> tuple[Floats, NDArray[np.int64], Floats, Floats]:
    """(vertices [N, 3], triangles [K, 3], polar [N, 2]: turn 0 .. 1 and distance from the neck 0 .. 1, plan [N, 2]).

    The plan is x and z of a bust without the skin's slope: it tells which point of the rim a vertex follows, so that
    the directions of identity, to which all vertices contribute, do not hang on the slope.

    `rim` [M, 3] are the points of the neck's lower border, `skin` [S, 3] those of all the skin, metres: the bust goes
    on at the slope at which the skin ends. The first ring lies just inside of it, so that no gap shows where the two
    overlap.
    """
    angle = np.arctan2(rim[:, 2] - CENTRE_Z_M, rim[:, 0])
    order = np.argsort(angle)
    turn = (np.arange(SEGMENTS) + 0.5) / SEGMENTS
    theta = (turn - 0.5) * 2 * np.pi
    radius = np.hypot(rim[:, 0], rim[:, 2] - CENTRE_Z_M)

    def periodic(values: Floats) -> Floats:
        return np.interp(theta, angle[order], values[order], period=2 * np.pi)

    outwards, downwards = (periodic(part) for part in _slope(rim, skin))
    length = np.hypot(outwards, downwards)
    outwards, downwards = outwards / length, downwards / length
    first_radius = periodic(radius) - UNDER_M * outwards + BENEATH_M * downwards
    first_height = periodic(rim[:, 1]) - UNDER_M * downwards - BENEATH_M * outwards
    cosine, sine = np.cos(theta), np.sin(theta)
    # A superellipse: shoulders are squarer than an ellipse.
    outline = (np.abs(cosine / HALF_WIDTH_M) ** 2.6 + np.abs(sine / HALF_DEPTH_M) ** 2.6) ** (-1 / 2.6)
    wider = np.maximum(outline, first_radius) - first_radius
    lateral = np.abs(cosine) ** 1.5
    speed = wider * 0.5 * np.pi / SHOULDER_AT
    inner = 0.97 * periodic(radius)
    plain = np.maximum(outline, inner) - inner
    rings, polar, plan = [], [], []
    for share in np.linspace(0, 1, RINGS):
        passed = min(1.0, share / SHOULDER_AT)
        # Slope 1 at the rim, nothing at the rim and beyond the fade: turns the start towards the skin's slope.
        bent = share * max(0.0, 1 - share / SLOPE_FADE) ** 2
        reach = first_radius + wider * np.sin(0.5 * np.pi * passed) + (outwards - 1) * speed * bent
        slope = 0.058 * lateral + 0.11 * (1 - lateral)
        below = max(0.0, (share - SHOULDER_AT) / (1 - SHOULDER_AT))
        height = first_height - slope * passed**1.7 + downwards * speed * bent
        height = height + (BOTTOM_M - height) * below**1.1
        rings.append(np.stack([reach * cosine, height, reach * sine + CENTRE_Z_M], -1))
        flat = inner + plain * np.sin(0.5 * np.pi * passed) ** 0.85
        plan.append(np.stack([flat * cosine, flat * sine + CENTRE_Z_M], -1))
        polar.append(np.stack([turn, np.full(SEGMENTS, share)], -1))
    triangles = []
    for ring in range(RINGS - 1):
        for k in range(SEGMENTS):
            n = (k + 1) % SEGMENTS
            a, b = ring * SEGMENTS, (ring + 1) * SEGMENTS
            triangles += [(a + k, b + n, b + k), (a + k, a + n, b + n)]
    return np.concatenate(rings), np.array(triangles), np.concatenate(polar), np.concatenate(plan)


def _slope(rim: Floats, skin: Floats) -> tuple[Floats, Floats]:
    """([M] outwards, [M] upwards) how the skin runs where it ends in each point of the rim, metres, smooth around."""

    def polar(points: Floats) -> Floats:
        return np.stack([np.hypot(points[:, 0], points[:, 2] - CENTRE_Z_M), points[:, 1]], -1)

    runs = np.empty((len(rim), 2))
    for index, point in enumerate(rim):
        near = skin[np.linalg.norm(skin - point, axis=1) < SLOPE_REACH_M]
        # All of them lie on one side of the rim, so their middle tells the way.
        runs[index] = polar(point[None])[0] - polar(near).mean(0)
    angle = np.arctan2(rim[:, 2] - CENTRE_Z_M, rim[:, 0])
    apart = np.abs((angle[:, None] - angle[None] + np.pi) % (2 * np.pi) - np.pi)
    weight = np.exp(-((apart / np.radians(14)) ** 2))
    smooth = weight @ runs / weight.sum(1, keepdims=True)
    return smooth[:, 0], smooth[:, 1]
