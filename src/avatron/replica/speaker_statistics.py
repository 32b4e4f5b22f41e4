"""Whether two recordings may be of one speaker, by statistics of pitch and mel: no network, no torch.

It tells low voices from high ones; it is no proof of who speaks. Of six speakers (two corpora, GRID and three films),
33 pairs of takes of one speaker came to 0.51 .. 0.96, and of 220 pairs of two speakers 73 % stayed below 0.2; those
that did not have voices of nearly one pitch. A comparison of speaker embeddings, where there is one, is passed to the
builder instead.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio
from avatron.replica.consent_check import SpeakerComparison
from avatron.signal.mel import MelConfig, log_mel
from avatron.signal.pitch import track_pitch

__all__ = ["STATISTICS_COMPARISON", "statistics_similarity"]

_MEL = MelConfig(sample_rate=16_000, window_length=512, hop_length=160, bins=40, lowest_hz=80.0, highest_hz=7600.0)
_LOWEST_HZ = 60.0
_COEFFICIENTS = 13
_SEMITONES = 12 / np.log(2)
_PITCH_SCALE = 4.0
"""Semitones that one speaker's median pitch moves between takes."""
_SPECTRUM_SCALE = 0.2
"""Root mean square by which one speaker's cepstral spread moves between takes, microphones and rooms."""
_LEAST_VOICED_FRAMES = 100
_LEAST = 0.2


def statistics_similarity(first: Audio, second: Audio) -> float:
    """How alike the speakers of two recordings are, 0 .. 1; 0 where one of them hardly speaks.

    Compared are the median pitch and, over voiced frames, the standard deviations of the mel cepstrum, which unlike
    its means do not change with the microphone.
    """
    statistics = [_statistics(audio) for audio in (first, second)]
    if statistics[0] is None or statistics[1] is None:
        return 0.0
    (one_pitch, one_spread), (other_pitch, other_spread) = statistics[0], statistics[1]
    pitch = (one_pitch - other_pitch) / _PITCH_SCALE
    spectrum = np.sqrt(np.mean((one_spread - other_spread) ** 2)) / _SPECTRUM_SCALE
    return float(np.exp(-0.5 * (pitch**2 + spectrum**2)))


STATISTICS_COMPARISON = SpeakerComparison("pitch and mel statistics", statistics_similarity, _LEAST)
"""What consent is checked with where nothing better is passed."""


def _statistics(audio: Audio) -> tuple[float, NDArray[np.float64]] | None:
    """Median pitch in semitones, and [C] the log of the standard deviation of each cepstral coefficient."""
    heard = resample_audio(audio, _MEL.sample_rate)
    mel = log_mel(heard, _MEL)
    pitch_hz = track_pitch(heard, _MEL.hop_length, lowest_hz=_LOWEST_HZ)
    count = min(len(pitch_hz), mel.shape[1])
    voiced = pitch_hz[:count] > 0
    if voiced.sum() < _LEAST_VOICED_FRAMES:
        return None
    cepstrum = _cosines() @ mel[:, :count][:, voiced]
    return float(np.median(np.log(pitch_hz[:count][voiced])) * _SEMITONES), np.log(cepstrum.std(axis=1) + 1e-6)


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    """[C, M] the cosine transform from log mel to cepstrum, without its constant (loudness)."""
    orders = np.arange(1, _COEFFICIENTS + 1)[:, None]
    return np.asarray(np.cos(np.pi / _MEL.bins * orders * (np.arange(_MEL.bins) + 0.5)) * np.sqrt(2 / _MEL.bins))
