"""The sound of a file, twice and in step: as it was recorded, and as the encoder hears it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.io.audio import read_audio_pieces, read_sound_info
from avatron.io.resample import StreamResampler
from avatron.voice.listening.features import HEARING

__all__ = ["Cutting", "SoundTape"]


_BLOCK_S = 0.5


@dataclass(frozen=True, eq=False)
class Cutting:
    """The sound of one utterance."""

    audio: Audio
    """As it was recorded."""
    heard: NDArray[np.float32]
    """[N] at the rate of `HEARING`."""
    start_sample: int
    """Of `audio` in the recording."""


class SoundTape:
    """Plays a file and keeps what has not been cut off yet: hours need the memory of one utterance.

    Samples that are no numbers are silence, and counted.
    """

    def __init__(self, path: Path) -> None:
        """Look at the file.

        Raises:
            UnreadableFileError: missing, damaged, or without sound.
        """
        info = read_sound_info(path)
        self.path = path
        self.sample_rate = info.sample_rate
        self.duration_s = info.duration_s
        self.damaged_samples = 0
        """That were no numbers, so far."""
        self.clipped_samples = 0
        """At or beyond full scale, so far."""
        self.loudest = 0.0
        """Largest magnitude so far."""
        self._own = np.zeros(0, np.float32)
        self._heard = np.zeros(0, np.float32)
        self._cut_columns = 0
        self._cut_samples = 0

    def play(self) -> Iterator[NDArray[np.float32]]:
        """Pieces [n] at the rate of `HEARING`, until the end.

        Raises:
            UnreadableFileError: damaged, or empty.
        """
        resampler = StreamResampler(self.sample_rate, HEARING.sample_rate)
        # Files hand out a hundredth of a second at a time; what is kept would be copied for each.
        waiting: list[NDArray[np.float32]] = []
        for piece in read_audio_pieces(self.path, None):
            waiting.append(piece)
            if sum(map(len, waiting)) >= _BLOCK_S * self.sample_rate:
                yield self._take(np.concatenate(waiting), resampler)
                waiting = []
        if waiting:
            yield self._take(np.concatenate(waiting), resampler)
        rest = resampler.finish()
        self._heard = np.concatenate([self._heard, rest])
        yield rest
        samples = self._cut_samples + len(self._own)
        if samples * HEARING.sample_rate < HEARING.hop_length * self.sample_rate:
            raise InvalidValueError(
                f"the sound of `{self.path}` lasts {samples / self.sample_rate:.3f} s; expected at least 0.02 s"
            )

    def cut(self, columns: int | None = None) -> Cutting:
        """The sound of the next `columns`, or all that is left."""
        start = self._cut_samples
        if columns is None:
            own, heard = self._own, self._heard
            self._own, self._heard = own[:0], heard[:0]
        else:
            self._cut_columns += columns
            hop_length, rate = HEARING.hop_length, HEARING.sample_rate
            count = round(self._cut_columns * hop_length * self.sample_rate / rate) - start
            own, self._own = self._own[:count], self._own[count:]
            heard, self._heard = self._heard[: columns * hop_length], self._heard[columns * hop_length :]
        self._cut_samples += len(own)
        return Cutting(Audio(own, self.sample_rate), heard, start)

    @property
    def held_s(self) -> float:
        """Seconds of sound that are in memory."""
        return len(self._own) / self.sample_rate

    def remarks(self) -> list[str]:
        """What somebody should know of the sound that was played."""
        count = self._cut_samples + len(self._own)
        remarks = []
        if self.damaged_samples:
            remarks.append(f"{self.damaged_samples} samples of `{self.path}` are NaN or infinite; they are silence")
        if self.loudest < 1e-4:
            remarks.append(f"`{self.path}` is silent: the face stays at rest")
        if self.clipped_samples > 1e-3 * count:
            remarks.append(
                f"{100 * self.clipped_samples / count:.1f} % of the samples of `{self.path}` are clipped; lips are "
                "less exact for it"
            )
        return remarks

    def _take(self, piece: NDArray[np.float32], resampler: StreamResampler) -> NDArray[np.float32]:
        damaged = ~np.isfinite(piece)
        if damaged.any():
            self.damaged_samples += int(damaged.sum())
            piece = np.where(damaged, np.float32(0), piece)
        magnitude = np.abs(piece)
        self.clipped_samples += int((magnitude >= 0.999).sum())
        self.loudest = max(self.loudest, float(magnitude.max(initial=0.0)))
        self._own = np.concatenate([self._own, piece])
        heard = resampler.push(piece)
        self._heard = np.concatenate([self._heard, heard])
        return heard
