"""What is seen of the torso in a clip, in pixels of the full frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array

__all__ = ["ARRAYS", "NOT_SEEN", "TorsoObservations"]

ARRAYS = ("place", "turn", "deviation", "piece")
"""What belongs to each frame."""
NOT_SEEN = 1e6
"""Deviation of what is not seen, pixels and radians."""


@dataclass(frozen=True, eq=False)
class TorsoObservations:
    """Neck, collar and shoulders in T consecutive frames, against where they were when they were seen first.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    place: NDArray[np.float32]
    """[T, 2] pixels x, y of one point of the torso."""
    turn: NDArray[np.float32]
    """[T] radians in the picture's plane, from x (right) towards y (down)."""
    deviation: NDArray[np.float32]
    """[T, 2] standard deviations of place (pixels) and turn (radians); `NOT_SEEN` where the torso is not."""
    piece: NDArray[np.int64]
    """[T] frames of the same number have the same point; another number is another one."""

    def __post_init__(self) -> None:
        count = len(self.place)
        for name, shape, dtype in (
            ("place", (count, 2), np.float32),
            ("turn", (count,), np.float32),
            ("deviation", (count, 2), np.float32),
            ("piece", (count,), np.int64),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """[T] where there is anything to go by."""
        return np.asarray(self.deviation[:, 0] < NOT_SEEN)

    @staticmethod
    def joined(pieces: Sequence[TorsoObservations]) -> TorsoObservations:
        """Stretches that follow each other."""
        arrays: dict[str, Any] = {name: np.concatenate([getattr(one, name) for one in pieces]) for name in ARRAYS}
        return TorsoObservations(**arrays)
