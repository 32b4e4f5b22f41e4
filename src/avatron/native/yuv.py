"""Pictures as video codecs store them: luma and chroma in planes, BT.709."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import ShapeError

__all__ = ["fill_planes"]

Bytes = NDArray[np.uint8]


def fill_planes(image: Any, luma: Bytes, blue: Bytes, red: Bytes) -> None:
    """Write `image` [H, W, 3] (sRGB) into planes of BT.709 in limited range (ITU-R BT.709-6): black is 16, white 235.

    A chroma sample is the mean of 2 x 2 pixels, so it lies in their middle (`chroma_sample_loc_type` 1 of ITU-T H.264).

    Args:
        image: uint8 [H, W, 3].
        luma: [H, at least W], written in its first W columns.
        blue: [(H + 1) // 2, at least (W + 1) // 2], difference of blue; an odd last row or column counts twice.
        red: likewise, difference of red.

    Raises:
        ShapeError: another type, or planes of another height or too narrow.
    """
    picture = checked_array("image", image, (None, None, 3), np.uint8)
    height, width = picture.shape[:2]
    halves = (height + 1) // 2, (width + 1) // 2
    for name, plane, (rows, columns) in (("luma", luma, (height, width)), ("blue", blue, halves), ("red", red, halves)):
        if plane.dtype != np.uint8 or plane.ndim != 2 or plane.shape[0] != rows or plane.shape[1] < columns:
            raise ShapeError(
                f"`{name}` is {plane.dtype} {list(plane.shape)}, expected uint8 [{rows}, {columns} or more]"
            )
        if not (plane.flags.c_contiguous and plane.flags.writeable):
            raise ShapeError(f"`{name}` must be contiguous and writable")
    if height and width:
        _native.yuv.convert(picture, luma, blue, red)
