"""The renderer of a request: the avatar's appearance on the head, framed, lit, before its background."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.face.head import HeadModel
from avatron.io.background import Background, background_frames, parse_background
from avatron.pipeline.options import SpeakOptions
from avatron.render.portrait import PortraitRenderer

__all__ = ["Picture"]

Image = NDArray[np.uint8]

_warm_head = lru_cache(maxsize=1)(HeadModel.load)


class Picture:
    """Draws one avatar for one request."""

    def __init__(self, avatar: Avatar, options: SpeakOptions) -> None:
        """Prepare everything that does not change from frame to frame.

        Raises:
            UnknownNameError: no framing or light of that name.
            InputError: a background that is neither a colour nor a file that can be shown.
        """
        self._film: _Film | None = None
        behind: Any = options.background
        if behind not in ("studio", "transparent"):
            parsed = parse_background(behind)
            if parsed.kind == "video":
                behind = self._film = _Film(parsed, options.size, options.fps)
            elif parsed.kind == "transparent":
                behind = "transparent"
            else:
                behind = next(background_frames(parsed, options.size, options.fps))
        self._renderer = PortraitRenderer(
            _warm_head(),
            avatar.appearance(),
            size=options.size,
            framing=options.framing,
            light=options.light,
            background=behind,
        )

    def frames(self, motion: FaceMotion) -> Iterator[Image]:
        """The pictures of `motion`, uint8 [H, W, 3 or 4], drawn as they are asked for."""
        if self._film is not None:
            self._film.seek(motion.first_frame)
        return iter(self._renderer.frames(motion))


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
