"""Our eyeballs: the front of a sphere, with rings that are dense where the iris is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from head.source import Source

__all__ = ["SEGMENTS", "eyeball_mesh", "fit_eyeball"]

Floats = NDArray[np.float64]

SEGMENTS = 32
RING_ANGLES = np.radians([5, 10, 15, 20, 24, 28, 33, 39, 46, 54, 63, 73, 84, 96])
"""Polar angles of the rings from the rest axis (+Z): the back is never seen."""


def fit_eyeball(source: Source, side: str) -> tuple[Floats, float, Floats, Floats]:
    """(centre [3], radius, centre's identity deltas [100, 3], radius' identity deltas [100]) of one eye, metres.

    The source's ball bulges at the cornea and is flattened at the back: the sphere is fitted to the white's front.
    """
    vertices = source.part(f"M_Sclera{side}").vertices
    front = vertices[source.neutral[vertices, 2] > np.median(source.neutral[vertices, 2])]
    centre, radius = _fit_sphere(source.neutral[front])
    moved = [_fit_sphere(source.neutral[front] + delta[front]) for delta in source.identity]
    return (
        centre,
        radius,
        np.array([other - centre for other, _ in moved]),
        np.array([other - radius for _, other in moved]),
    )


def eyeball_mesh() -> tuple[Floats, NDArray[np.int64]]:
    """(unit directions [N, 3], triangles [K, 3]) of the front of a ball that looks along +Z."""
    turn = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    rings = [
        np.stack([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.full(SEGMENTS, np.cos(angle))], -1)
        for angle in RING_ANGLES
    ]
    directions = np.concatenate([[[0.0, 0.0, 1.0]], *rings])
    triangles = [(0, 1 + k, 1 + (k + 1) % SEGMENTS) for k in range(SEGMENTS)]
    for ring in range(len(RING_ANGLES) - 1):
        inner, outer = 1 + ring * SEGMENTS, 1 + (ring + 1) * SEGMENTS
        for k in range(SEGMENTS):
            n = (k + 1) % SEGMENTS
            triangles += [(inner + k, outer + k, outer + n), (inner + k, outer + n, inner + n)]
    return directions, np.array(triangles)


def _fit_sphere(points: Floats) -> tuple[Floats, float]:
    system = np.concatenate([2 * points, np.ones((len(points), 1))], 1)
    solution = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + (solution[:3] ** 2).sum()))
