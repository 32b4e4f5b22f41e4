"""The slow, readable counterpart of `avatron.native.texture`, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera

Array = NDArray[Any]


def box_matrix(from_size: int, to_size: int) -> Array:
    """[to_size, from_size] the share that each source texel has in each target texel: how much of it they overlap."""
    edges = np.arange(to_size + 1) * from_size / to_size
    source = np.arange(from_size)
    overlap = np.minimum(edges[1:, None], source + 1) - np.maximum(edges[:-1, None], source)
    return np.maximum(overlap, 0) * to_size / from_size


def decode_srgb(value: Array) -> Array:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def encode_srgb(value: Array) -> Array:
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 1e-9) ** (1 / 2.4) - 0.055)


def pyramid(image: Array, *, srgb: bool) -> list[Array]:
    """[H, W, C] bytes of each level, not rounded."""
    channels = image.shape[-1]
    light = np.zeros(channels, bool)
    light[: channels - 1 if channels in (2, 4) else channels] = srgb
    values = image / 255.0
    values = np.where(light, decode_srgb(values), values)
    levels = [values]
    while values.shape[:2] != (1, 1):
        height, width = values.shape[:2]
        rows, columns = box_matrix(height, max(height // 2, 1)), box_matrix(width, max(width // 2, 1))
        values = np.einsum("ah,bw,hwc->abc", rows, columns, values)
        levels.append(values)
    return [np.where(light, encode_srgb(level), level) * 255.0 for level in levels]


def bilinear(level: Array, uv: Array, wrap: str) -> Array:
    """[N, C] in 0 to 1 of a level [H, W, C] at `uv` [N, 2]."""
    height, width = level.shape[:2]
    place = np.stack([uv[:, 0] * width, (1 - uv[:, 1]) * height], 1) - 0.5
    low = np.floor(place).astype(int)
    part = place - low
    total = np.zeros((len(uv), level.shape[2]))
    for row in (0, 1):
        for column in (0, 1):
            x, y = low[:, 0] + column, low[:, 1] + row
            if wrap == "repeat":
                x, y = x % width, y % height
            else:
                x, y = x.clip(0, width - 1), y.clip(0, height - 1)
            weight = np.abs(1 - column - part[:, 0]) * np.abs(1 - row - part[:, 1])
            total += weight[:, None] * level[y, x]
    return total / 255.0


def trilinear(levels: list[Array], uv: Array, level: Array, wrap: str) -> Array:
    """[N, C] in 0 to 1 at `uv` [N, 2] and `level` [N]."""
    level = level.clip(0, len(levels) - 1)
    result = np.zeros((len(uv), levels[0].shape[2]))
    for number, texels in enumerate(levels):
        # A level counts for what it is nearer than one: a tent.
        result += np.maximum(1 - np.abs(level - number), 0)[:, None] * bilinear(texels, uv, wrap)
    return result


def surface_level(
    vertices: Array, triangles: Array, camera: Camera, uv: Array, ids: Array, texture_size: tuple[int, int]
) -> Array:
    """[H, W] log2 of texels a pixel, by moving each pixel's ray a little and cutting it with the pixel's triangle."""
    local = camera.to_camera(vertices.astype(np.float64))
    column, row = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    triangle = triangles[ids]
    corner, place = local[triangle], uv.astype(np.float64)[triangle]

    def texel(move_x: float, move_y: float) -> Array:
        ray = np.stack(
            [
                (column + move_x - camera.centre_px[0]) / camera.focal_px,
                (row + move_y - camera.centre_px[1]) / camera.focal_px,
                np.ones_like(column),
            ],
            -1,
        )
        weight = np.linalg.solve(np.swapaxes(corner, -1, -2), ray[..., None])[..., 0]
        share = weight / weight.sum(-1, keepdims=True)
        return (share[..., None] * place).sum(-2) * np.array(texture_size)

    step = 1e-3
    along_x = np.linalg.norm(texel(step, 0) - texel(-step, 0), axis=-1) / (2 * step)
    along_y = np.linalg.norm(texel(0, step) - texel(0, -step), axis=-1) / (2 * step)
    return np.log2(np.maximum(along_x, along_y))
