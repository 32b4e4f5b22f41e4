"""A recording that shows how to speak: read, measured, and refused where it cannot show that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatron.core.audio import Audio
from avatron.errors import UnreadableFileError
from avatron.io.audio import read_audio
from avatron.voice.reference.measures import SpeechMeasures, measure_speech

__all__ = ["ReferenceClip", "measure_clip", "read_clip"]

LONGEST_S = 60.0
"""More of a recording does not change the numbers."""
LOWEST_RATE = 8000
"""Samples per second of a telephone."""
LEAST_SPEECH_S = 1.5
LEAST_SYLLABLES = 4
LEAST_VOICED_S = 0.5
SILENT_PEAK = 1e-3
"""Full scale is 1: -60 dB."""
NEAR_PEAK = 0.985
"""Samples beyond this share of the largest one are counted as clipped."""
CLIPPED = 0.005
"""Where this share of the samples is clipped (6 dB beyond full scale), loudness has lost a tenth of its movement."""
RUINED = 0.05
"""15 dB beyond full scale: half of its movement, and a tenth of the syllables."""
QUIET_BACKGROUND_DB = 28.0
"""With less between speech and its background, pauses cannot be told from weak sounds."""


@dataclass(frozen=True)
class ReferenceClip:
    """How a recording is spoken."""

    name: str
    """What messages call it."""
    sample_rate: int
    """Of the recording."""
    measures: SpeechMeasures
    """What was measured."""
    hides_dynamics: bool
    """Whether clipping hides how far its loudness moves."""
    hides_pauses: bool
    """Whether a loud background hides how long its pauses are."""
    remarks: tuple[str, ...]
    """What a user should know of it."""


def read_clip(path: Path | str) -> ReferenceClip:
    """How the sound or video file at `path` is spoken; of a long one, its first minute.

    Raises:
        UnreadableFileError: missing, not a sound, silent, clipped beyond use, sampled too slowly, without a voice, or
            with less than 1.5 seconds of speech.
    """
    try:
        audio = read_audio(path, only_first_s=LONGEST_S + 1)
    except UnreadableFileError as error:
        raise UnreadableFileError(f"the reference clip is of no use: {error}") from error
    return measure_clip(audio, f"`{path}`")


def measure_clip(audio: Audio, name: str) -> ReferenceClip:
    """`read_clip` for sound that was read; messages call it `name`."""
    remarks = []
    if audio.sample_rate < LOWEST_RATE:
        raise UnreadableFileError(
            f"the reference clip {name} has {audio.sample_rate} samples a second, expected {LOWEST_RATE} or more; "
            "record it anew"
        )
    if audio.duration_s > LONGEST_S:
        audio = Audio(audio.samples[: round(LONGEST_S * audio.sample_rate)], audio.sample_rate)
        remarks.append(f"of {name}, only the first {LONGEST_S:g} s are heard")
    peak = float(np.abs(audio.samples).max(initial=0.0))
    if peak < SILENT_PEAK:
        raise UnreadableFileError(f"the reference clip {name} is silent; expected someone speaking")
    measures = measure_speech(audio)
    # Silence before and after someone speaks says nothing of how loud his samples are.
    clipped = float((np.abs(audio.samples) >= NEAR_PEAK * peak).sum()) / max(measures.speech_s * audio.sample_rate, 1)
    _check_speech(measures, clipped, name)
    if clipped > CLIPPED:
        remarks.append(f"{name} is clipped ({clipped:.1%} of its samples): its dynamics are left out")
    hides_pauses = measures.contrast_db < QUIET_BACKGROUND_DB
    if hides_pauses:
        remarks.append(
            f"{name} has a background only {measures.contrast_db:.0f} dB below its speech: its pauses are left out"
        )
    return ReferenceClip(name, audio.sample_rate, measures, clipped > CLIPPED, hides_pauses, tuple(remarks))


def _check_speech(measures: SpeechMeasures, clipped: float, name: str) -> None:
    if clipped > RUINED:
        raise UnreadableFileError(
            f"the reference clip {name} is clipped: {clipped:.0%} of its samples are at its largest value, expected "
            f"less than {RUINED:.0%}; record it with less gain"
        )
    if measures.voiced_s < LEAST_VOICED_S or measures.syllables < LEAST_SYLLABLES:
        raise UnreadableFileError(
            f"no speech was found in the reference clip {name}: {measures.voiced_s:.1f} s with a voice and "
            f"{measures.syllables} syllables, expected {LEAST_VOICED_S} s and {LEAST_SYLLABLES} or more; give a "
            "recording of one person who speaks"
        )
    if measures.speech_s < LEAST_SPEECH_S:
        raise UnreadableFileError(
            f"the reference clip {name} has {measures.speech_s:.1f} s of speech, expected {LEAST_SPEECH_S} s or more, "
            "better 5 to 20; give a longer one"
        )
