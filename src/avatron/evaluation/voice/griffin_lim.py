"""Sound from a mel without a vocoder: the anchor below which no vocoder may be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.signal.mel import MelConfig, mel_filterbank
from avatron.signal.stft import centred_frames, periodic_hann

__all__ = ["griffin_lim", "magnitude_of_mel"]

ITERATIONS = 60
"""Of the phases."""
MOMENTUM = 0.99
"""Perraudin, Balazs and Sondergaard, A fast Griffin-Lim algorithm, 2013."""
UPDATES = 40
"""Of the magnitudes that explain a mel."""


def griffin_lim(log_mel: NDArray[np.float32], config: MelConfig | None = None, *, seed: int = 0) -> Audio:
    """F * hop samples whose mel is near `log_mel` [M, F], phases found by iteration from random ones.

    Griffin and Lim, Signal estimation from modified short-time Fourier transform, 1984, with Perraudin's momentum.
    """
    config = config or MelConfig()
    magnitude = np.ascontiguousarray(magnitude_of_mel(log_mel, config).T)
    generator = np.random.default_rng(seed)
    angles = np.exp(2j * np.pi * generator.random(magnitude.shape)).astype(np.complex64)
    previous = np.zeros_like(angles)
    for _ in range(ITERATIONS):
        rebuilt = _spectrum(_signal(magnitude * angles, config), config)
        ahead = rebuilt + np.float32(MOMENTUM) * (rebuilt - previous)
        previous = rebuilt
        angles = ahead / np.maximum(np.abs(ahead), np.float32(1e-12))
    return Audio(np.clip(_signal(magnitude * angles, config), -1, 1), config.sample_rate)


def magnitude_of_mel(log_mel: NDArray[np.float32], config: MelConfig) -> NDArray[np.float32]:
    """[window_length // 2 + 1, F] magnitudes, none negative, whose mel is nearest to `log_mel` [M, F].

    Lee and Seung, Algorithms for non-negative matrix factorization, 2001, with one factor fixed.
    """
    filters = mel_filterbank(config)
    mel = np.exp(log_mel)
    magnitude = np.maximum(np.linalg.pinv(filters) @ mel, np.float32(1e-8))
    wanted = filters.T @ mel
    for _ in range(UPDATES):
        magnitude *= wanted / np.maximum(filters.T @ (filters @ magnitude), np.float32(1e-12))
    return np.asarray(magnitude, np.float32)


def _spectrum(samples: NDArray[np.float32], config: MelConfig) -> NDArray[np.complex64]:
    """[F, window_length // 2 + 1]."""
    frames = centred_frames(samples, config.window_length, config.hop_length)
    return np.fft.rfft(frames * periodic_hann(config.window_length), axis=1).astype(np.complex64)


def _signal(spectrum: NDArray[np.complex64], config: MelConfig) -> NDArray[np.float32]:
    """[F * hop] samples whose spectrum [F, bins] is nearest: windowed overlap-add over the sum of squared windows."""
    window, hop, length = periodic_hann(config.window_length), config.hop_length, config.window_length
    frames = np.fft.irfft(spectrum, length, axis=1).astype(np.float32) * window
    added = np.zeros((len(frames) + length // hop, hop), np.float32)
    weight = np.zeros_like(added)
    for block in range(length // hop):
        own = slice(block * hop, (block + 1) * hop)
        added[block : block + len(frames)] += frames[:, own]
        weight[block : block + len(frames)] += np.square(window[own])
    samples = (added / np.maximum(weight, np.float32(1e-3))).reshape(-1)
    return np.asarray(samples[length // 2 : length // 2 + len(frames) * hop], np.float32)
