"""Random faces: any mouth, with brows, lids and gaze that go their own way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from lips.mouths import random_mouths

__all__ = ["random_faces"]

_UPPER = {
    "browDown": (0.25, 1.0),
    "browInnerUp": (0.30, 1.0),
    "browOuterUp": (0.25, 1.0),
    "eyeBlink": (0.35, 1.0),
    "eyeSquint": (0.25, 0.9),
    "eyeWide": (0.15, 1.0),
    "cheekSquint": (0.15, 0.8),
    "cheekPuff": (0.08, 0.8),
    "noseSneer": (0.15, 0.8),
}
"""Name (of both sides): how often, and the largest weight."""
_ONE_SIDED = 0.2
_MOST_GAZE_RAD = 0.5


def random_faces(random: np.random.Generator, count: int) -> FaceMotion:
    """`count` frames that have nothing to do with each other."""
    motion = random_mouths(random, count)
    expression = motion.expression.copy()
    for frame in expression:
        for name, (often, most) in _UPPER.items():
            if random.random() < often:
                weight = most * random.beta(1.2, 1.6)
                uneven = random.random() < _ONE_SIDED
                for side in ("", "Left", "Right"):
                    column = EXPRESSION_INDEX.get(name + side)
                    if column is not None:
                        frame[column] = weight * (random.random() if uneven else random.uniform(0.85, 1.0))
    gaze = np.clip(random.normal(scale=0.22, size=(count, 1, 2)), -_MOST_GAZE_RAD, _MOST_GAZE_RAD)
    gaze = np.repeat(gaze, 2, 1) + random.normal(scale=0.02, size=(count, 2, 2))
    yaw, pitch = gaze[..., 0], gaze[..., 1]
    # Lids go with the eyes, as whoever makes motion has to see to.
    for side, row, inwards in (("Left", 0, -1), ("Right", 1, 1)):
        for name, amount in (
            ("Up", pitch[:, row]),
            ("Down", -pitch[:, row]),
            ("In", inwards * yaw[:, row]),
            ("Out", -inwards * yaw[:, row]),
        ):
            expression[:, EXPRESSION_INDEX[f"eyeLook{name}{side}"]] = np.clip(amount / 0.6, 0, 1)
    return replace(motion, expression=expression.astype(np.float32), gaze=gaze.astype(np.float32))
