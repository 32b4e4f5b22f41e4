"""What is found at one scale, added at another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_scaled"]

Floats = NDArray[np.float32]


def add_scaled(image: Floats, added: Floats, left_px: float, top_px: float, scale: float) -> None:
    """Add `added` [h, w, C] to `image` [H, W, C], `scale` times as large, its corner at (`left_px`, `top_px`).

    Bilinear; where `image` is coarser the nearest samples are taken, as `added` is smooth at its border.
    """
    height, width = image.shape[:2]
    first_column, last_column = max(int(np.ceil(left_px)), 0), min(int(left_px + added.shape[1] * scale), width)
    first_row, last_row = max(int(np.ceil(top_px)), 0), min(int(top_px + added.shape[0] * scale), height)
    if first_column >= last_column or first_row >= last_row:
        return
    rows, down = _samples(np.arange(first_row, last_row), top_px, scale, added.shape[0])
    columns, across = _samples(np.arange(first_column, last_column), left_px, scale, added.shape[1])
    wide = added[:, columns] * (1 - across)[None, :, None] + added[:, columns + 1] * across[None, :, None]
    full = wide[rows] * (1 - down)[:, None, None] + wide[rows + 1] * down[:, None, None]
    image[first_row:last_row, first_column:last_column] += full


def _samples(pixels: NDArray[np.int64], start: float, scale: float, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Number of the sample before each pixel's centre, and how far the pixel is beyond it, 0 .. 1."""
    place = np.clip((pixels + 0.5 - start) / scale - 0.5, 0, count - 1.001)
    before = place.astype(np.int64)
    return before, (place - before).astype(np.float32)
