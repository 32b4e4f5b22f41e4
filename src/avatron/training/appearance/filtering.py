"""Pictures made smaller, larger and smoother along their own edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["box_mean", "guided", "resized"]

Floats = NDArray[np.float32]


def resized(picture: NDArray[np.uint8] | Floats, size: tuple[int, int]) -> Floats:
    """[h, w, C] float32 of `picture` [H, W, C], uint8 made 0 .. 1, for `size` (w, h): means down, bilinear up."""
    planes = picture.astype(np.float32) / 255 if picture.dtype == np.uint8 else picture
    if (planes.shape[1], planes.shape[0]) == size:
        return np.asarray(planes, np.float32)
    smaller = size[0] < planes.shape[1]
    way = Image.Resampling.BOX if smaller else Image.Resampling.BILINEAR
    channels = [Image.fromarray(np.ascontiguousarray(plane)).resize(size, way) for plane in np.moveaxis(planes, -1, 0)]
    return np.stack([np.asarray(channel, np.float32) for channel in channels], -1)


def box_mean(plane: Floats, radius: int) -> Floats:
    """[H, W, ...] means over squares of 2 `radius` + 1 pixels; beyond the border there is nothing to take part."""
    total = plane.astype(np.float64)
    count = np.ones(plane.shape[:2])
    for axis in (0, 1):
        total, count = _box_sum(total, radius, axis), _box_sum(count, radius, axis)
    return np.asarray(total / count.reshape(count.shape + (1,) * (plane.ndim - 2)), np.float32)


def _box_sum(plane: NDArray[np.float64], radius: int, axis: int) -> NDArray[np.float64]:
    length = plane.shape[axis]
    summed = np.cumsum(plane, axis=axis)
    summed = np.concatenate([np.zeros_like(np.take(summed, [0], axis)), summed], axis)
    high = np.minimum(np.arange(length) + radius + 1, length)
    low = np.maximum(np.arange(length) - radius, 0)
    return np.asarray(np.take(summed, high, axis) - np.take(summed, low, axis))


def guided(guide: Floats, plane: Floats, radius: int, epsilon: float) -> Floats:
    """[H, W] `plane` smoothed within what has one colour in `guide` [H, W, 3] (He et al. 2010, eqs. 14 and 15)."""
    mean, mean_plane = box_mean(guide, radius), box_mean(plane, radius)
    products = box_mean(guide[..., :, None] * guide[..., None, :], radius)
    covariance = products - mean[..., :, None] * mean[..., None, :] + epsilon * np.eye(3, dtype=np.float32)
    shared = box_mean(guide * plane[..., None], radius) - mean * mean_plane[..., None]
    slope = np.linalg.solve(covariance, shared[..., None])[..., 0].astype(np.float32)
    offset = mean_plane - (slope * mean).sum(-1)
    smooth = np.concatenate([slope, offset[..., None]], -1)
    smooth = box_mean(smooth, radius)
    return np.asarray((smooth[..., :3] * guide).sum(-1) + smooth[..., 3], np.float32)
