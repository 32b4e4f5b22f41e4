"""A film's stream of pictures, opened for decoding within limits of memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from avatron.errors import UnreadableFileError
from avatron.io.media import open_media

__all__ = ["LARGEST_PIXELS", "check_picture_size", "decoded_frames", "open_film"]

LARGEST_PIXELS = 8192 * 4352
"""8K, with room for its odd relatives. A decoder holds up to 16 pictures beside the few that we do: 1.5 GB of memory
at 8K; a small file can ask for any amount, so that larger pictures are refused unread."""

_PHOTO_FORMATS = frozenset({"image2", "ico"})
"""FFmpeg's readers of single pictures, besides those called `png_pipe`, `jpeg_pipe` ..."""


@contextmanager
def open_film(path: Path, threads: int = 2) -> Iterator[tuple[Any, Any]]:
    """(container, stream) of PyAV for a film's pictures, which so many threads decode; not the cover of an album.

    Raises:
        UnreadableFileError: missing, damaged, without pictures, a photo, or too large.
    """
    from av.stream import Disposition

    with open_media(path, "video") as container:
        if container.format.name in _PHOTO_FORMATS or container.format.name.endswith("_pipe"):
            raise UnreadableFileError(f"`{path}` is a photo, not a film; record at least a few seconds of video")
        films = [own for own in container.streams.video if not own.disposition & Disposition.attached_pic]
        if not films:
            what = "only sound" if container.streams.audio else "no video track"
            raise UnreadableFileError(f"`{path}` has no picture: there is {what} in it")
        stream = films[0]
        check_picture_size(path, stream.codec_context.width, stream.codec_context.height)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads
        # The size in the file's header need not be that of its pictures.
        stream.codec_context.options = {"max_pixels": str(LARGEST_PIXELS)}
        yield container, stream


def decoded_frames(container: Any, stream: Any) -> Iterator[Any]:
    """PyAV frames as they are shown, from where the container is; packets that cannot be decoded are passed over."""
    from av.error import FFmpegError

    for packet in container.demux(stream):
        if packet.is_corrupt:
            continue
        try:
            frames = packet.decode()
        except FFmpegError:
            continue
        yield from frames


def check_picture_size(path: Path, width: int, height: int) -> None:
    """Refuse pictures larger than `LARGEST_PIXELS`.

    Raises:
        UnreadableFileError: they are.
    """
    if width * height > LARGEST_PIXELS:
        raise UnreadableFileError(
            f"the film `{path}` is {width}x{height}; more than {LARGEST_PIXELS // 10**6} million pixels (8K) take "
            "several gigabytes of memory to decode: scale it down, to 1920x1080 for example"
        )
