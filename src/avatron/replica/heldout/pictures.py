"""How near one picture is to another: peak signal-to-noise ratio and structural similarity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.native.splat_loss import compare

__all__ = ["psnr_db", "structural_similarity"]

_HIGHEST_DB = 100.0
"""Of pictures that are the same."""
_REACH = 5
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
    one, two = ((picture.astype(np.float32) @ _LUMA)[..., None] / np.float32(255) for picture in (first, second))
    height, width = one.shape[:2]
    if min(height, width) <= 2 * _REACH:
        return float("nan")
    # The kernel has zeros beyond the border; only windows that do not reach there count.
    inside = np.zeros((height, width), np.float32)
    inside[_REACH:-_REACH, _REACH:-_REACH] = 1
    return compare(one, two, weight=inside, ssim_share=1.0).ssim
