"""Pictures as arrays: reading, writing, sRGB and linear light, sampling, band splitting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

__all__ = [
    "blur",
    "fill_outside",
    "read_linear",
    "sample",
    "scaled",
    "to_linear",
    "to_srgb",
    "write_image",
]

Floats = NDArray[np.float32]


def to_linear(srgb: Floats) -> Floats:
    """Linear light from sRGB values, both 0..1 (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_srgb(linear: Floats) -> Floats:
    """sRGB values from linear light, both 0..1; what lies outside is clipped."""
    light = np.clip(linear, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def read_linear(path: Path, size: int | None = None) -> Floats:
    """A colour picture as linear light [H, W, 3], scaled to `size` squared if that is given."""
    picture = Image.open(path).convert("RGB")
    if size is not None and picture.size != (size, size):
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    return to_linear(np.asarray(picture, np.float32) / 255)


def write_image(path: Path, values: Floats, quality: int = 90) -> None:
    """Writes values [H, W] or [H, W, C] in 0..1; the file type follows the name (.png, .jpg, .webp)."""
    levels = (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)
    options = {".jpg": {"quality": quality, "subsampling": 0}, ".webp": {"quality": quality, "method": 4}}
    Image.fromarray(levels).save(path, **options.get(path.suffix, {"optimize": True}))


def blur(image: Floats, sigma_px: float) -> Floats:
    """A Gaussian blur over rows and columns only."""
    sigma = (sigma_px, sigma_px) + (0,) * (image.ndim - 2)
    return np.asarray(gaussian_filter(image, sigma, mode="nearest", truncate=3.0))


def scaled(image: Floats, size: int) -> Floats:
    """A grey picture [H, W] scaled to [size, size]."""
    picture = Image.fromarray(np.asarray(image, np.float32))
    return np.asarray(picture.resize((size, size), Image.Resampling.BOX), np.float32)


def sample(image: Floats, texture_coordinates: NDArray[np.floating]) -> Floats:
    """Bilinear samples [N] or [N, C] at coordinates [N, 2] in 0..1, v up."""
    height, width = image.shape[:2]
    column = texture_coordinates[:, 0] * width - 0.5
    row = (1 - texture_coordinates[:, 1]) * height - 0.5
    channels = image[..., None] if image.ndim == 2 else image
    samples = [
        map_coordinates(channels[..., channel], [row, column], order=1, mode="nearest")
        for channel in range(channels.shape[-1])
    ]
    stacked = np.stack(samples, -1).astype(np.float32)
    return stacked[:, 0] if image.ndim == 2 else stacked


def fill_outside(image: Floats, inside: NDArray[np.bool_]) -> Floats:
    """The image with every texel outside of the charts taken from the nearest one inside: no seams when filtered."""
    index = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return np.asarray(image[tuple(index)])
