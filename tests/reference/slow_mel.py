"""The mel, written as its definition reads."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def hz_of_mel(mel: float) -> float:
    """Slaney's scale: 200/3 Hz per mel below 1 kHz, 27 mels per factor of 6.4 above."""
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


def mel_of_hz(hz: float) -> float:
    """Inverse of `hz_of_mel`."""
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


def slow_log_mel(samples: NDArray[Any], rate: int, length: int, hop: int, bins: int) -> NDArray[np.float64]:
    """[M, F] with one discrete Fourier sum per bin and one triangle value at a time."""
    top = mel_of_hz(rate / 2)
    edges = [hz_of_mel(top * place / (bins + 1)) for place in range(bins + 2)]
    window = [0.5 - 0.5 * math.cos(2 * math.pi * place / length) for place in range(length)]
    frame_count = len(samples) // hop
    result = np.zeros((bins, frame_count))
    wave = np.exp(-2j * np.pi * np.outer(np.arange(length // 2 + 1), np.arange(length)) / length)
    last = 2 * (len(samples) - 1)
    for frame in range(frame_count):
        piece = np.zeros(length)
        for place in range(length):
            source = abs(frame * hop + place - length // 2)
            piece[place] = samples[min(source, last - source)] * window[place]
        magnitude = np.abs(wave @ piece)
        for row in range(bins):
            lower, centre, upper = edges[row : row + 3]
            total = 0.0
            for column, value in enumerate(magnitude):
                hz = column * rate / length
                if lower < hz < upper:
                    rise, fall = (hz - lower) / (centre - lower), (upper - hz) / (upper - centre)
                    total += value * min(rise, fall) * 2 / (upper - lower)
            result[row, frame] = math.log(max(total, 1e-5))
    return result
