"""What is behind the head: the studio's backdrop, a colour, a picture, a film, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, ShapeError
from avatron.io.images import cover_fit
from avatron.render.defocus import defocused
from avatron.render.light import LightRig
from avatron.render.tone import toned

__all__ = ["Backdrop", "Background", "studio_backdrop"]

Bytes = NDArray[np.uint8]
Background = str | tuple[int, int, int] | Bytes | Iterable[Bytes]
"""`studio`, `transparent`, an sRGB colour of bytes, a picture uint8 [h, w, 3], or one picture for each frame drawn."""


class Backdrop:
    """A background made ready for one size."""

    def __init__(self, background: Background, size: tuple[int, int], light: LightRig, blur: float = 0.0) -> None:
        """Prepare `background` for `size` (width, height); pictures and films are out of focus by `blur`, 0 .. 1.

        Raises:
            InvalidValueError: a word other than `studio` and `transparent`, or a colour or blur out of range.
            ShapeError: a picture that is not uint8 [h, w, 3].
        """
        if not 0 <= blur <= 1:
            raise InvalidValueError(f"background blur {blur:g} is outside 0 .. 1")
        self._size, self._blur = size, blur
        self._film: Iterator[Bytes] | None = None
        self._still: Bytes | None = None
        if isinstance(background, str):
            if background not in ("studio", "transparent"):
                raise InvalidValueError(
                    f"background `{background}` is neither `studio` nor `transparent`; "
                    "give a colour, a picture or pictures as values"
                )
            if background == "studio":
                self._still = studio_backdrop(size, light)
        elif isinstance(background, np.ndarray):
            self._still = defocused(_fitted(background, size), blur)
        elif isinstance(background, tuple):
            if len(background) != 3 or not all(0 <= value <= 255 for value in background):
                raise InvalidValueError(f"background colour {background} is not three numbers in 0 .. 255")
            self._still = np.broadcast_to(np.array(background, np.uint8), (size[1], size[0], 3)).copy()
        else:
            self._film = iter(background)
        self.transparent = isinstance(background, str) and background == "transparent"
        """Nothing is behind the head."""

    def next(self) -> Bytes | None:
        """[H, W, 3] behind the next frame, None for transparency. A film that has ended stays at its last picture.

        Raises:
            InvalidValueError: a film without a picture.
        """
        if self._film is not None:
            picture = next(self._film, None)
            if picture is not None:
                self._still = defocused(_fitted(picture, self._size), self._blur)
            elif self._still is None:
                raise InvalidValueError("the background film has no picture")
        return self._still


def studio_backdrop(size: tuple[int, int], light: LightRig) -> Bytes:
    """[H, W, 3] a pool of light on a grey wall, dithered so that it shows no bands."""
    width, height = size
    across, down = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    # The pool keeps its shape when the picture is wide or tall.
    aspect_x, aspect_y = max(1.0, width / height), max(1.0, height / width)
    pool = np.exp(-(((across[None] - 0.5) * aspect_x / 0.55) ** 2) - (((down[:, None] - 0.42) * aspect_y / 0.5) ** 2))
    edge, centre = np.asarray(light.backdrop_edge), np.asarray(light.backdrop_centre)
    # The curve is smooth: a table over the pool's strength is exact to a hundredth of a grey level.
    strengths = np.linspace(0, 1, 1024)
    table = toned(edge + (centre - edge) * strengths[:, None], light.exposure) * 255
    noise = np.random.default_rng(0).random((height, width, 1), np.float32)
    place = pool * 1023
    return np.asarray(np.floor(table[np.rint(place).astype(np.int32)] + noise), np.uint8)


def _fitted(picture: NDArray[Any], size: tuple[int, int]) -> Bytes:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise ShapeError(f"background picture is {picture.dtype} {list(picture.shape)}, expected uint8 [h, w, 3]")
    width, height = size
    if picture.shape[:2] == (height, width):
        return np.ascontiguousarray(picture)
    return cover_fit(picture, width, height)
