"""Recordings that the listener learns from: what is said in each frame of LJSpeech, of a second reader, and of GRID."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import UnreadableFileError
from avatron.io.resample import resample_audio
from avatron.text.inventory import ARPABET
from avatron.track.speech.features import FRAME_RATE, HEARING, heard_mel
from avatron.track.speech.phonemes import SILENT_WORDS, TimedWord
from avatron.track.speech.sounds import HALVES, SILENCE, sound_id
from avatron.training.corpus import AlignedPhone, read_corpus
from avatron.training.listener import UNKNOWN, HeardClip

__all__ = ["SPEEDS", "TimedSound", "grid_words", "heard_clip", "lj_sounds", "states_of_sounds"]

SPEEDS = {"lj": (0.8, 0.9, 1.0), "pm": (0.9, 1.0, 1.12), "grid": (0.9, 1.0, 1.1)}
"""A recording played slower is of a larger head with a lower voice: the woman becomes a man."""


@dataclass(frozen=True)
class TimedSound:
    """A sound of the listener with its place in a recording."""

    sound: int
    """Number in `SOUNDS`; `UNKNOWN` for speech that nobody knows the sounds of."""
    start_s: float
    end_s: float


def states_of_sounds(sounds: Sequence[TimedSound], frames: int, speed: float) -> NDArray[np.int16]:
    """[F] the state of each frame of a recording that is played at `speed`; the halves of a sound are equally long."""
    states = np.full(frames, UNKNOWN, np.int16)
    for each in sounds:
        start, end = (round(time * FRAME_RATE / speed) for time in (each.start_s, each.end_s))
        middle = (start + end + 1) // 2
        if each.sound <= SILENCE:
            states[start:end] = each.sound
        else:
            states[start:middle] = HALVES * each.sound - 1
            states[middle:end] = HALVES * each.sound
    return states


def heard_clip(name: str, audio: Audio, sounds: Sequence[TimedSound], speed: float) -> HeardClip:
    """The recording as it sounds at `speed`."""
    played = resample_audio(Audio(audio.samples, round(audio.sample_rate * speed)), HEARING.sample_rate)
    mel = heard_mel(played)
    return HeardClip(f"{name}@{speed:g}", mel.astype(np.float16), states_of_sounds(sounds, len(mel), speed))


def lj_sounds(folder: Path) -> Iterator[tuple[str, Path, bool, tuple[TimedSound, ...]]]:
    """(name, file, held out, sounds) of each clip of an aligned corpus such as LJSpeech."""
    for clip in read_corpus(folder):
        sounds = tuple(TimedSound(_sound(phone), phone.start_s, phone.end_s) for phone in clip.phones)
        yield clip.name, clip.path, clip.held_out, sounds


def grid_words(folder: Path) -> dict[str, tuple[TimedWord, ...]]:
    """For each clip of GRID (`words.json`) its words with start and end in seconds, pauses left out.

    Raises:
        UnreadableFileError: no such file, or not that.
    """
    path = folder / "words.json"
    try:
        clips = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: tuple((float(start), float(end), str(word)) for start, end, word in words if word not in SILENT_WORDS)
            for name, words in sorted(clips.items())
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UnreadableFileError(
            f"`{path}` cannot be read ({error}); expected [start_s, end_s, word] lists"
        ) from error


def _sound(phone: AlignedPhone) -> int:
    if phone.is_pause:
        return SILENCE
    return sound_id(ARPABET[phone.label]) if phone.label in ARPABET else UNKNOWN
