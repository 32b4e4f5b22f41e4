"""The film of the preview: what was filmed and never seen by the build, and beside it what the replica makes of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.audio import read_audio
from avatron.io.clips import read_frames
from avatron.io.video import VideoWriter
from avatron.render.view import View
from avatron.replica.builder.stage import Stage, StageRun
from avatron.replica.builder.stages.appearance import built_likeness, read_seen_track
from avatron.replica.builder.stages.report import motions_of

__all__ = ["PREVIEW", "PREVIEW_FILE"]

PREVIEW_FILE = "preview.mp4"
_LONGEST_S = 12.0
_RATE = 48_000


def _run(run: StageRun) -> None:
    source = run.source
    track = read_seen_track(run.results["appearance"], run.results["track"])
    frames, fps = len(track), track.motion.fps
    # With nothing held out, the end of what was learned from is all there is to show.
    first = source.learned_frames if source.learned_frames < frames else max(0, frames - round(2 * fps))
    last = min(frames, first + round(_LONGEST_S * fps))
    motions = motions_of(run, track)
    motion = motions.get("audio", track.motion).part(first, last)
    # Films have sides of even length.
    width, height = (side // 2 * 2 for side in (source.info.width, source.info.height))
    drawn = built_likeness(source.config, run.results["appearance"]).renderer(
        View((source.info.width, source.info.height))
    )
    sound = None if "audio" not in motions else _sound(run, first, last)
    rate = None if sound is None else _RATE
    with VideoWriter(run.place / PREVIEW_FILE, (2 * width, height), fps, rate) as film:
        if sound is not None:
            film.write_audio(sound)
        pairs = zip(read_frames(source.info, first, last), drawn.frames(motion), strict=False)
        for number, (real, made) in enumerate(pairs):
            film.write_frame(np.ascontiguousarray(np.concatenate([real[:height, :width], made[:height, :width]], 1)))
            run.on_progress((number + 1) / (last - first))


def _sound(run: StageRun, first: int, last: int) -> NDArray[np.float32]:
    """The video's own, between two frames."""
    info = run.source.info
    audio: Audio = read_audio(info.path, _RATE)
    start, end = (round((info.start_s + float(frame / info.fps)) * _RATE) for frame in (first, last))
    samples = np.zeros(end - start, np.float32)
    part = audio.samples[max(start, 0) : max(end, 0)][: len(samples)]
    samples[: len(part)] = part
    return samples


PREVIEW = Stage("preview", _run, needs=("sound", "track", "appearance", "motion"), cost_ms=15.0)
