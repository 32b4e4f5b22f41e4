"""What is seen in the pictures of a clip, before any model of a head explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import ARKIT_NAMES

__all__ = ["LANDMARKS", "FaceObservations"]

LANDMARKS = 478
"""MediaPipe's face mesh: 468 points of the skin and five of each iris."""


@dataclass(frozen=True, eq=False)
class FaceObservations:
    """What the landmark networks see of one face over T consecutive frames.

    Pixels are those of the full frame after its rotation flag; pixel (i, j) covers [i, i+1) x [j, j+1).

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    landmarks: NDArray[np.float32]
    """[T, 478, 3] pixels x, y and, in pixels too, depth relative to the face's middle; 0 where none was seen."""
    presence: NDArray[np.float32]
    """[T] how sure the network is that it looked at a face, 0 .. 1."""
    blendshapes: NDArray[np.float32]
    """[T, 52] the network's guess of `ARKIT_NAMES`, 0 .. 1."""
    valid: NDArray[np.bool_]
    """[T]"""
    first_frame: int = 0
    deviation: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """[T, 478] pixels: how far each landmark is off by its network's own account; 0 where the network gives none, as
    MediaPipe's does not. Left out, it is 0 everywhere."""

    def __post_init__(self) -> None:
        count = len(self.landmarks)
        if not self.deviation.size:
            object.__setattr__(self, "deviation", np.zeros((count, LANDMARKS), np.float32))
        for name, shape, dtype in (
            ("landmarks", (count, LANDMARKS, 3), np.float32),
            ("presence", (count,), np.float32),
            ("blendshapes", (count, len(ARKIT_NAMES)), np.float32),
            ("valid", (count,), np.bool_),
            ("deviation", (count, LANDMARKS), np.float32),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def __len__(self) -> int:
        return len(self.landmarks)

    def part(self, start: int, stop: int) -> FaceObservations:
        """The frames `start` .. `stop` - 1, counted from the first of these."""
        rows = slice(start, stop)
        seen = self.landmarks[rows], self.presence[rows], self.blendshapes[rows], self.valid[rows]
        return FaceObservations(*seen, self.first_frame + start, self.deviation[rows])

    def chosen(self, rows: NDArray[np.int64]) -> FaceObservations:
        """Some of the frames, as if nothing were between them."""
        arrays: dict[str, Any] = {name: getattr(self, name)[rows] for name in _arrays()}
        return FaceObservations(**arrays)

    @staticmethod
    def joined(parts: Sequence[FaceObservations]) -> FaceObservations:
        """Those of one stretch after another."""
        arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _arrays()}
        return FaceObservations(**arrays, first_frame=parts[0].first_frame)


def _arrays() -> list[str]:
    return [each.name for each in fields(FaceObservations) if each.name != "first_frame"]
