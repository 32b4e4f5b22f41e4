"""How far a picture of Gaussians is from the real one, with its gradient, and pictures as bytes.

found = compare(drawn.image, target)         # (1 - 0.2) L1 + 0.2 (1 - SSIM), as in 3D Gaussian splatting
gradients = drawn.backward(found.gradient)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.splats import plain_floats

__all__ = ["SplatLoss", "compare", "to_bytes"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SplatLoss:
    """A difference between two pictures."""

    value: float
    """(1 - share) * l1 + share * (1 - ssim)."""
    l1: float
    """Weighted mean absolute difference of the channels."""
    ssim: float
    """Weighted mean structural similarity, 1 for equal pictures."""
    gradient: Floats
    """[H, W, C] d value / d image."""


def compare(
    image: Any, target: Any, *, weight: Any = None, ssim_share: float = 0.2, into: Floats | None = None
) -> SplatLoss:
    """The loss of 3D Gaussian splatting (Kerbl et al., 2023) between two pictures, and its gradient.

    SSIM of Wang et al. (2004) with a Gaussian window of 11 x 11 pixels, sigma 1.5, zeros outside of the picture.

    Args:
        image: [H, W, C] values 0 .. 1, but for overshoot.
        target: [H, W, C] the same, or bytes.
        weight: [H, W] how much each pixel counts, at least 0; None: all alike. Means are divided by its sum.
        ssim_share: 0 .. 1; what is left of 1 is the share of L1.
        into: [H, W, C] memory for the gradient.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
        InvalidValueError: a share outside 0 .. 1, weights below 0 or all 0.
    """
    shown = plain_floats("image", image, (None, None, None))
    if np.asarray(target).dtype == np.uint8:
        wanted = checked_array("target", target, shown.shape, np.uint8)
    else:
        wanted = plain_floats("target", target, shown.shape)
    if not 0.0 <= ssim_share <= 1.0:
        raise InvalidValueError(f"a share of {ssim_share} for SSIM; expected 0 to 1")
    counts = None if weight is None else checked_array("weight", weight, shown.shape[:2], np.float32)
    total = float(shown.shape[0] * shown.shape[1]) if counts is None else float(counts.sum(dtype=np.float64))
    if not total > 0 or (counts is not None and counts.min() < 0):
        raise InvalidValueError("weights must be at least 0 and some of them above, in a picture that has pixels")
    if into is not None and (into.shape != shown.shape or into.dtype != np.float32 or not into.flags.c_contiguous):
        raise ShapeError(f"`into` is {list(into.shape)} of {into.dtype}, expected {list(shown.shape)} of float32")
    gradient = np.empty_like(shown) if into is None else into
    scale = 1.0 / (total * shown.shape[2])
    difference, similarity = _native.splat_loss.compare(
        shown, wanted, counts, (1.0 - ssim_share) * scale, ssim_share * scale, gradient
    )
    if not np.isfinite(difference + similarity):
        # What is no number anywhere is none in the sums: only then it is looked for.
        (
            checked_array("image", shown, shown.shape, np.float32),
            checked_array("target", wanted, shown.shape, wanted.dtype),
        )
    l1, ssim = difference * scale, similarity * scale
    return SplatLoss((1.0 - ssim_share) * l1 + ssim_share * (1.0 - ssim), l1, ssim, gradient)


def to_bytes(image: Any, *, into: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """`image` [H, W, C] 0 .. 1 as bytes, rounded; what is beyond is clamped, and NaN is 0.

    Raises:
        ShapeError: no picture of floats, or `into` of another shape or type.
    """
    values = np.asarray(image)
    if values.ndim != 3 or values.dtype.kind != "f":
        raise ShapeError(
            f"`image` has shape {list(values.shape)} and type {values.dtype}, expected [H, W, C] of float32"
        )
    if into is not None and (into.shape != values.shape or into.dtype != np.uint8 or not into.flags.c_contiguous):
        raise ShapeError(f"`into` is {list(into.shape)} of {into.dtype}, expected {list(values.shape)} of uint8")
    result = np.empty(values.shape, np.uint8) if into is None else into
    _native.splat_loss.to_bytes(np.ascontiguousarray(values, np.float32), result)
    return result
