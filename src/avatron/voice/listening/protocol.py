"""What the rest of avatron asks of an encoder of recorded speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.voice.listening.statistics import SoundStatistics

__all__ = ["HeardColumns", "Hearing", "SpeechEncoder"]


@dataclass(frozen=True, eq=False)
class HeardColumns:
    """What is heard in F columns of sound.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    mel: NDArray[np.float32]
    """[M, F] natural log of the mel magnitude."""
    text_embedding: NDArray[np.float32]
    """[D, F] what the text encoder would have said."""
    log_shares: NDArray[np.float32]
    """[K, F] natural log of how probable each of `HEARD_SYMBOLS` is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mel", checked_array("mel", self.mel, (None, None), np.float32))
        for name in ("text_embedding", "log_shares"):
            value = checked_array(name, getattr(self, name), (None, self.mel.shape[1]), np.float32)
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return int(self.mel.shape[1])

    def part(self, start: int, stop: int) -> HeardColumns:
        """The columns `start` .. `stop` - 1."""
        columns = slice(start, stop)
        return HeardColumns(self.mel[:, columns], self.text_embedding[:, columns], self.log_shares[:, columns])

    @staticmethod
    def joined(parts: list[HeardColumns]) -> HeardColumns:
        """The parts, at least one, one after another."""
        return HeardColumns(
            np.concatenate([part.mel for part in parts], axis=1),
            np.concatenate([part.text_embedding for part in parts], axis=1),
            np.concatenate([part.log_shares for part in parts], axis=1),
        )


class Hearing(Protocol):
    """One recording that is being heard."""

    def push(self, samples: NDArray[np.float32]) -> HeardColumns:
        """The columns that `samples` [N] more, at 22050 Hz, complete; possibly none."""
        ...

    def finish(self) -> HeardColumns:
        """The last columns; N // 256 in all, the same however the samples were cut."""
        ...


@runtime_checkable
class SpeechEncoder(Protocol):
    """Hears recorded speech as the text encoder of a voice would have it."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def embedding_space(self) -> str:
        """sha256 of the text encoder that it learned from."""

    @property
    def look_ahead_s(self) -> float:
        """Seconds of sound after the middle of a column that the column depends on."""

    @property
    def statistics(self) -> SoundStatistics:
        """What it knows of sounds in general."""

    def listen(self) -> Hearing:
        """Begin to hear a recording."""
