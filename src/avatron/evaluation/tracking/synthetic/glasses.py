"""The frame of a pair of glasses, fitted to a face: two rims, a bridge and two temples, as tubes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.evaluation.tracking.synthetic.source import MULTI_PIE, SourceHead

__all__ = ["glasses_mesh"]

Floats = NDArray[np.float32]

_TUBE_M = 0.0018
_SIDES = 8
_HALF_SIZE_M = (0.0255, 0.0195)
"""Half width and height of a rim."""
_BEFORE_EYE_M = 0.012
"""The rims stand this far before the corners of the eye."""


def glasses_mesh(head: SourceHead, rest: Floats) -> tuple[Floats, NDArray[np.int32]]:
    """(vertices [N, 3] metres, triangles [K, 3]) on the neutral face `rest` [V, 3]."""
    points = rest[list(MULTI_PIE)]
    pieces = []
    nose_z = points[27, 2]
    for eye in (slice(36, 42), slice(42, 48)):
        middle = points[eye].mean(0)
        middle[2] = max(points[eye, 2].max() + _BEFORE_EYE_M, nose_z + 0.001)
        middle[1] -= 0.002
        angle = np.linspace(0, 2 * np.pi, 49)[:-1]
        # A superellipse of power 3: a rounded rectangle.
        cosine, sine = np.cos(angle), np.sin(angle)
        across = np.sign(cosine) * np.abs(cosine) ** (2 / 3) * _HALF_SIZE_M[0]
        up = np.sign(sine) * np.abs(sine) ** (2 / 3) * _HALF_SIZE_M[1]
        # Rims lean and wrap a little.
        back = -0.12 * np.sign(middle[0]) * across - 0.08 * up
        pieces.append(_tube(np.stack([middle[0] + across, middle[1] + up, middle[2] + back], 1), closed=True))
        side = np.sign(middle[0])
        outer = middle + np.array([side * _HALF_SIZE_M[0], 0.008, -0.003])
        # Widest beside the eyes, which is where the ears begin.
        beside = np.abs(rest[(np.abs(rest[:, 1] - outer[1]) < 0.015) & (rest[:, 2] > 0.02)][:, 0]).max()
        hinge = np.array([side * (beside + 0.002), outer[1] + 0.002, 0.015])
        way = np.linspace(0, 1, 12)[:, None]
        path = outer + (hinge - outer) * way
        path[:, 0] = outer[0] + (hinge[0] - outer[0]) * np.sqrt(way[:, 0])
        pieces.append(_tube(path, closed=False))
    left, right = points[42:48].mean(0), points[36:42].mean(0)
    height = 0.5 * (left[1] + right[1]) + 0.003
    reach = np.linspace(-1, 1, 9)
    half = 0.5 * (left[0] - right[0]) - _HALF_SIZE_M[0]
    depth = max(points[27, 2], points[28, 2]) + 0.002
    bridge = np.stack([half * reach, height + 0.003 * (1 - reach**2), np.full(9, depth)], 1)
    pieces.append(_tube(bridge, closed=False))
    vertices, triangles, start = [], [], 0
    for places, faces in pieces:
        vertices.append(places)
        triangles.append(faces + start)
        start += len(places)
    return np.concatenate(vertices).astype(np.float32), np.concatenate(triangles).astype(np.int32)


def _tube(path: NDArray[Any], *, closed: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """A round tube along `path` [P, 3]."""
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    aside = np.cross(along, np.where(np.abs(along[:, 2:]) > 0.9, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]))
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    third = np.cross(along, aside)
    angle = np.linspace(0, 2 * np.pi, _SIDES + 1)[:-1]
    ring = np.cos(angle)[None, :, None] * aside[:, None] + np.sin(angle)[None, :, None] * third[:, None]
    vertices = (path[:, None] + _TUBE_M * ring).reshape(-1, 3)
    rows = np.arange(len(path) if closed else len(path) - 1)
    here, there = np.meshgrid(rows, np.arange(_SIDES), indexing="ij")
    next_row, next_side = (here + 1) % len(path), (there + 1) % _SIDES
    a, b = here * _SIDES + there, here * _SIDES + next_side
    c, d = next_row * _SIDES + there, next_row * _SIDES + next_side
    triangles = np.concatenate([np.stack(corner, -1).reshape(-1, 3) for corner in ((a, b, c), (b, d, c))])
    return vertices, triangles
