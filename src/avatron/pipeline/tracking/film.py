"""The film of a track over its video, with the video's own sound."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.track import FaceTrack
from avatron.errors import InputError
from avatron.face.shipped import shipped_head
from avatron.io.audio import read_audio
from avatron.io.clips import ClipInfo, read_frames
from avatron.io.video import VideoWriter
from avatron.track.landmarks.observe import observe
from avatron.track.overlay.overlay import TrackOverlay

__all__ = ["write_overlay"]

_SEEN_TOGETHER = 8
"""Frames whose landmarks are found before they are drawn; their pictures wait in memory."""
_LONGEST_SOUND_S = 1200.0
"""Longer films are silent: sound is held in memory as a whole."""
_RATE = 48_000


def write_overlay(
    path: Path,
    info: ClipInfo,
    track: FaceTrack,
    frame_percent: NDArray[np.float32],
    *,
    overwrite: bool,
    on_progress: Callable[[str, int, int], None],
) -> None:
    """Write what the model says over the video's pictures to `path`; `frame_percent` [T] is each frame's reprojection.

    Raises:
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
        MissingComponentError: no codec for it, or no landmark networks.
    """
    overlay = TrackOverlay(track, shipped_head(), name=info.path.name, frame_percent=frame_percent)
    sound = _sound(info)
    rate = None if sound is None else sound.sample_rate
    with VideoWriter(path, overlay.size, track.motion.fps, rate, overwrite=overwrite) as film:
        shown, looked_at = itertools.tee(read_frames(info))
        pictures = overlay.frames(shown, observe(looked_at, chunk_frames=_SEEN_TOGETHER, subject=overlay.first_face()))
        pieces = iter(()) if sound is None else _pieces(sound, track.motion.fps)
        for number, picture in enumerate(pictures):
            if sound is not None:
                film.write_audio(next(pieces))
            film.write_frame(picture)
            on_progress(path.suffix.lower().lstrip("."), number + 1, info.frames)


def _sound(info: ClipInfo) -> Audio | None:
    if info.audio_rate is None or info.duration_s > _LONGEST_SOUND_S:
        return None
    try:
        audio = read_audio(info.path, _RATE)
    except InputError:
        # Sound that cannot be read is no reason to show nothing.
        return None
    start = round(info.start_s * _RATE)
    samples = np.concatenate([np.zeros(max(-start, 0), np.float32), audio.samples[max(start, 0) :]])
    return Audio(samples, _RATE)


def _pieces(sound: Audio, fps: Fraction) -> Iterator[NDArray[np.float32]]:
    """The sound of one frame after another; silence where it has ended."""
    for number in itertools.count():
        start, end = (int(index * _RATE / fps) for index in (number, number + 1))
        piece = np.zeros(end - start, np.float32)
        given = sound.samples[start:end]
        piece[: len(given)] = given
        yield piece
