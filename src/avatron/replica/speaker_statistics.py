"""Whether two recordings may be of one speaker, by statistics of pitch and cepstrum: no network, no torch.

It tells voices apart, and is no proof of who speaks: at the limit below, of pairs of takes of 8 s with two microphones,
6 % of one speaker are refused and 23 % of two pass (`benchmarks/voice_match.py`). A comparison of speaker embeddings,
where there is one, is passed to the builder instead.
"""

from __future__ import annotations

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.replica.speaker_comparison import SpeakerComparison
from avatron.voice.match.profile import profile_of
from avatron.voice.match.similarity import STATISTICS, SpeakerSimilarity, compare_speakers

__all__ = ["STATISTICS_COMPARISON", "statistics_similarity"]

_LARGEST_DISTANCE = 1.5
"""Whoever gives consent, and has recorded it elsewhere, must not be taken for somebody else."""


def statistics_similarity(first: Audio, second: Audio) -> float:
    """How alike the speakers of two recordings are, 0 .. 1; 0 where one of them hardly speaks."""
    try:
        profiles = profile_of(first, "the first recording"), profile_of(second, "the second recording")
    except InvalidValueError:
        return 0.0
    return compare_speakers(*profiles).similarity


STATISTICS_COMPARISON = SpeakerComparison(
    STATISTICS, statistics_similarity, SpeakerSimilarity(_LARGEST_DISTANCE, STATISTICS).similarity
)
"""What consent is checked with where nothing better is passed."""
