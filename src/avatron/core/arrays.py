"""The one check of an array's rank, lengths and type, done once when a value is made."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from avatron.errors import ShapeError

__all__ = ["checked_array"]


def checked_array(name: str, array: Any, shape: tuple[int | None, ...], dtype: DTypeLike) -> NDArray[Any]:
    """`array` as a C-contiguous, read-only view of type `dtype`.

    `shape` gives the rank; an int fixes a length, None leaves it free.

    Raises:
        ShapeError: another rank or length, a type that does not convert without loss of kind, NaN or infinity.
    """
    source = np.asarray(array)
    wanted = np.dtype(dtype)
    if not np.can_cast(source.dtype, wanted, casting="same_kind"):
        raise ShapeError(f"`{name}` has type {source.dtype}, expected {wanted}")
    if source.ndim != len(shape) or any(
        expected is not None and expected != length for expected, length in zip(shape, source.shape, strict=True)
    ):
        expected_shape = ", ".join("any" if length is None else str(length) for length in shape)
        raise ShapeError(f"`{name}` has shape {list(source.shape)}, expected [{expected_shape}]")
    result = np.ascontiguousarray(source, dtype=wanted).view()
    if wanted.kind == "f" and not np.isfinite(result).all():
        raise ShapeError(f"`{name}` holds NaN or infinity")
    result.flags.writeable = False
    return result
