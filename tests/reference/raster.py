"""The slow, readable counterpart of `avatron.native.raster`: each pixel's ray is cut with each triangle's plane.

It knows no screen, no clipping and no snapping, in float64: a ray d meets the triangle with corners a, b, c where
d = alpha a + beta b + gamma c has no negative share (Moller and Trumbore, 1997, in homogeneous form).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera

Array = NDArray[Any]


@dataclass(frozen=True)
class Hits:
    """What each pixel's ray meets; `certain` where another rounding could not change it."""

    depth: Array
    """[H, W]"""
    triangle_ids: Array
    """[H, W]"""
    barycentrics: Array
    """[H, W, 3]"""
    certain: Array
    """[H, W] no edge within `margin_px`, and the next surface clearly farther."""
    depth_per_px: Array
    """[H, W] metres that the depth changes by, at most, where the triangle moves by one pixel on the screen."""
    barycentrics_per_px: Array
    """[H, W, 3] the same for the shares; large in slivers."""


def cast(
    vertices: Array, triangles: Array, camera: Camera, *, cull: bool, near_m: float, margin_px: float = 1 / 64
) -> Hits:
    """The nearest hit of every pixel."""
    local = camera.to_camera(vertices.astype(np.float64))
    column, row = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    rays = np.stack(
        [
            (column - camera.centre_px[0]) / camera.focal_px,
            (row - camera.centre_px[1]) / camera.focal_px,
            np.ones_like(column),
        ],
        axis=-1,
    )
    depth = np.full(column.shape, np.inf)
    second_depth = depth.copy()
    ids = np.full(column.shape, -1)
    shares = np.zeros((*column.shape, 3))
    near_edge = np.zeros(column.shape, bool)
    depth_per_px = np.zeros(column.shape)
    shares_per_px = np.zeros((*column.shape, 3))
    for number, corners in enumerate(triangles):
        if len(np.unique(vertices[corners], axis=0)) < 3:
            continue  # corners in one place stay in one place: nothing to see, however it is rounded
        a, b, c = local[corners]
        volume = np.dot(a, np.cross(b, c))
        # The sign of the volume tells the side that is seen; seen from the front it is negative.
        if cull and volume > 0:
            continue
        normals = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
        if abs(volume) < 1e-18:
            # Seen edge-on, it is a line, that snapping may open a little.
            gap_px = rays @ normals.T / np.maximum(np.linalg.norm(normals[:, :2], axis=1) / camera.focal_px, 1e-30)
            near_edge |= (np.abs(gap_px) < margin_px).all(axis=-1)
            continue
        weight = rays @ normals.T / volume
        total = weight.sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = 1.0 / total
            share = weight * distance[..., None]
        inside = (weight >= 0).all(axis=-1) & (total > 0) & (distance >= near_m)
        # Pixels from the pixel's centre to each edge: the edge function over its gradient on the screen.
        slope = np.linalg.norm(normals[:, :2] / camera.focal_px, axis=1) / abs(volume)
        gap_px = weight / np.maximum(slope, 1e-30)
        near_edge |= (gap_px > -margin_px).all(axis=-1) & (np.abs(gap_px) < margin_px).any(axis=-1)
        near_edge |= (gap_px > -margin_px).all(axis=-1) & (np.abs(distance - near_m) < 1e-3)
        closer = inside & (distance < depth)
        second_depth = np.where(closer, depth, np.where(inside, np.minimum(second_depth, distance), second_depth))
        depth = np.where(closer, distance, depth)
        ids = np.where(closer, number, ids)
        shares = np.where(closer[..., None], share, shares)
        with np.errstate(divide="ignore", invalid="ignore"):
            # share = weight / total, differentiated; the norm of a sum of slopes is at most the sum of norms.
            change = (slope + share * slope.sum()) * distance[..., None]
            total_slope = np.linalg.norm(normals[:, :2].sum(axis=0)) / camera.focal_px / abs(volume)
            depth_per_px = np.where(closer, distance**2 * total_slope, depth_per_px)
        shares_per_px = np.where(closer[..., None], change, shares_per_px)
    with np.errstate(invalid="ignore"):
        clear = np.isinf(second_depth) | (second_depth - depth > 1e-2 * depth)
    return Hits(depth, ids, shares, ~near_edge & clear, depth_per_px, shares_per_px)
