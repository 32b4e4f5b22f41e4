"""Pictures as they come: from a camera, a pipe, or a film; all of them, or only the newest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from avatron.errors import AvatronError, InvalidValueError, UnreadableFileError
from avatron.io.upright import PictureReader, orientation_of, square_size

__all__ = ["LivePicture", "LiveVideo"]

_USUAL_FPS = Fraction(30)
_HIGHEST_FPS = 240
_LEAST_PAUSE_S = 0.002
_PIPE_BYTES = 2**16
"""What is asked of a pipe at once; it gives what it has."""


@dataclass(frozen=True, eq=False)
class LivePicture:
    """One picture."""

    image: NDArray[np.uint8]
    """[H, W, 3] sRGB, upright."""
    time_s: float
    """On the clock of the source; 0 is the first picture."""
    number: int
    """Since the start, those that were left out counted too."""


class LiveVideo:
    """A source of pictures that is read once; a context manager."""

    def __init__(self, container: Any, name: str, *, newest: bool, paced: bool = False) -> None:
        """Use `open_camera`, `open_pipe` or `open_film`."""
        self.name = name
        self._container = container
        self.newest = newest
        """Whether pictures are left out rather than given late."""
        self._paced = paced
        if not container.streams.video:
            container.close()
            raise UnreadableFileError(f"{name} has no pictures in it")
        self._stream = container.streams.video[0]
        # Frames that are decoded side by side come out late.
        self._stream.thread_type = "SLICE"
        rate = self._stream.average_rate or self._stream.guessed_rate
        self.fps: Fraction = Fraction(rate) if rate and 1 <= rate <= _HIGHEST_FPS else _USUAL_FPS
        self._slot: LivePicture | None = None
        self._failure: BaseException | None = None
        self._ended = False
        self._changed = threading.Condition()

    @staticmethod
    def open_camera(number: int, size: tuple[int, int] | None = None, fps: int | None = None) -> LiveVideo:
        """A camera of this machine (Video4Linux), of which always the newest picture is given.

        Raises:
            UnreadableFileError: no such camera, or it cannot be used; the message lists those there are.
        """
        path = Path(f"/dev/video{number}")
        there = sorted(str(device) for device in Path("/dev").glob("video[0-9]*"))
        hint = f"cameras here: {', '.join(there)}" if there else "there is no camera here; give `--input PATH` or `-`"
        if not path.exists():
            raise UnreadableFileError(f"there is no camera {number} (`{path}`); {hint}")
        options = {} if size is None else {"video_size": f"{size[0]}x{size[1]}"}
        if fps is not None:
            options["framerate"] = str(fps)
        container = _opened(str(path), f"camera {number}", hint, format="v4l2", options=options)
        return LiveVideo(container, str(path), newest=True)

    @staticmethod
    def open_pipe(stream: BinaryIO, *, newest: bool = False) -> LiveVideo:
        """Whatever FFmpeg recognises in a stream of bytes: y4m, mjpeg, mkv, mpeg-ts ...

        `stream` should not be buffered: a buffer waits until it is full.

        Raises:
            UnreadableFileError: nothing of the kind.
        """
        # Nothing that is looked at beforehand may make the first picture late.
        options = {"analyzeduration": "200000", "fpsprobesize": "0"}
        hint = "pipe y4m, mjpeg, mkv or mpegts into it"
        container = _opened(stream, "standard input", hint, options=options, buffer_size=_PIPE_BYTES)
        return LiveVideo(container, "standard input", newest=newest)

    @staticmethod
    def open_film(path: Path, *, newest: bool = False) -> LiveVideo:
        """A film; with `newest` it is played at its own speed, and pictures that come too fast are left out.

        Raises:
            UnreadableFileError: it cannot be read.
        """
        if not path.is_file():
            raise UnreadableFileError(f"cannot read the film `{path}`: there is no such file")
        container = _opened(f"file:{path}", f"the film `{path}`", "it is damaged or of an unknown type")
        return LiveVideo(container, f"`{path}`", newest=newest, paced=newest)

    def __iter__(self) -> Iterator[LivePicture]:
        """Each picture, or, where `newest`, each that is newer than the last one asked for when it is asked for."""
        if not self.newest:
            yield from self._pictures()
            return
        reader = threading.Thread(target=self._read, name="avatron-pictures", daemon=True)
        reader.start()
        while True:
            with self._changed:
                # With a limit, so that an interrupt is heard.
                while self._slot is None and not self._ended:
                    self._changed.wait(0.2)
                picture, self._slot = self._slot, None
            if picture is None:
                if self._failure is not None:
                    raise self._failure
                return
            yield picture

    def _read(self) -> None:
        try:
            for picture in self._pictures():
                with self._changed:
                    self._slot = picture
                    self._changed.notify()
                    if self._ended:
                        return
        except AvatronError as error:
            self._failure = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify()

    def _pictures(self) -> Iterator[LivePicture]:
        import av

        reader: PictureReader | None = None
        first_s, began, shape = None, time.monotonic(), (0, 0)
        try:
            for number, frame in enumerate(self._container.decode(self._stream)):
                if reader is None or (frame.width, frame.height) != shape:
                    shape = frame.width, frame.height
                    reader = _reader_of(frame, self._stream)
                at = frame.time if frame.time is not None else number / float(self.fps)
                first_s = at if first_s is None else first_s
                if self._paced and (early := at - first_s - (time.monotonic() - began)) > _LEAST_PAUSE_S:
                    time.sleep(early)
                yield LivePicture(reader.read(frame), at - first_s, number)
        except (av.error.FFmpegError, OSError) as error:
            if self._ended:
                return
            raise UnreadableFileError(f"{self.name} ended with an error: {error.strerror or error}") from None

    def close(self) -> None:
        """Let go of the camera or the file."""
        with self._changed:
            self._ended = True
        if not self.newest:
            self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()


def _opened(source: Any, what: str, hint: str, **options: Any) -> Any:
    import av

    try:
        return av.open(source, "r", **options)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise UnreadableFileError(f"cannot read {what}: {getattr(error, 'strerror', None) or error}; {hint}") from None


def _reader_of(frame: Any, stream: Any) -> PictureReader:
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    if not Fraction(1, 4) <= aspect <= 4:
        raise InvalidValueError(f"pixels of {aspect} : 1 cannot be shown; expected 1/4 .. 4")
    orientation = orientation_of(frame)
    width, height = square_size(frame.width, frame.height, aspect)
    return PictureReader(orientation, (height, width) if orientation.transpose else (width, height))
