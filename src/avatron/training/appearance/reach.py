"""How far expressions move the surface: what is not seen is not worth a coefficient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.face.head import PosedHead

__all__ = ["expression_reach"]


def expression_reach(head: PosedHead) -> NDArray[np.float32]:
    """[E] root mean square of how far the vertices of `head` go for weight 1 of each expression, metres."""
    count = len(EXPRESSION_NAMES)
    weights = np.concatenate([np.zeros((1, count), np.float32), np.eye(count, dtype=np.float32)])
    motion = replace(FaceMotion.at_rest(count + 1), expression=weights)
    moved = np.stack(list(head.frames(motion)))
    return np.asarray(np.sqrt(np.square(moved[1:] - moved[0]).sum(2).mean(1)), np.float32)
