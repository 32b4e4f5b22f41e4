"""The part of a film's picture that the person is in, in a size that is quick to draw."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.core.camera import Camera
from avatron.training.appearance.filtering import resized
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import ClipMatte
from avatron.training.appearance.plate import Plate
from avatron.training.appearance.silhouettes import Silhouettes

__all__ = ["Section"]

_PERSON = 0.2
"""Of a pixel, from which on it belongs to the person."""
_MARGIN = 0.12
"""Of the person's longer side, on each side: people move."""


@dataclass(frozen=True)
class Section:
    """A rectangle of pixels, and the size in which it is shown."""

    left: int
    top: int
    width: int
    height: int
    size: tuple[int, int]
    """(width, height) of what is shown."""

    @staticmethod
    def of_person(matte: ClipMatte, longest_px: int) -> Section:
        """Around the person of `matte`, at most `longest_px` long where it is shown."""
        height, width = matte.person.shape
        spans = [np.flatnonzero((matte.person > _PERSON).any(axis)) for axis in (0, 1)]
        (left, right), (top, bottom) = (
            (int(span[0]), int(span[-1]) + 1) if len(span) else (0, side)
            for span, side in zip(spans, (width, height), strict=True)
        )
        margin = round(_MARGIN * max(right - left, bottom - top))
        left, top = max(left - margin, 0), max(top - margin, 0)
        right, bottom = min(right + margin, width), min(bottom + margin, height)
        factor = min(longest_px / max(right - left, bottom - top), 1.0)
        size = max(round((right - left) * factor), 8), max(round((bottom - top) * factor), 8)
        return Section(left, top, right - left, bottom - top, size)

    def camera(self, camera: Camera) -> Camera:
        """What sees it."""
        return camera.window(self.left, self.top, self.width, self.height).resized(*self.size)

    def picture(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """[h, w, 3] of a whole `picture` [H, W, 3]."""
        part = np.ascontiguousarray(picture[self._rows])
        return np.asarray(Image.fromarray(part).resize(self.size, Image.Resampling.BOX))

    def frames(self, frames: ClipFrames) -> ClipFrames:
        """The same frames."""
        other = copy(frames)
        other.pictures = np.stack([self.picture(picture) for picture in frames.pictures])
        return other

    def matte(self, matte: ClipMatte) -> ClipMatte:
        """Of the same frame."""
        return ClipMatte(matte.row, self._plane(matte.person), self._plane(matte.head))

    def plate(self, plate: Plate) -> Plate:
        """What is behind."""
        seen, hidden = (self._plane(mask.astype(np.float32)) > 0.5 for mask in (plate.seen, plate.hidden))
        return Plate(self.picture(plate.picture), seen, hidden)

    def silhouettes(self, silhouettes: Silhouettes | None) -> Silhouettes | None:
        """In the same frames."""
        if silhouettes is None:
            return None
        return silhouettes.section(self.left, self.top, (self.size[0] / self.width, self.size[1] / self.height))

    def _plane(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return resized(plane[self._rows][..., None], self.size)[..., 0]

    @property
    def _rows(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)
