"""Audio that knows its own rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError

__all__ = ["Audio"]


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound.

    Raises:
        ShapeError: samples that are not one-dimensional, finite numbers.
        InvalidValueError: a sample rate outside 1 .. 384000 Hz.
    """

    samples: NDArray[np.float32]
    """[N] in [-1, 1]."""
    sample_rate: int
    """Samples per second."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples", checked_array("samples", self.samples, (None,), np.float32))
        if not 1 <= self.sample_rate <= 384_000:
            raise InvalidValueError(f"sample rate {self.sample_rate} Hz is outside 1 .. 384000 Hz")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    @staticmethod
    def joined(pieces: Sequence[Audio]) -> Audio:
        """The pieces one after another.

        Raises:
            InvalidValueError: no piece, or pieces of different sample rates.
        """
        rates = {piece.sample_rate for piece in pieces}
        if len(rates) != 1:
            raise InvalidValueError(f"cannot join audio of sample rates {sorted(rates)}, expected exactly one")
        return Audio(np.concatenate([piece.samples for piece in pieces]), rates.pop())
