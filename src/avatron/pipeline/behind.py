"""What a request puts behind whoever is drawn: nothing, the rig's own wall, a colour, a picture or a film."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.io.background import Background, background_frames, parse_background
from avatron.pipeline.options import SpeakOptions

__all__ = ["Behind"]

Image = NDArray[np.uint8]


class Behind:
    """The background of one request."""

    def __init__(self, options: SpeakOptions) -> None:
        """Prepare what `options` name.

        Raises:
            InputError: a background that is neither a colour nor a file that can be shown.
        """
        self.shown: Any = options.background
        """As `render.background.Backdrop` takes it."""
        self.path: Path | None = None
        """Of a picture or film."""
        self._film: _Film | None = None
        if options.background not in ("studio", "transparent"):
            parsed = parse_background(options.background)
            self.path = parsed.path
            if parsed.kind == "video":
                self.shown = self._film = _Film(parsed, options.size, options.fps)
            elif parsed.kind == "transparent":
                self.shown = "transparent"
            else:
                self.shown = next(background_frames(parsed, options.size, options.fps))

    def seek(self, frame: int) -> None:
        """Show what is behind `frame` of the script next."""
        if self._film is not None:
            self._film.seek(frame)


class _Film:
    """A film behind the head: its picture at each frame of the script's clock, whatever order pieces are drawn in."""

    def __init__(self, background: Background, size: tuple[int, int], fps: Fraction) -> None:
        self._background = background
        self._size = size
        self._fps = fps
        self._next_frame = -1
        self._pictures: Iterator[Image | None] = iter(())

    def seek(self, frame: int) -> None:
        """Go on with the picture of `frame`; what follows the last one drawn costs nothing."""
        if frame != self._next_frame:
            self._pictures = background_frames(self._background, self._size, self._fps, frame)
            self._next_frame = frame

    def __iter__(self) -> _Film:
        return self

    def __next__(self) -> Image:
        picture = next(self._pictures)
        assert picture is not None, "a film has a picture for every frame"
        self._next_frame += 1
        return picture
