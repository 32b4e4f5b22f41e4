"""Maps made ready for the kernels: packed texels, colours as square roots, no finer than the picture can show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["colour_texels", "data_texels", "halved", "halvings_for", "scaled_to", "texel_density"]

Texels = NDArray[np.int32]
Bytes = NDArray[np.uint8]


def colour_texels(colour: Bytes, tint: tuple[float, float, float] = (1, 1, 1), alpha: Bytes | None = None) -> Texels:
    """[H, W] texels of an sRGB map [H, W, 3]: the square root of linear light times `tint`, and alpha."""
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    packed = np.empty((*colour.shape[:2], 4), np.uint8)
    for channel in range(3):
        table = np.rint(np.sqrt(np.clip(linear * tint[channel], 0, 1)) * 255).astype(np.uint8)
        packed[..., channel] = table[colour[..., channel]]
    packed[..., 3] = 255 if alpha is None else alpha
    return np.ascontiguousarray(packed).view(np.int32)[..., 0]


def data_texels(*channels: Bytes) -> Texels:
    """[H, W] texels of up to four maps [H, W], as they are."""
    packed = np.zeros((*channels[0].shape, 4), np.uint8)
    for number, channel in enumerate(channels):
        packed[..., number] = channel
    return packed.view(np.int32)[..., 0]


def halved(image: Bytes, times: int) -> Bytes:
    """[H / 2^times, W / 2^times, ...] `image` averaged over squares of texels; stops before a side is below 4."""
    for _ in range(times):
        if min(image.shape[:2]) < 8:
            break
        rows, columns = (length // 2 * 2 for length in image.shape[:2])
        quarters = (
            image[0:rows:2, 0:columns:2].astype(np.uint16)
            + image[1:rows:2, 0:columns:2]
            + image[0:rows:2, 1:columns:2]
            + image[1:rows:2, 1:columns:2]
        )
        image = ((quarters + 2) >> 2).astype(np.uint8)
    return image


def scaled_to(picture: Bytes, height: int, width: int) -> Bytes:
    """The picture [H, W] or [H, W, C], scaled to height and width where it differs (bilinear)."""
    if picture.shape[:2] == (height, width):
        return picture
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def texel_density(
    places_px: NDArray[Any], uv: NDArray[Any], triangles: NDArray[np.int32], *, two_sided: bool = False
) -> float:
    """How many texture widths fit into one pixel, median over the triangles that face the camera; 0 for none.

    Args:
        places_px: [R, 2] on the picture.
        uv: [R, 2].
        triangles: [K, 3].
        two_sided: count those that face away too.
    """

    def double_areas(points: NDArray[Any]) -> NDArray[Any]:
        a, b, c = (points[triangles[:, corner]] for corner in range(3))
        return np.asarray((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1]))

    on_picture, on_map = -double_areas(places_px), np.abs(double_areas(uv))
    if two_sided:
        on_picture = np.abs(on_picture)
    facing = on_picture > 1e-3
    if not facing.any():
        return 0.0
    return float(np.sqrt(np.median(on_map[facing] / on_picture[facing])))


def halvings_for(texels_per_pixel: float) -> int:
    """How often to halve a map so that a pixel shows about one texel: sharper shimmers, softer blurs."""
    return max(0, math.ceil(math.log2(max(texels_per_pixel, 1e-6) / 1.7)))
