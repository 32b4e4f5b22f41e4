"""What emotions do to a voice: pace, pitch, range, loudness and pauses, phoneme by phoneme.

The directions are those on which the reviews agree (Murray and Arnott, Toward the simulation of emotion in synthetic
speech, 1993, table 1; Juslin and Laukka, Communication of emotions in vocal expression and music performance, 2003,
tables 7 to 11); the sizes are about half of what actors do, so that a voice that was learned from calm readings stays
itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avatron.core.emotion import NEUTRAL, Emotion
from avatron.core.speech import PhonemeMarks, PhonemeSequence
from avatron.text.inventory import PAUSES

__all__ = ["EMOTION_VOICES", "EmotionVoice", "felt_by_voice"]


@dataclass(frozen=True)
class EmotionVoice:
    """How a voice changes at full intensity."""

    rate: float = 1.0
    """Factor on the speed."""
    semitones: float = 0.0
    """Added to the pitch."""
    pitch_range: float = 1.0
    """Factor on how far the pitch moves about its middle."""
    decibels: float = 0.0
    """Added to the loudness."""
    pauses: float = 1.0
    """Factor on the length of pauses, besides what the rate does to them."""

    def at(self, intensity: float) -> EmotionVoice:
        """The same at an intensity of 0 .. 1; factors in equal ratios."""
        return EmotionVoice(
            self.rate**intensity,
            self.semitones * intensity,
            self.pitch_range**intensity,
            self.decibels * intensity,
            self.pauses**intensity,
        )


EMOTION_VOICES: dict[str, EmotionVoice] = {
    "neutral": EmotionVoice(),
    "happy": EmotionVoice(rate=1.06, semitones=1.5, pitch_range=1.25, decibels=1.5, pauses=0.9),
    "sad": EmotionVoice(rate=0.87, semitones=-1.0, pitch_range=0.70, decibels=-2.5, pauses=1.2),
    "angry": EmotionVoice(rate=1.06, semitones=0.8, pitch_range=1.20, decibels=3.0, pauses=0.9),
    "surprised": EmotionVoice(rate=1.02, semitones=2.2, pitch_range=1.30, decibels=1.0, pauses=1.0),
    "calm": EmotionVoice(rate=0.94, semitones=-0.5, pitch_range=0.85, decibels=-1.0, pauses=1.1),
}


def felt_by_voice(phonemes: PhonemeSequence, base: Emotion = NEUTRAL) -> PhonemeSequence:
    """The phonemes with marks that let the voice follow what is felt: `base`, or what the script asks instead.

    A pause between words that feel alike belongs to them; any other, and those at both ends, to `base`.
    """
    marks = phonemes.marks or PhonemeMarks.plain(len(phonemes))
    asked = marks.emotions or (None,) * len(phonemes)
    if not base.shows and not any(emotion is not None and emotion.shows for emotion in asked):
        return phonemes
    felt = [emotion or base for emotion in asked]
    paused = np.array([symbol in PAUSES for symbol in phonemes.symbols])
    spoken = np.flatnonzero(~paused)
    for place in np.flatnonzero(paused):
        following = int(np.searchsorted(spoken, place))
        around = [felt[spoken[other]] for other in (following - 1, following) if 0 <= other < len(spoken)]
        felt[place] = around[0] if len(around) == 2 and around[0] == around[1] else base
    changes = [EMOTION_VOICES[emotion.name].at(emotion.intensity) for emotion in felt]
    rate = np.array([change.rate for change in changes], np.float32)
    pauses = np.array([change.pauses for change in changes], np.float32)
    pitch_range = np.array([change.pitch_range for change in changes], np.float32)
    return replace(
        phonemes,
        marks=replace(
            marks,
            rate=marks.rate * np.where(paused, rate / pauses, rate),
            semitones=marks.semitones + np.array([change.semitones for change in changes], np.float32),
            decibels=marks.decibels + np.array([change.decibels for change in changes], np.float32) * ~paused,
            pitch_range=pitch_range if marks.pitch_range is None else marks.pitch_range * pitch_range,
        ),
    )
