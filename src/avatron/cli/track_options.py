"""What the arguments of `avatron track` ask of the tracker, for one video or for many."""

from __future__ import annotations

import argparse

from avatron.errors import UsageError
from avatron.io.spoken_words import SpokenWords, read_transcript
from avatron.pipeline.tracking.options import TrackOptions
from avatron.track.subject import LARGEST, read_subject

__all__ = ["options_of"]


def options_of(parsed: argparse.Namespace, words: SpokenWords | None) -> TrackOptions:
    """How the arguments want a video tracked.

    Raises:
        UsageError: options that contradict each other.
        InvalidValueError: an offset or a subject that makes no sense.
        UnreadableFileError: a transcript that cannot be read.
    """
    if parsed.no_audio and (parsed.transcript is not None or words is not None):
        raise UsageError("`--no-audio` leaves the sound out, and `--transcript` and `--words` are about it: choose one")
    return TrackOptions(
        quality=parsed.quality,
        audio=not parsed.no_audio,
        transcript=None if parsed.transcript is None else read_transcript(parsed.transcript),
        words=words,
        audio_offset_s=parsed.audio_offset,
        subject=LARGEST if parsed.subject is None else read_subject(parsed.subject),
        force=parsed.force,
    )
