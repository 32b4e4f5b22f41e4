"""Pictures that sheets carry from frame to frame: a sheet is a plane, so where its picture goes is a homography."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.render.splats.geometry import SplatGeometry

__all__ = ["carried", "sheet_mappings"]

Floats = NDArray[np.float32]


def sheet_mappings(
    geometry: SplatGeometry, camera: Camera, before: Floats, after: Floats
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[3, 3] each, hair and torso: from a pixel of the frame with vertices `before` [V, 3] to that of `after`."""
    first = len(geometry.head.rest)
    mappings = []
    for sheet in geometry.sheets:
        rows = slice(first, first + len(sheet.vertices))
        first = rows.stop
        mappings.append(_homography(camera.project(before[rows]), camera.project(after[rows])))
    return mappings[0], mappings[1]


def carried(picture: Floats, mapping: NDArray[np.float64]) -> Floats:
    """[H, W, C] whose pixels are those of `picture` [H, W, C] that `mapping` leads to; its border goes on."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    places = np.stack([x.reshape(-1), y.reshape(-1), np.ones(x.size)], 1) @ mapping.T
    across = np.clip(places[:, 0] / places[:, 2] - 0.5, 0, width - 1.001).astype(np.float32)
    down = np.clip(places[:, 1] / places[:, 2] - 0.5, 0, height - 1.001).astype(np.float32)
    left, top = across.astype(np.int64), down.astype(np.int64)
    right, below = (across - left)[:, None], (down - top)[:, None]
    beside, under = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    upper = picture[top, left] * (1 - right) + picture[top, beside] * right
    lower = picture[under, left] * (1 - right) + picture[under, beside] * right
    return np.asarray(upper * (1 - below) + lower * below, np.float32).reshape(picture.shape)


def _homography(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """[3, 3] that takes the points `before` [N, 2] nearest to `after`, by the normalised direct linear transform."""
    scale = float(np.abs(before).max()) + 1.0
    x, y = (before / scale).T
    u, v = (after / scale).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], 1),
            np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], 1),
        ]
    )
    solved, *_ = np.linalg.lstsq(rows, np.concatenate([u, v]), rcond=None)
    mapping = np.append(solved, 1.0).reshape(3, 3)
    return np.asarray(np.diag([scale, scale, 1.0]) @ mapping @ np.diag([1 / scale, 1 / scale, 1.0]))
