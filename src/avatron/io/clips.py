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
from avatron.io.film_stream import check_picture_size, decoded_frames, open_film
from avatron.io.frame_times import FrameTimes, constant_grid
from avatron.io.packets import PacketTable, read_packets
from avatron.io.upright import Orientation, PictureReader, orientation_of, square_size

__all__ = ["LONGEST_S", "ClipInfo", "probe_clip", "read_frames"]

LONGEST_S = 4 * 3600.0
"""Seconds; the times of the pictures are held, 12 bytes each."""

_LARGEST_ASPECT = 4


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
    with open_film(path) as (container, stream):
        aspect = _pixel_aspect(path, stream)
        sound = container.streams.audio[0] if container.streams.audio else None
        table = read_packets(container, stream, sound)
        audio_rate = None if sound is None else sound.codec_context.sample_rate
    if not len(table.stamps):
        raise UnreadableFileError(f"`{path}` has no picture in it: its video track is empty")
    with open_film(path) as (container, stream):
        first = next(decoded_frames(container, stream), None)
        if first is None:
            raise UnreadableFileError(f"`{path}` has no picture in its video track that can be decoded")
        width, height = square_size(first.width, first.height, aspect)
        check_picture_size(path, width, height)
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
    with open_film(info.path) as (container, stream):
        if not len(info.keys):
            yield from enumerate(decoded_frames(container, stream))
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
        frames = decoded_frames(container, stream)
        first = next(frames, None)
        if first is not None and first.pts is not None and first.key_frame and first.pts <= wanted:
            yield first
            yield from frames
            return
    container.seek(container.start_time or 0, backward=True)
    yield from decoded_frames(container, stream)


def _last_decodable(path: Path, table: PacketTable) -> int:
    """Time (ticks) of the last picture of a file that breaks off before which none is missing."""
    with open_film(path) as (container, stream):
        for key in table.keys[::-1]:
            container.seek(int(key), stream=stream, backward=True)
            whole = {frame.pts for frame in decoded_frames(container, stream) if not frame.is_corrupt}
            expected = table.stamps[table.stamps >= key].tolist()
            missing = next((index for index, stamp in enumerate(expected) if stamp not in whole), len(expected))
            if missing:
                return int(expected[missing - 1])
    return int(table.stamps[0]) - 1


def _pixel_aspect(path: Path, stream: Any) -> Fraction:
    """Width over height of a stored pixel; 1 where the file does not say."""
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    if not 1 <= max(aspect, 1 / aspect) <= _LARGEST_ASPECT:
        raise UnreadableFileError(
            f"the film `{path}` has pixels {float(aspect):g} times as wide as high, which no camera makes: its header "
            "is damaged; write it anew with square pixels"
        )
    return aspect
