"""The last step of a voice: its fixed gain, and a look-ahead limiter that keeps true peaks below a ceiling.

Peaks between samples are found by interpolating four times (ITU-R BS.1770-4, annex 2). The gain goes down before a peak
arrives and up after it has gone, along a smooth window, so that nothing is bent. What is finished lags by the
look-ahead, less than 5 ms; the samples themselves are not moved in time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["CEILING_DBTP", "Limiter"]

CEILING_DBTP = -1.0
"""True peak that is not passed."""
_MARGIN_DB = 0.3
"""What interpolating four times may miss of a peak."""
_LOOK_AHEAD_S = 0.005
_HOLD_S = 0.020
"""How long the gain stays down: longer than a period of a voice, so that it does not follow single pulses."""
_MAY_PEAK = 0.5
"""Between two samples that are both below this share of the ceiling, no speech passes it."""
_HALF_TAPS = 16
_PHASES = 4

Floats = NDArray[np.float64]


def _interpolators() -> Floats:
    """[3, 32] taps of the points a quarter, a half and three quarters of the way to the next sample."""
    place = np.arange(1 - _HALF_TAPS, _HALF_TAPS + 1)
    rows = []
    for phase in range(1, _PHASES):
        away = place - phase / _PHASES
        rows.append(np.sinc(away) * np.cos(0.5 * np.pi * away / (_HALF_TAPS + 0.5)) ** 2)
    return np.array(rows)


_TAPS = _interpolators()


class Limiter:
    """Gain and limiter of one utterance, chunk by chunk: chunks of any size give the samples of the whole."""

    def __init__(self, *, sample_rate: int, gain: float = 1.0) -> None:
        """`gain` is a factor on the samples before they are limited."""
        self.gain = gain
        self._ceiling = 10 ** ((CEILING_DBTP - _MARGIN_DB) / 20)
        self._ahead = int(_LOOK_AHEAD_S * sample_rate) - _HALF_TAPS
        self._hold = int(_HOLD_S * sample_rate)
        window = np.hanning(self._ahead + 3)[1:-1]
        self._window = window / window.sum()
        # Samples from the first one that is still needed; before the utterance there is silence.
        self._samples = np.zeros(2 * _HALF_TAPS, np.float64)
        self._waiting = 0  # samples at the end of `_samples` that are not finished
        # 1 - the gain that each sample asks for, from those on that still count.
        self._excess = np.zeros(self._hold + self._ahead, np.float64)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The samples that are finished now."""
        return self._push(samples.astype(np.float64) * self.gain)

    def finish(self) -> NDArray[np.float32]:
        """The last samples."""
        waiting = self._waiting
        return self._push(np.zeros(self._ahead + _HALF_TAPS))[:waiting]

    def _push(self, scaled: Floats) -> NDArray[np.float32]:
        known = len(self._samples)
        self._samples = np.concatenate([self._samples, scaled])
        self._waiting += len(scaled)
        # A peak is known once the samples beyond it are.
        first = known - _HALF_TAPS
        peaks = self._peaks(first, len(self._samples) - _HALF_TAPS)
        asked = 1 - self._ceiling / np.maximum(peaks, self._ceiling)
        excess = np.concatenate([self._excess, asked])
        ready = max(0, len(excess) - self._hold - 2 * self._ahead)
        start = len(self._samples) - self._waiting
        output = self._samples[start : start + ready]
        if ready and excess.any():
            held = _running_maximum(excess, self._hold + self._ahead + 1)
            output = output * (1 - np.convolve(held, self._window, "valid")[:ready])
        self._waiting -= ready
        self._excess = excess[ready:]
        kept = max(self._waiting, 2 * _HALF_TAPS)
        self._samples = self._samples[-kept:]
        return output.astype(np.float32)

    def _peaks(self, start: int, stop: int) -> Floats:
        """Greatest magnitude from each sample `start` .. `stop` - 1 to before the next."""
        if stop <= start:
            return np.zeros(0)
        around = self._samples[start - _HALF_TAPS + 1 : stop + _HALF_TAPS]
        peaks = np.abs(self._samples[start:stop])
        beside = np.maximum(peaks, np.abs(self._samples[start + 1 : stop + 1]))
        loud = np.flatnonzero(beside > _MAY_PEAK * self._ceiling)
        windows = np.lib.stride_tricks.sliding_window_view(around, 2 * _HALF_TAPS)[loud]
        # Summed without BLAS, whose rounding depends on how many there are.
        between = np.abs(np.einsum("nk,pk->np", windows, _TAPS)).max(axis=1, initial=0)
        peaks[loud] = np.maximum(peaks[loud], between)
        return peaks


def _running_maximum(values: Floats, length: int) -> Floats:
    """[N - length + 1] maximum of each stretch of `length` values."""
    reached, result = 1, values
    while reached < length:
        step = min(reached, length - reached)
        result = np.maximum(result[:-step], result[step:])
        reached += step
    return result
