"""What is measured on a finished voice and written into its config: how wide its pitch moves, and its gain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from avatron.core.speech import PhonemeSequence
from avatron.signal.loudness import loudness_lufs
from avatron.text.inventory import SYMBOLS
from avatron.training.acoustic_data import Example
from avatron.training.labels import PITCH_SCALE
from avatron.training.prosody_stage import VALIDATION_OFFSET, VALIDATION_STRIDE
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle

__all__ = ["calibrate", "phonemes_of"]

LOUDNESS_CLIPS = 12
"""Texts that the gain is measured on."""
PITCH_RANGE_AIM = 0.9
"""Of the reader's own range: wrong turns of a contour are heard more when they are wide."""
LARGEST_PITCH_SPREAD = 2.0
"""More than that would be a caricature of a contour that says little."""
PITCH_ROUNDS = 3
"""The sound follows the contour that was asked for by less than all of it, so the factor is found step by step."""


def calibrate(voice: NeuralVoice, training: Sequence[Example], language: str, aim_lufs: float) -> dict[str, Any]:
    """`pitch_spread` and `gain` of the config.

    A network that learns by distance predicts the mean of all ways to say a thing, so its contour moves less than the
    reader's does: the spread makes up for it, as in statistical synthesis (global variance, Toda and Tokuda 2007). It
    is measured on the clips that early stopping looks at, because the network knows the others by heart.
    """
    spread = _pitch_spread(voice, training[VALIDATION_OFFSET::VALIDATION_STRIDE] or training[:1], language)
    voice.acoustic_model.pitch_spread = spread
    levels = [
        loudness_lufs(voice.speak(phonemes_of(example, language), VoiceStyle()).audio)
        for example in training[:: max(1, len(training) // LOUDNESS_CLIPS)]
    ]
    return {"pitch_spread": spread, "gain": round(float(10 ** ((aim_lufs - np.mean(levels)) / 20)), 4)}


def phonemes_of(example: Example, language: str) -> PhonemeSequence:
    """The aligned phonemes of a clip as if a front end had given them; the words are numbers."""
    ids = example.ids.numpy()
    word_index = np.cumsum(example.word_initial.numpy()) - 1
    symbols = tuple(SYMBOLS[place] for place in ids)
    spoken = np.array([symbol not in "_|,;.?!" for symbol in symbols])
    words = tuple(str(number) for number in range(int(example.word_initial.sum())))
    return PhonemeSequence(symbols, ids, np.where(spoken, word_index, -1), words, example.name, language)


def _pitch_spread(voice: NeuralVoice, examples: Sequence[Example], language: str) -> float:
    recorded = float(
        np.mean([_deviation(e.frame_pitch.numpy()[e.voiced.numpy() > 0.5] / PITCH_SCALE) for e in examples])
    )
    spread = 1.0
    for _ in range(PITCH_ROUNDS):
        voice.acoustic_model.pitch_spread = spread
        pitches = [voice.acoustics(phonemes_of(example, language), VoiceStyle()).pitch for example in examples]
        spoken = float(np.mean([_deviation(np.log(pitch[pitch > 0])) for pitch in pitches]))
        if spoken > 0 and recorded > 0:
            spread = float(np.clip(spread * PITCH_RANGE_AIM * recorded / spoken, 1.0, LARGEST_PITCH_SPREAD))
    return round(spread, 3)


def _deviation(log_pitch: np.ndarray[Any, np.dtype[np.floating]]) -> float:
    """Standard deviation, ln Hz."""
    return float(np.std(log_pitch)) if len(log_pitch) > 1 else 0.0
