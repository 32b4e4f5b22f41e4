"""The renderer of a request: the avatar's appearance on the head, framed, lit, before its background."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.face.shipped import shipped_head
from avatron.pipeline.behind import Behind
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
        self._behind = Behind(options)
        self.depends_on_options_alone = self._behind.path is None
        """Whether no file but the avatar's, which may change, is in the picture."""
        self._renderer = PortraitRenderer(
            shipped_head(),
            avatar.appearance(),
            size=options.size,
            framing=options.framing,
            light=options.light or avatar.default_light,
            background=self._behind.shown,
            background_blur=options.background_blur,
        )

    def frames(self, motion: FaceMotion) -> Iterator[Image]:
        """The pictures of `motion`, uint8 [H, W, 3 or 4], drawn as they are asked for."""
        self._behind.seek(motion.first_frame)
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
