"""What is noted of a whole picture: small enough to be kept for every frame looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.native.warp import sample_affine

__all__ = ["PictureNote", "note_picture"]

THUMBNAIL = (24, 32)
"""(h, w) cells that a picture is averaged into, whatever its shape."""
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""ITU-R BT.709."""


@dataclass(frozen=True, eq=False)
class PictureNote:
    """A picture of the clip, averaged into few cells."""

    frame: int
    follows: bool
    """Whether the note before it is of the frame before it."""
    thumbnail: NDArray[np.float32]
    """[24, 32, 3] mean colour of each cell, 0 .. 255."""

    @property
    def brightness(self) -> float:
        """Mean luma, 0 .. 255."""
        return float((self.thumbnail @ _LUMA).mean())

    @property
    def contrast(self) -> float:
        """Standard deviation of the cells' luma, 0 .. 127."""
        return float((self.thumbnail @ _LUMA).std())


def note_picture(frame: int, follows: bool, picture: NDArray[np.uint8]) -> PictureNote:
    """The note of a picture [H, W, 3]."""
    height, width = picture.shape[:2]
    cells = np.empty((*THUMBNAIL, 3), np.float32)
    to_picture = np.array([[width / THUMBNAIL[1], 0, 0], [0, height / THUMBNAIL[0], 0]])
    sample_affine(picture, to_picture, cells, gain=1.0)
    return PictureNote(frame, follows, cells)
