"""A faint repeated pattern in a picture, fainter where the picture is flat and would show it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError, ShapeError

__all__ = ["PATTERN_UNIT", "add_pattern"]

PATTERN_UNIT = 2.0**-13
"""What a step of a pattern's int16 is worth."""


def add_pattern(
    image: NDArray[np.uint8], pattern: NDArray[np.int16], *, floor: float, slope: float, most: float
) -> NDArray[np.uint8]:
    """`image` with `pattern` added, as a new picture [H, W, C]; 0.5 ms at 512x512 on one thread.

    The strength of a block of 8 x 8 pixels is `floor` levels of 8 bits where it is flat, more by `slope` for each level
    of mean absolute difference between neighbours (of which each counts up to 8: an edge hides nothing), and at most
    `most`. Between the middles of blocks it changes along straight lines.

    Args:
        image: uint8 [H, W, C].
        pattern: int16 [P, P, C] in units of `PATTERN_UNIT`, repeated from the upper left corner on.
        floor: levels, 0 .. `most`.
        slope: levels per level.
        most: levels, below 3.9.

    Raises:
        ShapeError: other types or ranks, or channels that differ.
        InvalidValueError: a strength out of range.
    """
    picture = checked_array("image", image, (None, None, None), np.uint8)
    if picture.dtype != np.asarray(image).dtype:
        raise ShapeError(f"`image` has type {np.asarray(image).dtype}, expected uint8")
    repeated = checked_array("pattern", pattern, (None, None, picture.shape[2]), np.int16)
    if repeated.shape[0] != repeated.shape[1] or not repeated.size:
        raise ShapeError(f"`pattern` has shape {list(repeated.shape)}, expected a square")
    if not (0 <= floor <= most < 3.9 and slope >= 0):
        raise InvalidValueError(f"strength {floor:g} + {slope:g} up to {most:g} is outside 0 .. 3.9 levels")
    out = np.empty_like(picture)
    if picture.size:
        _native.watermark.add(picture, repeated, floor, slope, most, out)
    return out
