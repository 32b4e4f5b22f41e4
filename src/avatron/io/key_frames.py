"""A few pictures spread over a film, at the cost of decoding no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from avatron.io.clips import ClipInfo
from avatron.io.film_stream import open_film
from avatron.io.upright import PictureReader

__all__ = ["key_frames", "read_key_frames"]


def key_frames(info: ClipInfo) -> NDArray[np.int64]:
    """[K] the frames of the grid whose picture can be decoded by itself, rising; none if untimed."""
    pictures = np.searchsorted(info.times.stamps, np.intersect1d(info.keys, info.times.stamps))
    shown, first = np.unique(info.times.source, return_index=True)
    return np.asarray(first[np.isin(shown, pictures)], np.int64)


def read_key_frames(info: ClipInfo, frames: Iterable[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """(frame, picture [H, W, 3]) of some of `key_frames`; what cannot be decoded is left out.

    Raises:
        UnreadableFileError: the file cannot be read any more.
    """
    from av.error import FFmpegError

    reader = PictureReader(info.orientation, (info.width, info.height))
    # One thread: others would only wait for a second picture.
    with open_film(info.path, threads=1) as (container, stream):
        for number in frames:
            wanted = int(info.times.stamps[info.times.source[number]])
            container.seek(wanted, stream=stream, backward=True)
            try:
                for packet in container.demux(stream):
                    if packet.pts is None or packet.pts > wanted:
                        break
                    if packet.pts == wanted:
                        # No more packets: the decoder gives what it has.
                        decoded = [*packet.decode(), *stream.codec_context.decode(None)]
                        yield from ((number, reader.read(frame)) for frame in decoded[:1])
                        break
            except FFmpegError:
                continue
            finally:
                stream.codec_context.flush_buffers()
