"""Loudness of speech: to give every voice the same, and to judge voices at the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio

__all__ = ["loudness_lufs"]

BLOCK_S, STEP_S = 0.4, 0.1
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OFFSET = -0.691
"""All of ITU-R BS.1770-4."""
RESPONSE_S = 0.5
"""For how long the filters ring at most: their slowest pole, at 38 Hz, has fallen by exp(-119) until then."""


def loudness_lufs(audio: Audio) -> float:
    """Gated integrated loudness of mono audio in LUFS (ITU-R BS.1770-4); -inf for silence."""
    weighted = _k_weighted(audio)
    block, step = round(BLOCK_S * audio.sample_rate), round(STEP_S * audio.sample_rate)
    if len(weighted) < block:
        weighted = np.pad(weighted, (0, block - len(weighted)))
    windows = np.lib.stride_tricks.sliding_window_view(weighted, block)[::step]
    power = np.mean(windows**2, axis=1)
    power = power[_lufs(power) > ABSOLUTE_GATE_LUFS]
    if not len(power):
        return float("-inf")
    gate = float(_lufs(power.mean())) + RELATIVE_GATE_LU
    return float(_lufs(power[_lufs(power) > gate].mean()))


def _lufs(power: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(OFFSET + 10 * np.log10(np.maximum(power, 1e-20)))


def _k_weighted(audio: Audio) -> NDArray[np.float64]:
    """[N] after both filters of the standard, by their response to an impulse and in frequencies: no recursion, which
    NumPy has none of."""
    size = 1 << (max(round(RESPONSE_S * audio.sample_rate), 2) - 1).bit_length()
    turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    gain = np.ones(len(turn), np.complex128)
    for numerator, denominator in (
        _shelf(audio.sample_rate, 1681.974450955533, 3.999843853973347, 0.7071752369554196),
        _high_pass(audio.sample_rate, 38.13547087602444, 0.5003270373238773),
    ):
        gain *= np.polyval(numerator[::-1], turn) / np.polyval(denominator[::-1], turn)
    spectrum = np.fft.rfft(np.fft.irfft(gain, size), 2 * size)
    weighted = np.zeros(len(audio.samples) + size)
    for start in range(0, len(audio.samples), size):
        piece = audio.samples[start : start + size].astype(np.float64)
        rung = np.fft.irfft(np.fft.rfft(piece, 2 * size) * spectrum, 2 * size)[: len(piece) + size]
        weighted[start : start + len(rung)] += rung
    return weighted[: len(audio.samples)]


def _shelf(rate: int, centre_hz: float, gain_db: float, quality: float) -> tuple[list[float], list[float]]:
    # The standard gives coefficients for 48 kHz; these are its analogue prototypes, for any rate (De Man 2014).
    tangent = float(np.tan(np.pi * centre_hz / rate))
    high = 10 ** (gain_db / 20)
    band = high**0.4996667741545416
    scale = 1 + tangent / quality + tangent**2
    numerator = [
        (high + band * tangent / quality + tangent**2) / scale,
        2 * (tangent**2 - high) / scale,
        (high - band * tangent / quality + tangent**2) / scale,
    ]
    return numerator, [1, 2 * (tangent**2 - 1) / scale, (1 - tangent / quality + tangent**2) / scale]


def _high_pass(rate: int, centre_hz: float, quality: float) -> tuple[list[float], list[float]]:
    tangent = float(np.tan(np.pi * centre_hz / rate))
    scale = 1 + tangent / quality + tangent**2
    return [1, -2, 1], [1, 2 * (tangent**2 - 1) / scale, (1 - tangent / quality + tangent**2) / scale]
