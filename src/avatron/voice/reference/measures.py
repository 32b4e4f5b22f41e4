"""A handful of numbers that say how something was spoken, whoever spoke and whatever was said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio
from avatron.signal.pitch import track_pitch
from avatron.voice.reference.loudness import FRAME_S, band_level, pauses, speech_threshold, syllable_nuclei

__all__ = ["WIDEST_RATE", "SpeechMeasures", "measure_speech"]

WIDEST_RATE = 16_000
"""Samples per second at which speech is measured; what is above 8 kHz says nothing here."""
SYLLABLE_BAND_HZ = (300.0, 2500.0)
"""Where vowels are loud and neither hum nor hiss is; every telephone carries it."""
SPEECH_BAND_HZ = (100.0, 7900.0)
"""Where anything spoken is, hiss included."""
LOWEST_HZ, HIGHEST_HZ = 50.0, 600.0
"""Pitch of men, women and children."""
SPREAD = (10, 90)
"""Percentiles between which a spread is taken: a tracker's octave errors and creak lie outside."""
PITCH_BELOW_TOP_DB = 25.0
"""Softer frames have an uncertain pitch."""


@dataclass(frozen=True)
class SpeechMeasures:
    """How something was spoken."""

    speech_s: float
    """Seconds of speech, without pauses and the silence around it."""
    voiced_s: float
    """Seconds of it with voice."""
    syllables: int
    """Nuclei that were heard; some that are said are not."""
    pause_count: int
    """Pauses of 0.2 s or more."""
    pause_s: float
    """Seconds of them together."""
    pitch_hz: float
    """Median; 0 where nothing is voiced."""
    pitch_range: float
    """Semitones between the 10th and the 90th percentile."""
    loudness_range: float
    """dB between the 10th and the 90th percentile of the syllables."""
    contrast_db: float
    """How far the softest frames lie below the loudest."""

    @property
    def articulation_rate(self) -> float:
        """Syllables per second of speech, pauses apart."""
        return self.syllables / self.speech_s if self.speech_s else 0.0

    @property
    def mean_pause_s(self) -> float:
        """Seconds of a pause; of one reader's clips it varies less than half as much as the share of pauses does."""
        return self.pause_s / self.pause_count if self.pause_count else 0.0


def measure_speech(audio: Audio) -> SpeechMeasures:
    """How `audio` is spoken. No number depends on how loud it was recorded."""
    heard = resample_audio(audio, WIDEST_RATE)
    level = band_level(heard, *SPEECH_BAND_HZ)
    if not len(level):
        return SpeechMeasures(0.0, 0.0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    pitch_hz = track_pitch(heard, round(FRAME_S * WIDEST_RATE), lowest_hz=LOWEST_HZ, highest_hz=HIGHEST_HZ)
    voiced = (pitch_hz > 0) & (level > np.percentile(level, 95) - PITCH_BELOW_TOP_DB)
    speaking = (level > speech_threshold(level)) | voiced
    spoken = np.nonzero(speaking)[0]
    paused = pauses(speaking)
    pause_s = sum(pause.seconds for pause in paused)
    whole_s = (spoken[-1] - spoken[0] + 1) * FRAME_S if len(spoken) else 0.0
    syllable_level = band_level(heard, *SYLLABLE_BAND_HZ)
    nuclei = syllable_nuclei(syllable_level, voiced)
    semitones = 12 * np.log2(pitch_hz[voiced].astype(np.float64))
    return SpeechMeasures(
        speech_s=float(whole_s - pause_s),
        voiced_s=float(voiced.sum() * FRAME_S),
        syllables=len(nuclei),
        pause_count=len(paused),
        pause_s=float(pause_s),
        pitch_hz=float(2 ** (np.median(semitones) / 12)) if len(semitones) else 0.0,
        pitch_range=_spread(semitones),
        loudness_range=_spread(level[nuclei]),
        contrast_db=float(np.percentile(level, 95) - np.percentile(level, 2)),
    )


def _spread(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    if len(values) < 2:
        return 0.0
    low, high = np.percentile(values, SPREAD)
    return float(high - low)
