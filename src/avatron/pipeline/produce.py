"""From pieces to files: every output of a run is written as the pieces come, and appears when it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from avatron.io.ahead import ahead
from avatron.pipeline.pieces import Piece
from avatron.pipeline.plan import OutputPlan
from avatron.pipeline.sinks import FilmFormat, Sink, open_sinks
from avatron.pipeline.timing import StageTimer

__all__ = ["Production", "produce"]


@dataclass(frozen=True)
class Production:
    """What was made, and what it took."""

    paths: tuple[Path, ...]
    """The outputs, in the order they were asked for, stdout left out."""
    duration_s: float
    """Length of the sound."""
    frames: int
    """Video frames of the performance, drawn or not."""
    fps: Fraction
    size: tuple[int, int]
    sentences: int
    words: int
    seconds: float
    """Wall-clock time from the first sentence to the finished files."""
    stage_seconds: dict[str, float]
    """By stage: text, voice, motion, draw, encode. Encoding runs beside the others, so the sum is larger."""

    @property
    def real_time_factor(self) -> float:
        """Seconds of work per second of film."""
        return self.seconds / self.duration_s if self.duration_s else 0.0

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "outputs": [str(path) for path in self.paths],
            "duration_s": round(self.duration_s, 6),
            "frames": self.frames,
            "fps": str(self.fps),
            "size": list(self.size),
            "sentences": self.sentences,
            "words": self.words,
            "seconds": round(self.seconds, 3),
            "real_time_factor": round(self.real_time_factor, 4),
            "stage_seconds": {stage: round(seconds, 3) for stage, seconds in self.stage_seconds.items()},
        }


@dataclass(frozen=True, eq=False)
class _Step:
    """What the sinks take next: a piece, or one of its pictures."""

    piece: Piece | None
    image: NDArray[Any] | None
    progress: float
    """Share of the script that is done with it."""


def _steps(pieces: Iterator[Piece], drawn: bool, timer: StageTimer) -> Iterator[_Step]:
    done = 0.0
    for piece in pieces:
        count = len(piece.motion) if drawn else 0
        yield _Step(piece, None, done if count else piece.progress)
        if count:
            for number, image in enumerate(timer.each("draw", piece.frames()), 1):
                yield _Step(None, image, done + (piece.progress - done) * number / count)
        done = piece.progress


def produce(
    pieces: Iterator[Piece],
    plan: OutputPlan,
    film: FilmFormat,
    *,
    timer: StageTimer | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Production:
    """Write every output of `plan` from `pieces`.

    `timer` is the one that the pieces are counted with. Whatever ends this early, an error or Ctrl-C, leaves no file.

    Raises:
        As the pieces and the outputs do.
    """
    timer = timer or StageTimer()
    start = time.perf_counter()
    samples = frames = sentences = words = 0
    sinks: list[Sink] = []
    # What is drawn next is drawn while the last picture is encoded.
    with closing(ahead(_steps(pieces, plan.drawn, timer))) as steps:
        try:
            for step in steps:
                if not sinks:
                    # Only now: a script that cannot be said must not leave so much as an empty file.
                    sinks = open_sinks(plan, film)
                with timer.stage("encode"):
                    for sink in sinks:
                        if step.piece is not None:
                            sink.take(step.piece)
                        if step.image is not None:
                            sink.take_picture(step.image)
                if step.piece is not None:
                    samples += len(step.piece.audio.samples)
                    frames += len(step.piece.motion)
                    sentences += 1
                    words += len(step.piece.speech.words)
                if on_progress is not None:
                    on_progress(step.progress)
            with timer.stage("encode"):
                # No output appears before all of them are whole.
                for sink in sinks:
                    sink.writer.finish()
                for sink in sinks:
                    sink.writer.close()
        except BaseException:
            for sink in sinks:
                sink.writer.discard()
            raise
    return Production(
        paths=tuple(target.path for target in plan.targets if target.path is not None),
        duration_s=samples / film.sample_rate,
        frames=frames,
        fps=film.fps,
        size=film.size,
        sentences=sentences,
        words=words,
        seconds=time.perf_counter() - start,
        stage_seconds=dict(timer.seconds),
    )
