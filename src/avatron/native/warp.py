"""A part of a picture, turned and resized, as the floats that a network takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError, ShapeError

__all__ = ["sample_affine"]

_LARGEST = 1e6
"""Pixels beyond which a place is surely a mistake; places are kept as float32 near the crop."""


def sample_affine(
    image: Any,
    to_image: Any,
    out: NDArray[np.float32],
    *,
    gain: float = 1.0 / 255,
    offset: float = 0.0,
    black_outside: bool = False,
) -> None:
    """Fill `out` [h, w, 3] with `gain` * byte + `offset` of what its pixels see of `image`.

    Where `out` is coarser than the picture, a value is the mean over what its pixel covers (whole pixels of the picture
    first, then two by two bilinear samples); where it is finer, a bilinear sample.

    Args:
        image: uint8 [H, W, 3].
        to_image: [2, 3] from pixels (x, y, 1) of `out` to those of `image`; pixel (i, j) covers [i, i+1) x [j, j+1).
        out: contiguous and writable.
        black_outside: black beyond the picture; otherwise its border goes on.

    Raises:
        ShapeError: another rank or type, or no pixel.
        InvalidValueError: a `to_image` that maps everything onto a line, or too far away.
    """
    if np.asarray(image).dtype != np.uint8:
        raise ShapeError(f"`image` has type {np.asarray(image).dtype}, expected uint8")
    picture = checked_array("image", image, (None, None, 3), np.uint8)
    affine = checked_array("to_image", np.asarray(to_image, np.float64), (2, 3), np.float64)
    if out.dtype != np.float32 or out.ndim != 3 or out.shape[2] != 3:
        raise ShapeError(f"`out` is {out.dtype} {list(out.shape)}, expected float32 [h, w, 3]")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise ShapeError("`out` must be contiguous and writable")
    if not picture.size or not out.size:
        raise ShapeError(f"no pixel to sample: `image` is {list(picture.shape)}, `out` {list(out.shape)}")
    corners = affine @ [[0, out.shape[1], 0, out.shape[1]], [0, 0, out.shape[0], out.shape[0]], [1, 1, 1, 1]]
    if abs(np.linalg.det(affine[:, :2])) < 1e-9 or np.abs(corners).max() > _LARGEST:
        raise InvalidValueError(f"`to_image` {affine.tolist()} does not map `out` onto an area near the picture")
    _native.warp.sample(picture, affine, out, gain, offset, black_outside)
