"""What the shape of a person's face has beyond the identity's modes, from what all key frames want together."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.photometric.clip_look import ClipLook
from avatron.track.photometric.drawing import DrawnFrame, Look
from avatron.track.photometric.evidence import EvidenceSource
from avatron.track.photometric.frames import FrameWork

__all__ = ["found_detail", "smoothest", "with_detail"]

Floats = NDArray[np.float64]

_SPREAD_M = 0.001
"""Standard deviation of the detail."""
_BEND_M = 0.00008
"""Standard deviation of a vertex from the mean of its neighbours, beyond what it was."""
_MOST_M = 0.003
_ITERATIONS = 150


def found_detail(
    frames: list[FrameWork], source: EvidenceSource, look: ClipLook, pool: Executor
) -> NDArray[np.float32]:
    """[V, 3] metres along the normals at rest that make the frames' pictures more alike.

    Each frame's gradient and matrix on the screen, seen along the vertex' normal there, are summed over the frames;
    smoothness is a thin plate's (Botsch and Kobbelt 2004, "An intuitive framework for real-time freeform modeling").
    What only looks different from one side is albedo; what turns with the head, or moves an outline, is shape.
    """
    surface = source.surface
    wanted = list(pool.map(lambda frame: _along_normals(frame, source, look), frames))
    curvature = np.sum([one[0] for one in wanted], axis=0)
    slope = np.sum([one[1] for one in wanted], axis=0)
    weld = surface.model.weld
    curvature, slope, hold = (
        np.asarray(np.bincount(weld, values, len(weld)), np.float64) for values in (curvature, slope, source.hold)
    )
    # Where the face ends nothing may move: the detail fades out by being held there.
    stiff = source.config.landmark_count * (hold + 20 * hold.max() * (1 - surface.face[weld]))
    moved = smoothest(
        curvature + stiff / _SPREAD_M**2,
        -slope,
        source.config.landmark_count * hold.mean() / _BEND_M**2,
        weld[surface.look.triangles],
    )
    rest = surface.normals.of(surface.person.rest, alone=True)
    distance = np.clip(moved[weld], -_MOST_M, _MOST_M) * surface.skin
    return np.asarray(distance[:, None] * rest, np.float32)


def smoothest(curvature: Floats, right: Floats, stiffness: float, triangles: NDArray[Any]) -> Floats:
    """[V] the x that minimises x (curvature x) / 2 - right x + stiffness |L x|^2 / 2, by conjugate gradients.

    L is the difference of a vertex of `triangles` [K, 3] from the mean of its neighbours; `curvature` [V] > 0.
    """
    count = len(curvature)
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    ends = ends[ends[:, 0] != ends[:, 1]]
    degree = np.maximum(np.bincount(ends.reshape(-1), minlength=count), 1)

    def spread(values: Floats) -> Floats:
        low, high = ends.T
        return np.asarray(np.bincount(low, values[high], count) + np.bincount(high, values[low], count), np.float64)

    def applied(values: Floats) -> Floats:
        bend = values - spread(values) / degree
        return np.asarray(curvature * values + stiffness * (bend - spread(bend / degree)))

    diagonal = curvature + stiffness
    found = np.zeros(count)
    rest = right.astype(np.float64)
    towards = rest / diagonal
    square = float(rest @ towards)
    for _ in range(_ITERATIONS):
        if square <= 1e-18 * float(right @ (right / diagonal)) or square == 0:
            break
        image = applied(towards)
        length = square / float(towards @ image)
        found += length * towards
        rest = rest - length * image
        better = rest / diagonal
        before, square = square, float(rest @ better)
        towards = better + square / before * towards
    return found


def _along_normals(frame: FrameWork, source: EvidenceSource, look: ClipLook) -> tuple[Floats, Floats]:
    """([V] curvature, [V] slope) of a frame's difference when vertices move along their normals, metres."""
    drawn = frame.drawn(source.surface)
    gradient, matrix = source.differences(drawn, frame.pictures[0], Look(look.textures, frame.light), 0)
    way = _normals_on_screen(drawn)
    curvature = matrix[:, 0] * way[:, 0] ** 2 + 2 * matrix[:, 1] * way.prod(1) + matrix[:, 2] * way[:, 1] ** 2
    return curvature.astype(np.float64), (gradient * way).sum(1).astype(np.float64)


def _normals_on_screen(drawn: DrawnFrame) -> NDArray[np.float32]:
    """[V, 2] pixels that a vertex moves for a metre along its normal."""
    depth = np.maximum(drawn.positions[:, 2:], 0.02)
    lean = drawn.positions[:, :2] / depth
    return np.asarray(drawn.focal_px / depth * (drawn.normals[:, :2] - lean * drawn.normals[:, 2:]), np.float32)


def with_detail(detail: NDArray[np.float32], displacement: NDArray[Any]) -> NDArray[np.float32]:
    """[V, 3] a displacement (or none, [0, 3]) and the detail together."""
    return np.asarray(displacement + detail if len(displacement) else detail, np.float32)
