"""F and V: the lower lip at the edge of the upper front teeth, while the lips stay apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import ShapeError
from avatron.evaluation.lips import CLOSED_GAP_MM
from avatron.face.head import HeadModel
from avatron.face.lip_sides import lip_rims
from avatron.face.teeth import INCISORS_M, incisor_edge
from avatron.text.inventory import LABIODENTALS

__all__ = ["LipAndTeeth", "lip_teeth_contacts"]

REACH_MM = 3.0
"""The lip's rim is that near in front of the teeth when it touches them: a lip is so thick. For S it is 4 mm away."""


class LipAndTeeth:
    """Finds how the lower lip of one head model stands to its upper incisors."""

    def __init__(self, head: HeadModel) -> None:
        """Find both on `head`."""
        self.edge = incisor_edge(head)
        """Vertices of the incisors' cutting edges."""
        lower = lip_rims(head.contours["lips_inner"], head.neutral)[1]
        self.lip = lower[np.abs(head.neutral[lower, 0]) < INCISORS_M]
        """Vertices of the middle of the lower lip's inner rim."""

    def height_mm(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """[...] how far the rim of the lower lip is below the teeth's edge, mm; negative where it covers it.

        `places` [..., V, 3] are metres, the head held still.
        """
        below = places[..., self.edge, 1].min(-1) - places[..., self.lip, 1].max(-1)
        return np.asarray(1000 * below, np.float64)

    def reach_mm(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """[...] how far the rim of the lower lip is in front of the teeth's edge, mm."""
        ahead = places[..., self.lip, 2].mean(-1) - places[..., self.edge, 2].max(-1)
        return np.asarray(1000 * ahead, np.float64)


def lip_teeth_contacts(
    height_mm: NDArray[Any], reach_mm: NDArray[Any], gap_mm: NDArray[Any], motion: FaceMotion, speech: Speech
) -> NDArray[np.bool_]:
    """[F and V] whether in a frame of each the lower lip is at the upper teeth and the lips are apart.

    All three [T] belong to the frames of `motion`; lips that are shut make a P of it. A phone that is shorter than a
    frame is judged by the frame nearest to its middle.

    Raises:
        ShapeError: lengths that disagree.
    """
    for name, values in (("height_mm", height_mm), ("reach_mm", reach_mm), ("gap_mm", gap_mm)):
        if values.shape != (len(motion),):
            raise ShapeError(f"`{name}` has shape {list(values.shape)}, expected [{len(motion)}], one for each frame")
    touching = (height_mm <= 0) & (reach_mm <= REACH_MM) & (gap_mm >= CLOSED_GAP_MM)
    found = []
    for span in speech.spans:
        if span.label not in LABIODENTALS or not len(motion):
            continue
        start, stop = ((speech.start_s + time_s) * float(motion.fps) for time_s in (span.start_s, span.end_s))
        nearest = round(0.5 * (start + stop))
        first, last = min(int(np.ceil(start)), nearest), max(int(np.floor(stop)), nearest)
        rows = np.clip(np.arange(first, last + 1) - motion.first_frame, 0, len(motion) - 1)
        found.append(bool(touching[rows].any()))
    return np.array(found, np.bool_)
