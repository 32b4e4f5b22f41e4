"""Where the upper front teeth end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from avatron.face.head import HeadModel

__all__ = ["INCISORS_M", "incisor_edge"]

INCISORS_M = 0.010
"""Half of the width of the four incisors."""
_EDGE_M = 0.002


def incisor_edge(head: HeadModel) -> NDArray[np.int64]:
    """Vertices of the cutting edges of the upper incisors."""
    teeth = np.unique(head.triangles_of("teeth_upper"))
    front = teeth[np.abs(head.neutral[teeth, 0]) < INCISORS_M]
    lowest = head.neutral[front, 1].min()
    return np.asarray(front[head.neutral[front, 1] < lowest + _EDGE_M], np.int64)
