"""What the listener hears: a small mel spectrogram at 100 frames a second, free of loudness and of the microphone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.signal.mel import MelConfig, log_mel

__all__ = ["FRAME_RATE", "HEARING", "heard_mel", "normalised"]

HEARING = MelConfig(
    sample_rate=16_000, window_length=400, hop_length=160, bins=40, lowest_hz=60.0, highest_hz=7600.0, floor=1e-6
)
"""Film sound is often coded with little above 8 kHz; 25 ms windows keep bursts apart from the closures before them."""
FRAME_RATE = HEARING.sample_rate / HEARING.hop_length
"""Frames per second; frame f is centred on f / `FRAME_RATE` seconds."""
SCALE = 0.4
"""Of the natural logs: brings them to about one standard deviation."""
LEAST_RANGE = 1.0
"""Natural log between loud and quiet frames, below which a recording is too steady to be speech."""
STEADY_DEPTH = 4.0
"""How far below speech, natural log, a recording is put that does not change at all."""
FLOOR = -3.0
"""Of the result: what is 65 dB below speech is silence, however silent."""


def heard_mel(audio: Audio) -> NDArray[np.float32]:
    """[F, 40] log mel, F = N // 160; `audio` at 16 kHz."""
    return np.ascontiguousarray(log_mel(audio, HEARING).T)


def normalised(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F, 40] of the log mel [F, 40]: each bin relative to its mean over the louder frames, scaled, with a floor.

    The louder half of the range is speech wherever there is any, so the share of silence does not move the mean.
    """
    if not len(mel):
        return mel
    level = mel.mean(axis=1)
    quiet, loud = np.percentile(level, (10, 95))
    speech = level >= 0.5 * (quiet + loud)
    # What hardly changes is no speech, and must not be taken for its mean.
    missing = STEADY_DEPTH * max(0.0, 1.0 - float(loud - quiet) / LEAST_RANGE)
    return np.asarray(np.maximum(SCALE * (mel - mel[speech].mean(axis=0) - missing), FLOOR), np.float32)
