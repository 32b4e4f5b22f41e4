"""A PNG file written row by row: a sheet of any height in the memory of one row of pictures."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError

__all__ = ["PngRows"]

_DEPTH, _TRUE_COLOUR = 8, 2
_UP = 2
"""The filter that stores differences from the line above: good for pictures, and one subtraction in NumPy."""


class PngRows:
    """Takes bands of lines from top to bottom, uint8 [h, W, 3]."""

    def __init__(self, stream: BinaryIO, width: int, height: int) -> None:
        self._stream, self._width, self._left = stream, width, height
        self._above = np.zeros((1, width * 3), np.uint8)
        self._deflate = zlib.compressobj(6)
        stream.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, _DEPTH, _TRUE_COLOUR, 0, 0, 0))

    def write(self, band: NDArray[np.uint8]) -> None:
        """Add lines.

        Raises:
            ShapeError: another width or type, or more lines than the picture has.
        """
        if band.dtype != np.uint8 or band.shape[1:] != (self._width, 3) or len(band) > self._left:
            raise ShapeError(
                f"band is {band.dtype} {list(band.shape)}, expected uint8 [at most {self._left}, {self._width}, 3]"
            )
        lines = np.concatenate([self._above, band.reshape(len(band), -1)])
        filtered = np.empty((len(band), self._width * 3 + 1), np.uint8)
        filtered[:, 0] = _UP
        filtered[:, 1:] = lines[1:] - lines[:-1]
        self._above = lines[-1:]
        self._left -= len(band)
        packed = self._deflate.compress(filtered.tobytes())
        if packed:
            self._chunk(b"IDAT", packed)

    def close(self) -> None:
        """Write what is left.

        Raises:
            ShapeError: lines are missing.
        """
        if self._left:
            raise ShapeError(f"the picture lacks {self._left} lines")
        self._chunk(b"IDAT", self._deflate.flush())
        self._chunk(b"IEND", b"")

    def _chunk(self, kind: bytes, data: bytes) -> None:
        body = kind + data
        self._stream.write(struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body)))
