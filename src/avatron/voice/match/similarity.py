"""How alike two speakers are: by speaker vectors where both have them, by our own statistics elsewhere.

Either way a distance of 1 is where as many pairs of one speaker are refused as pairs of two are let through, and the
similarity there is a half. How often that is, `benchmarks/voice_match.py` measures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatron.voice.match.profile import VoiceProfile

__all__ = ["STATISTICS", "SpeakerSimilarity", "compare_speakers", "pitch_distance_semitones"]

STATISTICS = "pitch and cepstrum"
"""What our own measure is called."""
_PITCH_SEMITONES = 3.0
"""By which one speaker's median pitch moves between takes, about twice."""
_RELATIONS, _MOVEMENT = 0.15, 0.12
"""Root mean square by which one speaker's relations and movement move between takes."""
_WEIGHTS = (2.0, 1.0, 0.5)
"""Of pitch, relations and movement."""
_EQUAL_ERROR = 4.0
"""Their weighted sum at which as many are refused as are let through; measured, as is the next."""
_EQUAL_ERROR_COSINE = 0.70
"""Cosine of two speaker vectors of Resemblyzer at which it is so."""
_STEEPNESS = 4.0
"""Of the similarity about there, for a distance."""


@dataclass(frozen=True)
class SpeakerSimilarity:
    """Of two profiles."""

    distance: float
    """0 for the same, 1 where it could be either, without limit."""
    method: str
    """`STATISTICS`, or the name of a speaker encoder."""

    @property
    def similarity(self) -> float:
        """0 .. 1; a half where it could be either."""
        return float(1 / (1 + np.exp(np.clip(_STEEPNESS * (self.distance - 1), -50, 50))))

    @property
    def same(self) -> bool:
        """Whether they pass for one speaker."""
        return self.distance <= 1


def compare_speakers(first: VoiceProfile, second: VoiceProfile) -> SpeakerSimilarity:
    """How alike they are, by their vectors where one encoder has made both."""
    if first.vector is not None and second.vector is not None and first.encoder == second.encoder:
        cosine = float(np.clip(first.vector @ second.vector, -1, 1))
        return SpeakerSimilarity((1 - cosine) / (1 - _EQUAL_ERROR_COSINE), str(first.encoder))
    pitch = (pitch_distance_semitones(first, second) / _PITCH_SEMITONES) ** 2
    relations = float(np.mean(np.square(first.relations - second.relations))) / _RELATIONS**2
    movement = float(np.mean(np.square(first.movement - second.movement))) / _MOVEMENT**2
    return SpeakerSimilarity(float(np.dot(_WEIGHTS, (pitch, relations, movement))) / _EQUAL_ERROR, STATISTICS)


def pitch_distance_semitones(first: VoiceProfile, second: VoiceProfile) -> float:
    """How far the median pitches are apart."""
    return abs(12 * float(np.log2(first.pitch_hz / second.pitch_hz)))
