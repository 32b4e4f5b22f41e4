"""What each type of output takes from a performance: sound, pictures, words or curves."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.io.audio import WavWriter
from avatron.io.captions import CaptionWriter
from avatron.io.codecs import choose_codec
from avatron.io.curves import CurveCsvWriter, write_motion_npz
from avatron.io.gif import GifWriter
from avatron.io.sequence import SequenceWriter
from avatron.io.timing import TIMING_FORMATS, TimingWriter, timing_writer
from avatron.io.video import VideoWriter
from avatron.pipeline.pieces import Piece
from avatron.pipeline.plan import FILMS, OutputPlan, Target

__all__ = ["FilmFormat", "Sink", "check_films", "open_sinks"]

Image = NDArray[np.uint8]


class FilmFormat:
    """What all drawn outputs of one performance have in common."""

    def __init__(self, size: tuple[int, int], fps: Fraction, sample_rate: int, transparent: bool) -> None:
        self.size = size
        self.fps = fps
        self.sample_rate = sample_rate
        self.transparent = transparent


class Sink(Protocol):
    """One output that is being written."""

    def take(self, piece: Piece) -> None:
        """The next piece; its pictures follow one by one."""

    def take_picture(self, image: Image) -> None:
        """The next picture."""

    def close(self) -> None:
        """Finish, and give the output its name."""

    def discard(self) -> None:
        """Give up; nothing is left."""


class _FilmSink:
    """mp4, webm, gif or a picture sequence."""

    def __init__(self, writer: Any, sounds: bool) -> None:
        self._writer = writer
        self._sounds = sounds
        self.close, self.discard, self.take_picture = writer.close, writer.discard, writer.write_frame

    def take(self, piece: Piece) -> None:
        if self._sounds:
            self._writer.write_audio(piece.audio.samples)


class _SoundSink:
    """wav."""

    def __init__(self, writer: WavWriter) -> None:
        self._writer = writer
        self.close, self.discard = writer.close, writer.discard

    def take(self, piece: Piece) -> None:
        self._writer.write(piece.audio.samples)

    def take_picture(self, image: Image) -> None:
        """Sound has no pictures."""


class _CaptionSink:
    """srt or vtt."""

    def __init__(self, writer: CaptionWriter) -> None:
        self._writer = writer
        self.close, self.discard = writer.close, writer.discard

    def take(self, piece: Piece) -> None:
        self._writer.write(piece.words())

    def take_picture(self, image: Image) -> None:
        """Captions have no pictures."""


class _TimingSink:
    """json or textgrid."""

    def __init__(self, writer: TimingWriter) -> None:
        self._writer = writer
        self.close, self.discard = writer.close, writer.discard

    def take(self, piece: Piece) -> None:
        self._writer.write(piece.speech)

    def take_picture(self, image: Image) -> None:
        """Times have no pictures."""


class _CurveSink:
    """csv of ARKit curves."""

    def __init__(self, writer: CurveCsvWriter) -> None:
        self._writer = writer
        self.close, self.discard = writer.close, writer.discard

    def take(self, piece: Piece) -> None:
        self._writer.write(piece.motion)

    def take_picture(self, image: Image) -> None:
        """Curves have no pictures."""


class _MotionSink:
    """npz of all curves; it is written at the end, so it holds 0.3 kB a frame until then."""

    def __init__(self, path: Path, overwrite: bool) -> None:
        self._path = path
        self._overwrite = overwrite
        self._pieces: list[FaceMotion] = []

    def take(self, piece: Piece) -> None:
        self._pieces.append(piece.motion)

    def take_picture(self, image: Image) -> None:
        """Curves have no pictures."""

    def close(self) -> None:
        write_motion_npz(self._path, FaceMotion.joined(self._pieces), overwrite=self._overwrite)

    def discard(self) -> None:
        self._pieces = []


def check_films(plan: OutputPlan, film: FilmFormat) -> None:
    """Refuse a codec, size or transparency that a film of the plan cannot have, before any work is done.

    Raises:
        UsageError: the message names what would do.
        MissingComponentError: the codec is not installed.
    """
    for target in plan.targets:
        if target.format in FILMS:
            choose_codec(target.format, plan.codec, alpha=film.transparent).check_size(*film.size)


def open_sinks(plan: OutputPlan, film: FilmFormat) -> list[Sink]:
    """A sink for each target of the plan; all or none of them are opened.

    Raises:
        UsageError: a size, fps, codec or transparency that a type cannot have.
        OutputError: an output that cannot be written.
    """
    sinks: list[Sink] = []
    try:
        for target in plan.targets:
            sinks.append(_open_sink(target, plan, film))
    except BaseException:
        for sink in sinks:
            sink.discard()
        raise
    return sinks


def _open_sink(target: Target, plan: OutputPlan, film: FilmFormat) -> Sink:
    place: Path | BinaryIO = sys.stdout.buffer if target.path is None else target.path
    name, overwrite = target.format, plan.overwrite
    if name in FILMS:
        writer = VideoWriter(
            place,
            film.size,
            film.fps,
            film.sample_rate,
            format_name=name,
            codec=plan.codec,
            quality=plan.quality,
            alpha=film.transparent,
            overwrite=overwrite,
        )
        return _FilmSink(writer, sounds=True)
    if name == "wav":
        return _SoundSink(WavWriter(place, film.sample_rate, overwrite=overwrite))
    if name in ("srt", "vtt"):
        return _CaptionSink(CaptionWriter(place, name, overwrite=overwrite))
    if name in TIMING_FORMATS:
        return _TimingSink(timing_writer(place, name, overwrite=overwrite))
    if name == "csv":
        return _CurveSink(CurveCsvWriter(place, overwrite=overwrite))
    assert target.path is not None, "the plan lets only types that stream go to stdout"
    if name == "gif":
        gif = GifWriter(target.path, film.size, film.fps, alpha=film.transparent, overwrite=overwrite)
        return _FilmSink(gif, sounds=False)
    if name == "png":
        pictures = SequenceWriter(
            target.path, film.size, film.fps, film.sample_rate, alpha=film.transparent, overwrite=overwrite
        )
        return _FilmSink(pictures, sounds=True)
    return _MotionSink(target.path, overwrite)
