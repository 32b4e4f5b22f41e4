"""The mel of sound that comes in pieces: column for column that of the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.signal.mel import log_mel, log_mel_of_frames
from avatron.voice.listening.features import HEARING

__all__ = ["MelStream"]

_HALF = HEARING.window_length // 2
_MOST_COLUMNS = 1024
"""Columns that are worked on at once: memory does not grow with what is pushed."""


class MelStream:
    """Samples in, log mel columns out; a column comes half a window after its middle."""

    def __init__(self) -> None:
        self._held = np.zeros(0, np.float32)
        """From half a window before the next column on, mirrored at the start."""
        self._mirrored = False

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """[M, f] the columns that `samples` [N] more complete, possibly none."""
        self._held = np.concatenate([self._held, samples])
        if not self._mirrored:
            if len(self._held) <= _HALF:
                return np.zeros((HEARING.bins, 0), np.float32)
            self._held = np.concatenate([self._held[_HALF:0:-1], self._held])
            self._mirrored = True
        return self._columns()

    def finish(self) -> NDArray[np.float32]:
        """[M, f] the last columns; F = N // hop in all."""
        if not self._mirrored:
            # Shorter than half a window: mirrored more than once.
            return log_mel(Audio(self._held, HEARING.sample_rate), HEARING)
        count = (len(self._held) - _HALF) // HEARING.hop_length
        self._held = np.concatenate([self._held, self._held[-2 : -_HALF - 2 : -1]])
        return self._columns()[:, :count]

    def _columns(self) -> NDArray[np.float32]:
        hop, length = HEARING.hop_length, HEARING.window_length
        count = max(0, (len(self._held) - length) // hop + 1)
        if not count:
            return np.zeros((HEARING.bins, 0), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(self._held, length)[::hop][:count]
        parts = [
            log_mel_of_frames(frames[start : start + _MOST_COLUMNS], HEARING)
            for start in range(0, count, _MOST_COLUMNS)
        ]
        self._held = self._held[count * hop :]
        return np.concatenate(parts, axis=1)
