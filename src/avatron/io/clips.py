"""Films as trackers see them: upright sRGB pictures on a grid of constant rate, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.io.frame_times import FrameTimes, constant_grid
from avatron.io.media import open_media
from avatron.io.packets import PacketTable, read_packets
from avatron.io.upright import Orientation, PictureReader, orientation_of, square_size

__all__ = ["LARGEST_PIXELS", "LONGEST_S", "ClipInfo", "probe_clip", "read_frames"]

LARGEST_PIXELS = 8192 * 4352
"""8K, with room for its odd relatives. A decoder holds up to 16 pictures beside the few that we do: 1.5 GB of memory
at 8K; a small file can ask for any amount, so that larger pictures are refused unread."""
LONGEST_S = 4 * 3600.0
"""Seconds; the times of the pictures are held, 12 bytes each."""

_LARGEST_ASPECT = 4
_DECODER_THREADS = 2
_PHOTO_FORMATS = frozenset({"image2", "ico"})
"""FFmpeg's readers of single pictures, besides those called `png_pipe`, `jpeg_pipe` ..."""


@dataclass(frozen=True)
class ClipInfo:
    """What a film says of itself, and the grid on which its pictures are read."""

    path: Path
    width: int
    """Pixels, upright and square."""
    height: int
    fps: Fraction
    """Of the grid."""
    frames: int
    """T of the grid."""
    start_s: float
    """When frame 0 is shown, on the clock of the file, on which `io.audio.read_audio` gives sample 0 at 0."""
    duration_s: float
    """frames / fps."""
    rotation_deg: int
    """By how much the stored picture is turned clockwise to be upright."""
    variable_rate: bool
    """Whether the file's pictures come at uneven times."""
    audio_rate: int | None
    """Hz; None of a film without sound."""
    audio_start_s: float | None
    """When the sound begins, on the clock of the file."""
    audio_duration_s: float | None
    """As the file says; None where it does not."""
    complete: bool
    """False where the file breaks off, or has pictures that cannot be decoded at its end."""
    pixel_aspect: Fraction
    """Width over height of a stored pixel."""
    codec: str
    pixel_format: str
    """FFmpeg's name."""
    orientation: Orientation = field(repr=False)
    times: FrameTimes = field(repr=False, compare=False)
    keys: NDArray[np.int64] = field(repr=False, compare=False)
    """[K] times of the pictures that decoding can begin at, in ticks, rising; empty of a file without times."""


def probe_clip(path: Path | str) -> ClipInfo:
    """What is in a film; reads the whole file, but decodes only one picture (of a file that breaks off, a few more).

    Raises:
        UnreadableFileError: missing, damaged, a photo, without pictures, too large, or too long.
    """
    path = Path(path)
    with open_media(path, "video") as container:
        stream = _video_stream(path, container)
        aspect = _pixel_aspect(path, stream)
        sound = container.streams.audio[0] if container.streams.audio else None
        table = read_packets(container, stream, sound)
        audio_rate = None if sound is None else sound.codec_context.sample_rate
    if not len(table.stamps):
        raise UnreadableFileError(f"`{path}` has no picture in it: its video track is empty")
    with open_media(path, "video") as container:
        stream = _video_stream(path, container)
        first = next(_decoded(container, stream), None)
        if first is None:
            raise UnreadableFileError(f"`{path}` has no picture in its video track that can be decoded")
        width, height = square_size(first.width, first.height, aspect)
        _check_size(path, width, height)
        orientation = orientation_of(first)
        if orientation.transpose:
            width, height = height, width
        codec, pixel_format = stream.codec_context.name, first.format.name
    stamps, complete = table.stamps, not table.breaks_off
    if table.timed:
        begin = first.pts if first.pts is not None else stamps[0]
        end = _last_decodable(path, table) if table.breaks_off else stamps[-1]
        stamps = stamps[(stamps >= begin) & (stamps <= end)]
        if not len(stamps):
            raise UnreadableFileError(f"the film `{path}` breaks off before its first whole picture")
    tick = table.tick
    if (stamps[-1] - stamps[0]) * tick > LONGEST_S:
        raise UnreadableFileError(f"the film `{path}` is longer than {LONGEST_S:g} s; cut it into parts")
    times = constant_grid(stamps, tick, table.declared_rates)
    return ClipInfo(
        path=path,
        width=width,
        height=height,
        fps=times.fps,
        frames=len(times),
        start_s=float(stamps[0] * tick - table.start) if table.timed else 0.0,
        duration_s=float(len(times) / times.fps),
        rotation_deg=orientation.rotation_deg,
        variable_rate=times.variable_rate,
        audio_rate=audio_rate,
        audio_start_s=table.audio_start_s,
        audio_duration_s=table.audio_duration_s,
        complete=complete,
        pixel_aspect=aspect,
        codec=codec,
        pixel_format=pixel_format,
        orientation=orientation,
        times=times,
        keys=table.keys,
    )


def read_frames(info: ClipInfo, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
    """The pictures [H, W, 3] of the frames `start` .. `stop` - 1 of the grid, upright sRGB, each decoded once.

    Starts at the key picture before `start`. Frames that show one picture of the file may give the same array: do not
    write to it. A picture within the film that is too damaged to decode is stood in for by the nearest.

    Raises:
        InvalidValueError: frames that are not in the clip.
        UnreadableFileError: the file changed or cannot be read any more, or ends before frame `stop` - 1.
    """
    stop = info.frames if stop is None else stop
    if not 0 <= start <= stop <= info.frames:
        raise InvalidValueError(f"frames {start} .. {stop} are not within the {info.frames} frames of `{info.path}`")
    if start == stop:
        return
    reader = PictureReader(info.orientation, (info.width, info.height))
    source = info.times.source
    number = start
    held: tuple[int, Any] | None = None
    for index, frame in _numbered(info, int(source[start])):
        while number < stop and source[number] < index and held is not None:
            # What should be shown here is damaged, or was shown already.
            nearer = held if source[number] - held[0] <= index - source[number] else (index, frame)
            yield reader.read(nearer[1])
            number += 1
        held = index, frame
        while number < stop and source[number] <= index:
            yield reader.read(frame)
            number += 1
        if number == stop:
            return
    raise UnreadableFileError(f"the film `{info.path}` ends at frame {number} of {info.frames}: it is damaged there")


def _numbered(info: ClipInfo, first: int) -> Iterator[tuple[int, Any]]:
    """(number, PyAV frame) of the file's pictures from a key picture not after `first`."""
    stamps = info.times.stamps
    with open_media(info.path, "video") as container:
        stream = _video_stream(info.path, container)
        if not len(info.keys):
            yield from enumerate(_decoded(container, stream))
            return
        for frame in _from_key(info, container, stream, int(stamps[first])):
            index = int(np.searchsorted(stamps, frame.pts))
            if index < len(stamps) and stamps[index] == frame.pts:
                yield index, frame


def _from_key(info: ClipInfo, container: Any, stream: Any, wanted: int) -> Iterator[Any]:
    """PyAV frames from a key picture not after the time `wanted` (ticks).

    Containers seek by other times than those of the pictures, and some only roughly: what comes is looked at, and an
    earlier key is tried where it comes too late.
    """
    key = int(np.searchsorted(info.keys, wanted, side="right")) - 1
    for back in (0, 1, 4):
        if key - back <= 0:
            break
        container.seek(int(info.keys[key - back]), stream=stream, backward=True)
        frames = _decoded(container, stream)
        first = next(frames, None)
        if first is not None and first.pts is not None and first.key_frame and first.pts <= wanted:
            yield first
            yield from frames
            return
    container.seek(container.start_time or 0, backward=True)
    yield from _decoded(container, stream)


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """PyAV frames as they are shown; packets that cannot be decoded are passed over."""
    from av.error import FFmpegError

    stream.thread_type = "AUTO"
    stream.codec_context.thread_count = _DECODER_THREADS
    # The size in the file's header need not be that of its pictures.
    stream.codec_context.options = {"max_pixels": str(LARGEST_PIXELS)}
    for packet in container.demux(stream):
        if packet.is_corrupt:
            continue
        try:
            frames = packet.decode()
        except FFmpegError:
            continue
        yield from frames


def _last_decodable(path: Path, table: PacketTable) -> int:
    """Time (ticks) of the last picture of a file that breaks off before which none is missing."""
    with open_media(path, "video") as container:
        stream = _video_stream(path, container)
        for key in table.keys[::-1]:
            container.seek(int(key), stream=stream, backward=True)
            whole = {frame.pts for frame in _decoded(container, stream) if not frame.is_corrupt}
            expected = table.stamps[table.stamps >= key].tolist()
            missing = next((index for index, stamp in enumerate(expected) if stamp not in whole), len(expected))
            if missing:
                return int(expected[missing - 1])
    return int(table.stamps[0]) - 1


def _video_stream(path: Path, container: Any) -> Any:
    """The container's film, not the cover of an album.

    Raises:
        UnreadableFileError: there is none, it is a photo, or too large.
    """
    from av.stream import Disposition

    if container.format.name in _PHOTO_FORMATS or container.format.name.endswith("_pipe"):
        raise UnreadableFileError(f"`{path}` is a photo, not a film; record at least a few seconds of video")
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            _check_size(path, stream.codec_context.width, stream.codec_context.height)
            return stream
    what = "only sound" if container.streams.audio else "no video track"
    raise UnreadableFileError(f"`{path}` has no picture: there is {what} in it")


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise UnreadableFileError(
            f"the film `{path}` is {width}x{height}; more than {LARGEST_PIXELS // 10**6} million pixels (8K) take "
            "several gigabytes of memory to decode: scale it down, to 1920x1080 for example"
        )


def _pixel_aspect(path: Path, stream: Any) -> Fraction:
    """Width over height of a stored pixel; 1 where the file does not say."""
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    if not 1 <= max(aspect, 1 / aspect) <= _LARGEST_ASPECT:
        raise UnreadableFileError(
            f"the film `{path}` has pixels {float(aspect):g} times as wide as high, which no camera makes: its header "
            "is damaged; write it anew with square pixels"
        )
    return aspect
