"""How near one picture is to another: peak signal-to-noise ratio and structural similarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["psnr_db", "structural_similarity"]

_HIGHEST_DB = 100.0
"""Of pictures that are the same."""
_REACH, _SIGMA_PX = 5, 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def psnr_db(first: NDArray[np.uint8], second: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None) -> float:
    """10 log10(255^2 / mean squared difference) over all channels of the pixels of `mask` [H, W], dB.

    NaN where the mask has no pixel, 100 where nothing differs.
    """
    apart = first.astype(np.float32) - second.astype(np.float32)
    rows = apart if mask is None else apart[mask]
    if not rows.size:
        return float("nan")
    squared = float(np.square(rows).mean(dtype=np.float64))
    return min(_HIGHEST_DB, 10 * float(np.log10(255.0**2 / squared))) if squared > 0 else _HIGHEST_DB


def structural_similarity(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """SSIM of the luma of two pictures [H, W, 3], 1 where they are the same.

    Gaussian window of 11 pixels and 1.5 pixels standard deviation, only where it lies inside of the picture (Wang et
    al., Image quality assessment: from error visibility to structural similarity, 2004).
    """
    one, two = (picture.astype(np.float32) @ _LUMA for picture in (first, second))
    if min(one.shape) <= 2 * _REACH:
        return float("nan")
    # About the middle of the range, where single precision loses nothing of the variances.
    planes = _blurred([one - 128, two - 128, (one - 128) ** 2, (two - 128) ** 2, (one - 128) * (two - 128)])
    mean_one, mean_two, square_one, square_two, product = planes
    variances = square_one - mean_one**2 + square_two - mean_two**2
    covariance = product - mean_one * mean_two
    mean_one, mean_two = mean_one + 128, mean_two + 128
    light = (2 * mean_one * mean_two + _C1) / (mean_one**2 + mean_two**2 + _C1)
    return float((light * (2 * covariance + _C2) / (variances + _C2)).mean(dtype=np.float64))


def _blurred(planes: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """[N, H - 10, W - 10] the Gaussian window over each plane [H, W]."""
    offsets = np.arange(-_REACH, _REACH + 1)
    window = np.exp(-np.square(offsets) / (2 * _SIGMA_PX**2))
    window = (window / window.sum()).astype(np.float32)
    stack = np.stack(planes)
    for axis in (1, 2):
        length = stack.shape[axis] - 2 * _REACH
        parts = (weight * stack.take(range(at, at + length), axis) for at, weight in enumerate(window))
        total = next(parts)
        for part in parts:
            total += part
        stack = total
    return stack
