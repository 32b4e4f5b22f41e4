"""Sound at one loudness, so that a judge who hears levels hears no difference of level."""

from __future__ import annotations

import math

import numpy as np

from avatron.core.audio import Audio
from avatron.signal.loudness import loudness_lufs

__all__ = ["JUDGED_LUFS", "at_loudness"]

JUDGED_LUFS = -26.0
"""Loudness at which sets are judged: low enough that no speech clips at it, and what DNSMOS's own training data,
the clips of the DNS challenges, was mixed around."""


def at_loudness(audio: Audio, lufs: float = JUDGED_LUFS) -> Audio:
    """A copy of the audio with that integrated loudness; silence stays silence."""
    present = loudness_lufs(audio)
    if not math.isfinite(present):
        return audio
    return Audio((audio.samples * 10 ** ((lufs - present) / 20)).astype(np.float32), audio.sample_rate)
