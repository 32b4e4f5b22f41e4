"""The mel spectrogram: every model, metric and animator reads this one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.signal.stft import centred_frames, periodic_hann

__all__ = ["MelConfig", "log_mel", "log_mel_of_frames", "mel_filterbank"]

SLANEY_LINEAR_HZ = 200.0 / 3
"""Width of a mel in Hz below the corner of Slaney's scale (Auditory Toolbox, 1998)."""
SLANEY_CORNER_HZ = 1000.0
SLANEY_LOG_STEP = np.log(6.4) / 27
"""Natural log of the frequency ratio of two mels above the corner."""


@dataclass(frozen=True)
class MelConfig:
    """Which mel spectrogram.

    Raises:
        InvalidValueError: a rate, length or bin count below 1, or an upper edge above half the sample rate.
    """

    sample_rate: int = 22050
    """Samples per second."""
    window_length: int = 1024
    """Samples under the Hann window."""
    hop_length: int = 256
    """Samples from one frame to the next: the clock of all acoustics."""
    bins: int = 80
    """M, the number of mel bins."""
    lowest_hz: float = 0.0
    """Lower edge of the first triangle."""
    highest_hz: float = 11025.0
    """Upper edge of the last triangle."""
    floor: float = 1e-5
    """Smallest magnitude before the log: digital silence is ln(floor)."""

    def __post_init__(self) -> None:
        for name in ("sample_rate", "window_length", "hop_length", "bins"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"mel {name} is {getattr(self, name)}, expected at least 1")
        if not 0 <= self.lowest_hz < self.highest_hz <= self.sample_rate / 2:
            raise InvalidValueError(
                f"mel edges {self.lowest_hz:g} .. {self.highest_hz:g} Hz, expected rising and at most half the "
                f"sample rate, {self.sample_rate / 2:g} Hz"
            )


def hz_to_mel(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mels on Slaney's scale: linear below 1 kHz, logarithmic above."""
    above = SLANEY_CORNER_HZ / SLANEY_LINEAR_HZ + (
        np.log(np.maximum(frequency_hz, SLANEY_CORNER_HZ) / SLANEY_CORNER_HZ) / SLANEY_LOG_STEP
    )
    return np.where(frequency_hz < SLANEY_CORNER_HZ, frequency_hz / SLANEY_LINEAR_HZ, above)


def mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of `hz_to_mel`."""
    corner = SLANEY_CORNER_HZ / SLANEY_LINEAR_HZ
    above = SLANEY_CORNER_HZ * np.exp((np.maximum(mels, corner) - corner) * SLANEY_LOG_STEP)
    return np.where(mels < corner, mels * SLANEY_LINEAR_HZ, above)


@lru_cache(maxsize=8)
def mel_filterbank(config: MelConfig) -> NDArray[np.float32]:
    """[M, window_length // 2 + 1] triangles of equal area, equally spaced in mels (read-only)."""
    limits = hz_to_mel(np.array([config.lowest_hz, config.highest_hz]))
    edges_hz = mel_to_hz(np.linspace(limits[0], limits[1], config.bins + 2))
    bins_hz = np.fft.rfftfreq(config.window_length, 1 / config.sample_rate)
    lower, centre, upper = (edges_hz[start : start + config.bins, None] for start in range(3))
    rising = (bins_hz - lower) / (centre - lower)
    falling = (upper - bins_hz) / (upper - centre)
    triangles = np.maximum(0, np.minimum(rising, falling)) * (2 / (upper - lower))
    filterbank = triangles.astype(np.float32)
    filterbank.flags.writeable = False
    return filterbank


def log_mel(audio: Audio, config: MelConfig | None = None) -> NDArray[np.float32]:
    """[M, F] natural log of the mel-weighted magnitude, F = N // hop; frame f is centred on sample f * hop.

    Raises:
        InvalidValueError: audio of another sample rate than the config's.
    """
    config = config or MelConfig()
    if audio.sample_rate != config.sample_rate:
        raise InvalidValueError(f"audio of {audio.sample_rate} Hz, expected {config.sample_rate} Hz: resample it first")
    return log_mel_of_frames(centred_frames(audio.samples, config.window_length, config.hop_length), config)


def log_mel_of_frames(frames: NDArray[np.float32], config: MelConfig) -> NDArray[np.float32]:
    """[M, F] of frames [F, window length] that are cut already."""
    magnitude = np.abs(np.fft.rfft(frames * periodic_hann(config.window_length), axis=1)).astype(np.float32)
    return np.ascontiguousarray(np.log(np.maximum(mel_filterbank(config) @ magnitude.T, config.floor)))
