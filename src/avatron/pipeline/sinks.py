"""What each type of output takes from a performance: sound, pictures, words or curves."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from avatron.io.audio import WavWriter
from avatron.io.captions import CaptionWriter
from avatron.io.codecs import choose_codec
from avatron.io.curves import CurveCsvWriter, MotionWriter
from avatron.io.gif import GifWriter
from avatron.io.provenance.origin import preset_provenance
from avatron.io.provenance.seal import Sealer
from avatron.io.provenance.sidecar import HashedStream
from avatron.io.sequence import SequenceWriter
from avatron.io.timing import TIMING_FORMATS, timing_writer
from avatron.io.video import VideoWriter
from avatron.pipeline.pieces import Piece
from avatron.pipeline.plan import FILMS, SCENES, OutputPlan, Target

if TYPE_CHECKING:
    from avatron.export.scene import SceneWriter
    from avatron.pipeline.actor import Actor

__all__ = ["FilmFormat", "Sink", "check_films", "open_sinks"]

Image = NDArray[np.uint8]


class FilmFormat:
    """What all drawn outputs of one performance have in common."""

    def __init__(
        self,
        size: tuple[int, int],
        fps: Fraction,
        sample_rate: int,
        transparent: bool,
        avatar: str = "ava",
        sealer: Sealer | None = None,
        actor: Actor | None = None,
    ) -> None:
        """`sealer` None is that of the avatar; `actor` is who it is, where files of scenes need to know."""
        self.avatar = avatar
        self.actor = actor
        self.size = size
        self.fps = fps
        self.sample_rate = sample_rate
        self.transparent = transparent
        self.sealer = sealer or Sealer(preset_provenance(avatar))


class Sink:
    """One output that is being written: what its writer takes from a performance."""

    def __init__(self, writer: Any) -> None:
        """`writer` is a `Writer` of `avatron.io`."""
        self.writer = writer

    def take(self, piece: Piece) -> None:
        """The next piece; its pictures follow one by one."""
        raise NotImplementedError

    def take_picture(self, image: Image) -> None:
        """The next picture; most outputs have none."""


class _FilmSink(Sink):
    """mp4, webm or a picture sequence."""

    def take(self, piece: Piece) -> None:
        self.writer.write_audio(piece.audio.samples)

    def take_picture(self, image: Image) -> None:
        self.writer.write_frame(image)


class _GifSink(_FilmSink):
    """Pictures alone."""

    def take(self, piece: Piece) -> None:
        """A gif is silent."""


class _SoundSink(Sink):
    """wav."""

    def take(self, piece: Piece) -> None:
        self.writer.write(piece.audio.samples)


class _CaptionSink(Sink):
    """srt or vtt."""

    def take(self, piece: Piece) -> None:
        self.writer.write(piece.words(), piece.speech.start_s + piece.audio.duration_s)


class _TimingSink(Sink):
    """json or textgrid."""

    def take(self, piece: Piece) -> None:
        self.writer.write(piece.speech)


class _CurveSink(Sink):
    """csv or npz."""

    def take(self, piece: Piece) -> None:
        self.writer.write(piece.motion)


class _SceneSink(Sink):
    """glb or usd."""

    def take(self, piece: Piece) -> None:
        self.writer.write(piece.motion, piece.audio)


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
        film.sealer.prepare()
        for target in plan.targets:
            sinks.append(_sealed_sink(target, plan, film))
    except BaseException:
        for sink in sinks:
            sink.writer.discard()
        raise
    return sinks


def _sealed_sink(target: Target, plan: OutputPlan, film: FilmFormat) -> Sink:
    if target.path is not None:
        sink = _open_sink(target, target.path, plan, film)
        sink.writer.seal = film.sealer.seal_for(target.format, target.path)
        return sink
    if plan.sidecar is None:
        return _open_sink(target, sys.stdout.buffer, plan, film)
    stream = HashedStream(sys.stdout.buffer)
    sink = _open_sink(target, cast(BinaryIO, stream), plan, film)
    sink.writer.seal = film.sealer.seal_for(
        target.format, None, stream=stream, sidecar=plan.sidecar, overwrite=plan.overwrite
    )
    return sink


def _open_sink(target: Target, place: Path | BinaryIO, plan: OutputPlan, film: FilmFormat) -> Sink:
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
            comment=film.sealer.comment,
        )
        return _FilmSink(writer)
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
        return _GifSink(gif)
    if name == "png":
        pictures = SequenceWriter(
            target.path, film.size, film.fps, film.sample_rate, alpha=film.transparent, overwrite=overwrite
        )
        return _FilmSink(pictures)
    if name in SCENES:
        return _SceneSink(_scene_writer(target.path, plan, film))
    return _CurveSink(MotionWriter(target.path, overwrite=overwrite))


def _scene_writer(path: Path, plan: OutputPlan, film: FilmFormat) -> SceneWriter:
    # Late: most runs need neither the meshes nor their writers.
    from avatron.avatar.store import load_avatar
    from avatron.export.scene import SceneOptions, SceneWriter

    sound = next((target.path for target in plan.targets if target.format == "wav" and target.path is not None), None)
    name = None if sound is None else os.path.relpath(sound, path.parent)
    shown = load_avatar(film.avatar) if film.actor is None else film.actor.avatar()
    return SceneWriter(path, shown, SceneOptions(audio_name=name), overwrite=plan.overwrite)
