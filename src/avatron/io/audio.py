"""Sound files: any that FFmpeg reads, and wav written as it comes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, OutputError, UnreadableFileError
from avatron.io.atomic import output_errors
from avatron.io.media import open_media
from avatron.io.resample import StreamResampler, resample_audio
from avatron.io.writer import ByteWriter

__all__ = [
    "LONGEST_S",
    "SoundInfo",
    "WavWriter",
    "read_audio",
    "read_audio_pieces",
    "read_sound_info",
    "to_int16",
    "write_wav",
]

LONGEST_S = 4 * 3600.0
"""Seconds of sound that `read_audio` takes into memory unless told otherwise."""

SampleFormat = Literal["int16", "float32"]

_FORMATS: dict[str, tuple[int, int]] = {"int16": (1, 2), "float32": (3, 4)}
"""wav format tag and bytes per sample."""
_LEAST_GAP_S = 0.01
"""Time stamps that are later by less are rounded, not gaps: files count in milliseconds, or in video frames."""
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_UNKNOWN_LENGTH = 0xFFFFFFFF
_LARGEST_DATA = 0xFFFFFFFF - _HEADER.size


@dataclass(frozen=True)
class SoundInfo:
    """What a file says of its sound."""

    sample_rate: int
    """Samples per second."""
    duration_s: float | None
    """Seconds; None where the file does not say."""


def read_sound_info(path: Path | str) -> SoundInfo:
    """What the sound of a sound or video file is like; nothing is decoded.

    Raises:
        UnreadableFileError: missing, damaged, or without sound.
    """
    from av import time_base

    path = Path(path)
    with open_media(path, "sound") as container:
        if not container.streams.audio:
            raise UnreadableFileError(f"`{path}` has no sound")
        rate = container.streams.audio[0].codec_context.sample_rate
        duration = container.duration
    if not rate:
        raise UnreadableFileError(f"`{path}` does not say the sample rate of its sound; it is damaged")
    return SoundInfo(rate, duration / time_base if duration else None)


def read_audio(
    path: Path | str,
    sample_rate: int | None = None,
    *,
    longest_s: float = LONGEST_S,
    only_first_s: float | None = None,
) -> Audio:
    """The sound of a sound or video file, mixed down to mono; sample 0 is at the file's time 0, and each later one at
    its own time: where the file has none, there is silence.

    `sample_rate` None keeps the file's own. With `only_first_s`, no more than the first seconds are read, and a file
    may be as long as it likes.

    Raises:
        UnreadableFileError: missing, damaged, without sound, or longer than `longest_s` seconds.
    """
    path = Path(path)
    with open_media(path, "sound") as container:
        if not container.streams.audio:
            raise UnreadableFileError(f"`{path}` has no sound")
        stream = container.streams.audio[0]
        pieces = list(_decoded(path, container, stream, longest_s, only_first_s))
        rate = stream.codec_context.sample_rate
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    if only_first_s is not None:
        samples = samples[: round(only_first_s * rate)]
    if not len(samples):
        raise UnreadableFileError(f"`{path}` has no sound in it: its sound track is empty")
    if not np.isfinite(samples).all():
        raise UnreadableFileError(f"the sound of `{path}` holds NaN or infinity")
    audio = Audio(samples, rate)
    return audio if sample_rate is None else resample_audio(audio, sample_rate)


def read_audio_pieces(path: Path | str, sample_rate: int | None) -> Iterator[NDArray[np.float32]]:
    """Pieces [n] of the sound of a sound or video file at `sample_rate` Hz, mixed down to mono, in constant memory.

    `sample_rate` None keeps the file's own. The first sample is at the file's time 0. Samples may be NaN or infinite
    where the file's are.

    Raises:
        UnreadableFileError: missing, damaged, or without sound.
    """
    path = Path(path)
    with open_media(path, "sound") as container:
        if not container.streams.audio:
            raise UnreadableFileError(f"`{path}` has no sound")
        stream = container.streams.audio[0]
        resampler: StreamResampler | None = None
        for piece in _decoded(path, container, stream, float("inf"), None):
            own_rate = stream.codec_context.sample_rate
            resampler = resampler or StreamResampler(own_rate, sample_rate or own_rate)
            yield resampler.push(piece)
        if resampler is not None:
            yield resampler.finish()


def _decoded(
    path: Path, container: Any, stream: Any, longest_s: float, only_first_s: float | None
) -> Iterator[NDArray[np.float32]]:
    """[N] pieces of mono sound at the stream's own rate."""
    from av import AudioResampler

    mixer: Any = None
    first: Any = None
    count = before = 0
    for frame in container.decode(stream):
        if mixer is None:
            mixer = AudioResampler(format="fltp", layout="mono", rate=frame.sample_rate)
            late = _lateness(container, frame)
            if late > 0:
                # The sound begins after the picture: silence until then keeps them together.
                silence = np.zeros(round(min(late, Fraction(LONGEST_S)) * frame.sample_rate), np.float32)
                count += len(silence)
                yield silence
            first, before = frame, count
        gap = _gap(container, first, frame, count - before)
        for start in range(0, gap, frame.sample_rate):
            # A recorder that lost sound, or wrote none where it was silent: what follows keeps its time.
            silence = np.zeros(min(frame.sample_rate, gap - start), np.float32)
            count += len(silence)
            yield silence
        for mixed in mixer.resample(frame):
            piece = mixed.to_ndarray()[0]
            count += len(piece)
            yield piece
        if only_first_s is not None and count >= only_first_s * frame.sample_rate:
            break
        if count > longest_s * frame.sample_rate:
            raise UnreadableFileError(f"the sound of `{path}` is longer than {longest_s:g} s; cut it into parts")


def _gap(container: Any, first: Any, frame: Any, count: int) -> int:
    """Samples that are missing before `frame`, when `count` are there from the frame `first` on."""
    from av import time_base

    if first.pts is None or frame.pts is None:
        return 0
    gap = (frame.pts - first.pts) * frame.time_base * first.sample_rate - count
    longest = Fraction(container.duration or 0, time_base) * first.sample_rate
    # A gap that is longer than the file is a time stamp that is wrong.
    return round(gap) if _LEAST_GAP_S * first.sample_rate < gap <= longest else 0


def _lateness(container: Any, first: Any) -> Fraction:
    """Seconds between the file's time 0 and the first sound."""
    from av import time_base

    if first.pts is None:
        return Fraction(0)
    late: Fraction = first.pts * first.time_base - Fraction(container.start_time or 0, time_base)
    return late


def to_int16(samples: NDArray[np.floating[Any]]) -> NDArray[np.int16]:
    """[N] 16-bit samples of `samples` [N] in [-1, 1]; what is beyond is clipped."""
    return np.asarray(np.rint(np.clip(samples, -1, 1) * 32767), dtype=np.int16)


class WavWriter(ByteWriter):
    """A mono wav file, written as its samples come. On a pipe, the header says that the length is unknown."""

    def __init__(
        self,
        target: Path | str | BinaryIO,
        sample_rate: int,
        *,
        sample_format: SampleFormat = "int16",
        overwrite: bool = False,
        called: str | None = None,
    ) -> None:
        """Open the file (under a temporary name) or take the stream; messages name it as `called`.

        Raises:
            InvalidValueError: an unknown sample format or a rate below 1.
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        if sample_format not in _FORMATS or sample_rate < 1:
            raise InvalidValueError(
                f"wav of {sample_format} at {sample_rate} Hz; known sample formats: {', '.join(_FORMATS)}"
            )
        self.sample_rate = sample_rate
        self._format = sample_format
        self._written = 0
        super().__init__(target, overwrite=overwrite, called=called)
        self._put(self._header(_UNKNOWN_LENGTH))

    @property
    def samples_written(self) -> int:
        """N so far."""
        return self._written // _FORMATS[self._format][1]

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append `samples` [N] in [-1, 1].

        Raises:
            OutputError: it cannot be written, or would be longer than a wav file can be (4 GiB).
        """
        data = (to_int16(samples) if self._format == "int16" else samples.astype("<f4")).tobytes()
        if self._pending is not None and self._written + len(data) > _LARGEST_DATA:
            raise OutputError(f"`{self._name}` would pass the 4 GiB that a wav file can hold; write it in parts")
        self._put(data)
        self._written += len(data)

    def _finish(self) -> None:
        if self._pending is not None:
            with output_errors(self._name):
                self._stream.seek(0)
                self._stream.write(self._header(self._written))
        super()._finish()

    def _header(self, data_bytes: int) -> bytes:
        tag, width = _FORMATS[self._format]
        rate = self.sample_rate
        whole = min(data_bytes + _HEADER.size - 8, _UNKNOWN_LENGTH)
        return _HEADER.pack(
            *(b"RIFF", whole, b"WAVE", b"fmt ", 16, tag, 1, rate, rate * width, width, width * 8, b"data", data_bytes)
        )


def write_wav(
    path: Path | str, audio: Audio, *, sample_format: SampleFormat = "int16", overwrite: bool = False
) -> None:
    """Write `audio` as one wav file.

    Raises:
        As `WavWriter`.
    """
    with WavWriter(path, audio.sample_rate, sample_format=sample_format, overwrite=overwrite) as writer:
        writer.write(audio.samples)
