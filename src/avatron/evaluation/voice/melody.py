"""Pitch of a voice against the recording's: where it is voiced, how it moves, how far it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.evaluation.measurement import Measurement, measured_mean

__all__ = ["Melody", "compare_melodies", "melody_measures", "pitch_range_ratio", "semitone_deviation"]

FEWEST_FRAMES = 20
"""Voiced in both, below which a correlation says nothing."""


@dataclass(frozen=True)
class Melody:
    """One utterance against its recording, on the same frames."""

    correlation: float
    """Pearson's, of ln Hz where both are voiced; NaN where they are too seldom, or one is flat."""
    voicing_error: float
    """Share of frames that are voiced in one and not in the other."""
    error_cents: float
    """Root mean square where both are voiced."""


def compare_melodies(own_hz: NDArray[np.float32], reference_hz: NDArray[np.float32]) -> Melody:
    """Two pitch curves [F] in Hz, 0 where unvoiced; what is longer is cut."""
    frames = min(len(own_hz), len(reference_hz))
    own, reference = own_hz[:frames].astype(np.float64), reference_hz[:frames].astype(np.float64)
    both = (own > 0) & (reference > 0)
    voicing_error = float(((own > 0) != (reference > 0)).mean()) if frames else float("nan")
    if both.sum() < FEWEST_FRAMES:
        return Melody(float("nan"), voicing_error, float("nan"))
    own_log, reference_log = np.log2(own[both]), np.log2(reference[both])
    cents = 1200 * (own_log - reference_log)
    varied = own_log.std() > 1e-9 and reference_log.std() > 1e-9
    correlation = float(np.corrcoef(own_log, reference_log)[0, 1]) if varied else float("nan")
    return Melody(correlation, voicing_error, float(np.sqrt(np.mean(cents**2))))


def melody_measures(melodies: Sequence[Melody]) -> dict[str, Measurement]:
    """Means over utterances; what could not be measured on one is left out of its mean, as the counts say."""
    found = {}
    for name, field, unit, better in (
        ("pitch_correlation", "correlation", "Pearson's r", "higher"),
        ("voicing_error", "voicing_error", "share of frames", "lower"),
        ("pitch_error_cents", "error_cents", "cents", "lower"),
    ):
        values = [getattr(melody, field) for melody in melodies]
        known = [value for value in values if np.isfinite(value)]
        if known:
            found[name] = measured_mean(name, known, unit=unit, better="higher" if better == "higher" else "lower")
    return found


def semitone_deviation(pitch_hz: NDArray[np.float32]) -> float:
    """Standard deviation of the pitch [F] in semitones over its voiced frames; NaN where too few are."""
    voiced = pitch_hz[pitch_hz > 0].astype(np.float64)
    return float((12 * np.log2(voiced)).std()) if len(voiced) >= FEWEST_FRAMES else float("nan")


def pitch_range_ratio(
    own_hz: Sequence[NDArray[np.float32]], reference_hz: Sequence[NDArray[np.float32]]
) -> Measurement:
    """Semitone deviation of each utterance over that of its recording; 1 is as lively as the recordings.

    Raises:
        InvalidValueError: no utterance and recording that both have enough voiced frames.
    """
    ratios = [
        semitone_deviation(own) / semitone_deviation(reference)
        for own, reference in zip(own_hz, reference_hz, strict=True)
    ]
    known = [ratio for ratio in ratios if np.isfinite(ratio)]
    return measured_mean("pitch_range_ratio", known, unit="of the recording's", better="neither")
