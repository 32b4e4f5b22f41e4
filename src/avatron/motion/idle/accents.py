"""Where an utterance is stressed and where it pauses: the events that head, brows, lids and breath follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.core.timeline import sample_curve
from avatron.motion.noise import hashed_uniform
from avatron.motion.silences import silences_of

__all__ = ["Accent", "Pause", "accents_of", "chance", "is_question", "pauses_of"]

ACCENT_SPACING_S = 0.45
"""Accents that follow faster than this are one gesture: the stronger stays."""
SHORTEST_PAUSE_S = 0.12
_PITCH_WEIGHT, _ENERGY_WEIGHT, _LENGTH_WEIGHT = 1.0, 0.6, 0.5


@dataclass(frozen=True)
class Accent:
    """A stressed syllable that stands out, in seconds from the start of the utterance."""

    time_s: float
    strength: float
    """0 .. 1 among the accents of the utterance."""
    word: int
    """Number of its word; with the utterance's place it names the accent, whatever is made around it. Where no words
    are known, a number of its own beyond those of words."""


@dataclass(frozen=True)
class Pause:
    """A time in which nothing is said, in seconds from the start of the utterance."""

    start_s: float
    end_s: float
    number: int


def accents_of(speech: Speech) -> list[Accent]:
    """The stressed syllables that stand out by pitch, loudness and length, far enough apart to be gestures.

    Terken, Fundamental frequency and perceived prominence, 1991: prominence grows with the pitch excursion; energy and
    length are added because flat voices have accents too.
    """
    if speech.phonemes is None:
        return []
    unknown = len(speech.phonemes.words)
    stressed = [
        (span, int(word) if word >= 0 else unknown + place)
        for place, (span, word) in enumerate(zip(speech.spans, speech.phonemes.word_index, strict=True))
        if span.label.startswith("ˈ") and span.end_s > span.start_s
    ]
    if not stressed:
        return []
    acoustics = speech.acoustics
    centres_s = np.array([0.5 * (span.start_s + span.end_s) for span, _ in stressed])
    lengths_s = np.array([span.end_s - span.start_s for span, _ in stressed])
    energy = sample_curve(acoustics.energy, acoustics.frame_rate, centres_s) if acoustics.frames else lengths_s
    pitch = np.zeros(len(stressed))
    if acoustics.frames:
        heard = sample_curve(acoustics.pitch, acoustics.frame_rate, centres_s)
        voiced = heard > 50.0
        if voiced.any():
            middle = float(np.median(np.log(heard[voiced])))
            pitch = np.where(voiced, np.log(np.maximum(heard, 50.0)) - middle, 0.0)
    prominence = (
        _PITCH_WEIGHT * _standard(pitch) + _ENERGY_WEIGHT * _standard(energy) + _LENGTH_WEIGHT * _standard(lengths_s)
    )
    strength = 1.0 / (1.0 + np.exp(-prominence))
    kept: list[int] = []
    for index in np.argsort(-strength, kind="stable"):
        if all(abs(centres_s[index] - centres_s[other]) >= ACCENT_SPACING_S for other in kept):
            kept.append(int(index))
    return [Accent(float(centres_s[i]), float(strength[i]), stressed[i][1]) for i in sorted(kept)]


def _standard(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6))


def pauses_of(speech: Speech) -> list[Pause]:
    """The pauses that are long enough to be seen, those at both ends included."""
    return [
        Pause(start_s, end_s, number)
        for number, (start_s, end_s) in enumerate(silences_of(speech.spans))
        if end_s - start_s >= SHORTEST_PAUSE_S
    ]


def is_question(speech: Speech) -> bool:
    """Whether the utterance ends with a question mark."""
    return bool(speech.spans) and speech.spans[-1].label == "?"


def chance(speech: Speech, seed: int, stream: str, number: int) -> float:
    """0 .. 1, the same for this event of this utterance at this place of the script, whatever is made around it."""
    return float(hashed_uniform(seed, f"{stream}/{speech.start_sample}", number))
