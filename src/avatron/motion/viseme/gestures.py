"""Speech as a list of gestures: what each phoneme asks of each articulator, when, and how strongly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Acoustics, Span, Speech
from avatron.motion.silences import is_pause
from avatron.motion.viseme.articulators import ARTICULATORS, CHANNEL_INDEX, CHANNELS
from avatron.motion.viseme.postures import is_vowel, posture_parts, stress_of

__all__ = ["Gestures", "gestures_of"]

CORE_MARGIN_S = 0.035
"""A gesture's core ends this far inside its phoneme, or at a quarter of it if that is nearer."""
INNER_MARGIN = 0.35
"""Each half of a diphthong keeps this part of itself free for the glide to the other."""
DIPHTHONG_TURN = 0.50
"""Share of a diphthong at which its first half hands over to the second."""

STRESS_GAIN = {0: 0.82, 1: 1.04, 2: 0.95}
"""Unstressed vowels are reduced towards the rest position (Lindblom, Spectrographic study of vowel reduction, 1963)."""
UNDERSHOOT = 0.45
UNDERSHOOT_TIME_S = 0.055
"""A vowel of duration d reaches 1 - UNDERSHOOT * exp(-d / UNDERSHOOT_TIME_S) of its target (the form of Lindblom's
eq. 1; the constants are ours, set by eye on fast speech)."""
LOUDNESS_GAIN = 0.08
"""Change of opening for one standard deviation of energy."""
LARGEST_LOUDNESS_GAIN = 0.10

_OPENING = ("jawOpen", "mouthLowerDown", "mouthUpperUp")


@dataclass(frozen=True, eq=False)
class Gestures:
    """S gestures in the order of time; times are seconds from the start of the utterance."""

    targets: NDArray[np.float64]
    """[S, C] weights of `CHANNELS`, 0 .. 1."""
    strengths: NDArray[np.float64]
    """[S, A] by articulator, in the order of `ARTICULATORS`."""
    core_start_s: NDArray[np.float64]
    """[S] from here to `core_end_s` the gesture's claim is full."""
    core_end_s: NDArray[np.float64]
    """[S]."""


@lru_cache(maxsize=512)
def _rows(symbol: str) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
    """(targets [C], strengths [A]) for each part of the symbol's posture."""
    rows = []
    for posture in posture_parts(symbol):
        targets = np.zeros(len(CHANNELS))
        for channel, weight in posture.channel_targets().items():
            targets[CHANNEL_INDEX[channel]] = weight
        strengths = posture.strengths()
        rows.append((targets, np.array([strengths[name] for name in ARTICULATORS])))
    return tuple(rows)


def gestures_of(speech: Speech, intensity: float) -> Gestures:
    """The gestures of an utterance; `intensity` scales how far the mouth moves.

    Raises:
        InvalidValueError: a phoneme that the rules do not know.
    """
    opening = np.zeros(len(CHANNELS), np.bool_)
    opening[[CHANNEL_INDEX[channel] for channel in _OPENING]] = True
    scaled = np.array([not channel.startswith("tongue") for channel in CHANNELS])
    gains = _loudness_gains(speech.acoustics, speech.spans)
    targets, strengths, core_start_s, core_end_s = [], [], [], []
    for span, loudness in zip(speech.spans, gains, strict=True):
        duration_s = span.end_s - span.start_s
        if duration_s <= 0:
            continue
        rows = _rows(span.label)
        margin_s = min(CORE_MARGIN_S, 0.25 * duration_s)
        turn_s = span.start_s + DIPHTHONG_TURN * duration_s
        edges_s = [span.start_s, span.end_s] if len(rows) == 1 else [span.start_s, turn_s, span.end_s]
        gain = np.ones(len(CHANNELS))
        if is_vowel(span.label):
            reach = 1.0 - UNDERSHOOT * np.exp(-duration_s / UNDERSHOOT_TIME_S)
            stress = STRESS_GAIN[stress_of(span.label)]
            gain[scaled] = np.sqrt(reach * stress)
            gain[opening] = reach * stress * loudness
        for part, (row, strength) in enumerate(rows):
            # Inside a diphthong the two halves keep apart, so that the glide between them is a movement.
            inner_s = INNER_MARGIN * (edges_s[part + 1] - edges_s[part])
            start_s = edges_s[part] + (margin_s if part == 0 else inner_s)
            end_s = edges_s[part + 1] - (margin_s if part == len(rows) - 1 else inner_s)
            targets.append(np.minimum(row * gain * np.where(scaled, intensity, 1.0), 1.0))
            strengths.append(strength)
            core_start_s.append(start_s)
            core_end_s.append(max(end_s, start_s))
    return Gestures(
        np.array(targets).reshape(-1, len(CHANNELS)),
        np.array(strengths).reshape(-1, len(ARTICULATORS)),
        np.array(core_start_s, dtype=np.float64),
        np.array(core_end_s, dtype=np.float64),
    )


def _loudness_gains(acoustics: Acoustics, spans: tuple[Span, ...]) -> NDArray[np.float64]:
    """[P] factor on each phoneme's opening: louder than this utterance's mean opens wider, quieter less."""
    energy = acoustics.energy.astype(np.float64)
    if not len(energy) or not spans:
        return np.ones(len(spans))
    edges = np.array([[span.start_s, span.end_s] for span in spans]) * acoustics.frame_rate
    first = np.clip(np.round(edges[:, 0]).astype(np.int64), 0, len(energy) - 1)
    past_last = np.clip(np.round(edges[:, 1]).astype(np.int64), first + 1, len(energy))
    summed = np.concatenate([[0.0], np.cumsum(energy)])
    mean = (summed[past_last] - summed[first]) / (past_last - first)
    vowels = np.array([not is_pause(span.label) and is_vowel(span.label) for span in spans])
    if vowels.sum() < 2:
        return np.ones(len(spans))
    spread = max(float(mean[vowels].std()), 1e-6)
    change = LOUDNESS_GAIN * (mean - mean[vowels].mean()) / spread
    return np.asarray(1.0 + np.clip(change, -LARGEST_LOUDNESS_GAIN, LARGEST_LOUDNESS_GAIN))
