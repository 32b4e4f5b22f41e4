"""What the lip network sees of a clip, in pixels of the full frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.track.lips.points import LIP_POINTS

__all__ = ["ARRAYS", "LipObservations"]

ARRAYS = ("points", "whitening", "slit_mm", "slit_deviation_mm", "closed", "valid")
"""What belongs to each frame."""


@dataclass(frozen=True, eq=False)
class LipObservations:
    """The lips in T consecutive frames; pixels as in `FaceObservations`.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    points: NDArray[np.float32]
    """[T, LIP_POINTS, 2] pixels x, y of `LipPoints`; 0 where no face was seen."""
    whitening: NDArray[np.float32]
    """[T, LIP_POINTS, 2, 2] takes a distance in pixels to standard deviations; 0 where no face was seen."""
    slit_mm: NDArray[np.float32]
    """[T] the widest place of the slit between the lips, millimetres of a face whose eyes are 63 mm apart."""
    slit_deviation_mm: NDArray[np.float32]
    """[T] how exactly."""
    closed: NDArray[np.float32]
    """[T] how likely it is that the lips are closed, 0 .. 1; 0.5 where no face was seen."""
    valid: NDArray[np.bool_]
    """[T]"""
    first_frame: int = 0

    def __post_init__(self) -> None:
        count = len(self.points)
        for name, shape, dtype in (
            ("points", (count, LIP_POINTS, 2), np.float32),
            ("whitening", (count, LIP_POINTS, 2, 2), np.float32),
            ("slit_mm", (count,), np.float32),
            ("slit_deviation_mm", (count,), np.float32),
            ("closed", (count,), np.float32),
            ("valid", (count,), np.bool_),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def __len__(self) -> int:
        return len(self.points)

    def part(self, start: int, stop: int) -> LipObservations:
        """The frames `start` .. `stop` - 1, counted from the first of these."""
        rows = slice(start, stop)
        return replace(
            self, first_frame=self.first_frame + start, **{name: getattr(self, name)[rows] for name in ARRAYS}
        )

    @staticmethod
    def joined(pieces: Sequence[LipObservations]) -> LipObservations:
        """Pieces that follow each other."""
        arrays: dict[str, Any] = {name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in ARRAYS}
        return replace(pieces[0], **arrays)
