"""Recorded curves and sound to files: the second half of the path, for motion that came from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from avatron.core.audio import Audio
from avatron.core.motion import FaceMotion
from avatron.core.speech import Acoustics, Speech
from avatron.errors import UsageError
from avatron.io.audio import read_audio
from avatron.pipeline.actor import actor_of
from avatron.pipeline.options import SpeakOptions
from avatron.pipeline.pieces import Piece
from avatron.pipeline.plan import WORDS, OutputPlan
from avatron.pipeline.produce import Production, produce
from avatron.pipeline.provenance import sealer_of
from avatron.pipeline.sinks import FilmFormat
from avatron.pipeline.timing import StageTimer

__all__ = ["replay"]

SAMPLE_RATE = 48_000


def replay(
    motion: FaceMotion,
    audio: Path | None,
    plan: OutputPlan,
    options: SpeakOptions,
    *,
    sound_start_s: float = 0.0,
    on_progress: Callable[[float], None] | None = None,
) -> Production:
    """Draw `motion` with the avatar of `options` and write every output of `plan`.

    The film lasts as long as the motion; sound that is longer is cut, sound that is shorter goes on in silence. Frame 0
    goes with the sound at `sound_start_s`.

    Raises:
        UsageError: an output that needs words, or a frame rate that is not the motion's.
        UnreadableFileError: sound that cannot be read.
    """
    if options.fps != motion.fps:
        raise UsageError(f"the curves have {motion.fps} frames a second; leave out `--fps` or give {motion.fps}")
    if any(target.format in WORDS for target in plan.targets):
        raise UsageError("captions and times need words, and curves have none; write them with `avatron speak`")
    sound = _sound(audio, len(motion) / float(motion.fps), sound_start_s)
    timer = StageTimer()
    actor = actor_of(options)
    sealer = sealer_of(options, recorded_sound=audio is not None, provenance=actor.provenance)
    film = FilmFormat(
        options.size, options.fps, SAMPLE_RATE, options.background == "transparent", options.avatar, sealer, actor
    )
    with actor.lend() as drawing:
        pieces = _piece(motion, sound, drawing.frames)
        return produce(pieces, plan, film, timer=timer, on_progress=on_progress)


def _sound(path: Path | None, seconds: float, start_s: float) -> Audio:
    count, start = round(seconds * SAMPLE_RATE), round(start_s * SAMPLE_RATE)
    samples = np.zeros(count, np.float32)
    if path is not None:
        # Sound that begins after the pictures leaves silence before it.
        late = max(-start, 0)
        read = read_audio(path, SAMPLE_RATE).samples[max(start, 0) :][: max(count - late, 0)]
        samples[late : late + len(read)] = read
    return Audio(samples, SAMPLE_RATE)


def _piece(motion: FaceMotion, sound: Audio, draw: Callable[[FaceMotion], Iterator[np.ndarray]]) -> Iterator[Piece]:
    nothing = np.zeros(0, np.float32)
    unheard = Acoustics(
        mel=np.zeros((1, 0), np.float32),
        text_embedding=np.zeros((1, 0), np.float32),
        durations=None,
        pitch=nothing,
        energy=nothing,
        embedding_space="",
        sample_rate=SAMPLE_RATE,
        hop_length=1,
    )
    yield Piece(Speech(sound, unheard, None, (), ()), motion, draw, 1.0)
