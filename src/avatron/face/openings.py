"""How far a face's mouth and eyes are open: what must agree when one head does what another did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.face.head import HeadModel, PosedHead

__all__ = ["FaceOpenings", "OpeningMeter"]

Floats = NDArray[np.float64]

_SIDES = ("left", "right")


@dataclass(frozen=True)
class FaceOpenings:
    """The openings of one frame, metres."""

    lips_m: Floats
    """[3] between the inner lips: right, middle, left; negative where they press."""
    lids_m: Floats
    """[2] between the rims of the left and the right lids."""
    mouth_m: float
    """From corner to corner of the mouth."""


class OpeningMeter:
    """Measures one person's openings; the head stays still meanwhile."""

    def __init__(self, posed: PosedHead) -> None:
        self._posed = posed
        head = posed.model
        self._rims = [(_middle(head, f"lid_upper_{side}"), _middle(head, f"lid_lower_{side}")) for side in _SIDES]
        self._loop = head.contours["lips_inner"]
        self.mouth_width_m = float(np.ptp(posed.rest[self._loop, 0]))
        """From corner to corner of the person's mouth at rest."""

    def each(self, expression: NDArray[Any]) -> Iterator[FaceOpenings]:
        """The openings at each frame of `expression` [T, E]."""
        head, still = self._posed.model, FaceMotion.at_rest(len(expression))
        for places in self._posed.frames(replace(still, expression=np.asarray(expression, np.float32))):
            lids = [places[upper, 1].mean() - places[lower, 1].mean() for upper, lower in self._rims]
            lips = np.asarray(head.lip_gap_mm(places), np.float64) / 1000
            yield FaceOpenings(lips, np.array(lids, np.float64), float(np.ptp(places[self._loop, 0])))

    def of(self, expression: NDArray[Any]) -> FaceOpenings:
        """The openings at one frame's `expression` [E]."""
        return next(self.each(np.asarray(expression)[None]))


def _middle(head: HeadModel, contour: str) -> NDArray[np.int32]:
    """The middle half of a lid's rim: near their corners the lids never part."""
    rim = head.contours[contour]
    return rim[len(rim) // 4 : len(rim) - len(rim) // 4]
