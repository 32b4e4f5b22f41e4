"""The renderer of a request: the avatar's appearance on the head, framed, lit, before its background."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.face.shipped import shipped_head
from avatron.io.background import Background, background_frames, parse_background
from avatron.pipeline.options import SpeakOptions
from avatron.render.portrait import PortraitRenderer

__all__ = ["Picture", "lend_picture"]

Image = NDArray[np.uint8]


class Picture:
    """Draws one avatar for one request."""

    def __init__(self, avatar: Avatar, options: SpeakOptions) -> None:
        """Prepare everything that does not change from frame to frame.

        Raises:
            UnknownNameError: no framing or light of that name.
            InputError: a background that is neither a colour nor a file that can be shown.
        """
        self._film: _Film | None = None
        self.depends_on_options_alone = True
        """Whether no file but the avatar's, which may change, is in the picture."""
        behind: Any = options.background
        if behind not in ("studio", "transparent"):
            parsed = parse_background(behind)
            self.depends_on_options_alone = parsed.path is None
            if parsed.kind == "video":
                behind = self._film = _Film(parsed, options.size, options.fps)
            elif parsed.kind == "transparent":
                behind = "transparent"
            else:
                behind = next(background_frames(parsed, options.size, options.fps))
        self._renderer = PortraitRenderer(
            shipped_head(),
            avatar.appearance(),
            size=options.size,
            framing=options.framing,
            light=options.light or avatar.default_light,
            background=behind,
            background_blur=options.background_blur,
        )

    def frames(self, motion: FaceMotion) -> Iterator[Image]:
        """The pictures of `motion`, uint8 [H, W, 3 or 4], drawn as they are asked for."""
        if self._film is not None:
            self._film.seek(motion.first_frame)
        return iter(self._renderer.frames(motion))


_Look = tuple[str, tuple[int, int], str | None, str | None, str, float]

_MOST_IDLE = 2
_idle: list[tuple[_Look, Picture]] = []
_idle_lock = threading.Lock()


@contextmanager
def lend_picture(avatar: Avatar, options: SpeakOptions) -> Iterator[Picture]:
    """A picture for one request: one that drew alike before, if it is idle, since preparing takes a third of a second.

    Raises:
        As `Picture`.
    """
    look: _Look = (
        options.avatar,
        options.size,
        options.framing,
        options.light,
        options.background,
        options.background_blur,
    )
    picture = None
    with _idle_lock:
        for place, (known, _) in enumerate(_idle):
            if known == look:
                picture = _idle.pop(place)[1]
                break
    if picture is None:
        picture = Picture(avatar, options)
    try:
        yield picture
    finally:
        if picture.depends_on_options_alone:
            with _idle_lock:
                _idle.append((look, picture))
                del _idle[:-_MOST_IDLE]


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
