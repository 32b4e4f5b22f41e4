"""What lies behind the head: a colour, an image, a film that loops, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.io.images import cover_fit, load_image, parse_colour
from avatron.io.media import open_media

__all__ = ["Background", "background_frames", "parse_background"]

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif", ".mpg", ".ts"})


@dataclass(frozen=True)
class Background:
    """A background that was checked: `colour`, `image` and `video` hold one of three, `transparent` none."""

    kind: Literal["colour", "image", "video", "transparent"]
    colour: tuple[int, int, int] | None = None
    """sRGB, 0 .. 255."""
    path: Path | None = None
    """Of an image or a film."""


def parse_background(text: str) -> Background:
    """The background that `text` asks for: a colour, `transparent`, or the path of an image or film, which is opened.

    Raises:
        InvalidValueError: neither a colour nor a file that is there.
        UnreadableFileError: a file that is no image and no film.
    """
    path = Path(text)
    try:
        found = path.is_file()
    except (OSError, ValueError):
        found = False
    if not found:
        try:
            colour = parse_colour(text)
        except InvalidValueError:
            raise InvalidValueError(
                f"background `{text}` is neither a colour (#rrggbb, a name such as teal, transparent) nor a file"
            ) from None
        return Background("transparent") if colour is None else Background("colour", colour)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        next(_pictures(path, (16, 16)))
        return Background("video", path=path)
    load_image(path)
    return Background("image", path=path)


def background_frames(
    background: Background, size: tuple[int, int], fps: Fraction, first_frame: int = 0
) -> Iterator[NDArray[np.uint8] | None]:
    """Without end, what lies behind video frames `first_frame`, `first_frame` + 1 ...: uint8 [H, W, 3], or None.

    Images and films cover `size` (width, height) px, evenly scaled. A film shows the picture it has at t / fps and
    begins again at its end. Still backgrounds give the same array each time: do not write to it.

    Raises:
        UnreadableFileError: a file that cannot be read any more.
    """
    if background.kind == "video":
        assert background.path is not None, "a video background has a path"
        yield from _looped(background.path, size, fps, first_frame)
        return
    still: NDArray[np.uint8] | None = None
    if background.kind == "colour":
        still = np.full((size[1], size[0], 3), background.colour, np.uint8)
    elif background.kind == "image":
        still = _fitted(background.path, size)
    if still is not None:
        still.flags.writeable = False
    while True:
        yield still


@lru_cache(maxsize=4)
def _fitted(path: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    return cover_fit(load_image(path), *size)


def _looped(path: Path, size: tuple[int, int], fps: Fraction, first_frame: int) -> Iterator[NDArray[np.uint8]]:
    """The picture of a film at each t / fps, from the start again where it ends."""
    number = first_frame
    loop_start = Fraction(0)
    length = Fraction(0)
    while True:
        shown: NDArray[np.uint8] | None = None
        end = Fraction(0)
        for time, duration, picture in _pictures(path, size):
            while shown is not None and Fraction(number) / fps < loop_start + time:
                yield shown
                number += 1
            shown, end = picture, time + duration
        assert shown is not None, "`_pictures` gives at least one"
        length = max(end, 1 / fps)
        if Fraction(number) / fps >= loop_start + 2 * length:
            # Whole rounds that are not shown need not be decoded.
            loop_start += (Fraction(number) / fps - loop_start) // length * length
            continue
        while Fraction(number) / fps < loop_start + length:
            yield shown
            number += 1
        loop_start += length


def _pictures(path: Path, size: tuple[int, int]) -> Iterator[tuple[Fraction, Fraction, NDArray[np.uint8]]]:
    """(time, duration, picture [H, W, 3]) of each frame of a film, time from its first frame."""
    with open_media(path, "video") as container:
        if not container.streams.video:
            raise UnreadableFileError(f"`{path}` has no picture")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        rate = stream.average_rate or Fraction(25)
        start: Fraction | None = None
        for index, frame in enumerate(container.decode(stream)):
            time = frame.pts * frame.time_base if frame.pts is not None else Fraction(index) / rate
            start = time if start is None else start
            yield time - start, 1 / Fraction(rate), _covering(frame, size)
        if start is None:
            raise UnreadableFileError(f"`{path}` has no picture in it: its video track is empty")


def _covering(frame: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    """[H, W, 3] a film's frame, evenly scaled until it covers `size`, its middle cut out."""
    width, height = size
    scale = max(Fraction(width, frame.width), Fraction(height, frame.height))
    scaled_width, scaled_height = max(round(frame.width * scale), width), max(round(frame.height * scale), height)
    picture: NDArray[np.uint8] = frame.to_ndarray(
        format="rgb24", width=scaled_width, height=scaled_height, interpolation="AREA"
    )
    left, top = (scaled_width - width) // 2, (scaled_height - height) // 2
    return np.ascontiguousarray(picture[top : top + height, left : left + width])
