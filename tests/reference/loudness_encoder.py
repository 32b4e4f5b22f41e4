"""A speech encoder in a dozen lines, as a plug-in would be: it hears `ɑ` where it is loud, and silence elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.voice.listening.mel_stream import MelStream
from avatron.voice.listening.protocol import HeardColumns
from avatron.voice.listening.sounds import HEARD_SYMBOLS, SILENCE
from avatron.voice.listening.statistics import SoundStatistics

LOUD = -7.0
"""Mean of the log mel."""
KINDS = len(HEARD_SYMBOLS)
OPEN = HEARD_SYMBOLS.index("ˈɑ")


def even_statistics(least_columns: int = 2) -> SoundStatistics:
    """Of sounds that are all alike."""
    even = np.full(KINDS, -np.log(KINDS), np.float32)
    return SoundStatistics(
        even, np.tile(even, (KINDS, 1)), np.full(KINDS, np.log(0.2), np.float32), np.full(KINDS, least_columns)
    )


class LoudnessEncoder:
    """Made without arguments, as the registry asks."""

    name = "loudness"
    embedding_space = "0" * 64
    look_ahead_s = 0.03
    statistics = even_statistics()

    def listen(self) -> LoudnessHearing:
        return LoudnessHearing()


class LoudnessHearing:
    def __init__(self) -> None:
        self._stream = MelStream()

    def push(self, samples: NDArray[np.float32]) -> HeardColumns:
        return _heard(self._stream.push(samples))

    def finish(self) -> HeardColumns:
        return _heard(self._stream.finish())


def _heard(mel: NDArray[np.float32]) -> HeardColumns:
    loud = mel.mean(axis=0) > LOUD
    log_shares = np.full((KINDS, mel.shape[1]), -9.0, np.float32)
    log_shares[np.where(loud, OPEN, SILENCE), np.arange(mel.shape[1])] = -0.01
    return HeardColumns(mel, np.tile(loud.astype(np.float32), (4, 1)), log_shares)


def speech_like(count: int, seed: int = 0) -> NDArray[np.float32]:
    """[N] a buzz with moving formants and no pause, about -20 dB."""
    time_s = np.arange(count) / 22050
    random = np.random.default_rng(seed)
    buzz = np.sign(np.sin(2 * np.pi * 120 * time_s)) * (0.06 + 0.04 * np.sin(2 * np.pi * 3 * time_s))
    return (buzz + 0.004 * random.normal(size=count)).astype(np.float32)


def pieces_of(samples: NDArray[np.float32], step: int) -> list[NDArray[np.float32]]:
    """The samples, `step` at a time."""
    return [samples[start : start + step] for start in range(0, len(samples), step)]
