"""Left and right exchanged: a face in a mirror says the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion

__all__ = ["MIRRORED_CHANNELS", "mirrored"]


def _other_side(name: str) -> str:
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


MIRRORED_CHANNELS = np.array([EXPRESSION_INDEX[_other_side(name)] for name in EXPRESSION_NAMES])
"""[E] where each channel of a mirrored face comes from: `mouthSmileLeft` from `mouthSmileRight`, `mouthLeft` from
`mouthRight`, the jaw's opening from itself."""
_TURN = np.array([1, -1, -1], np.float32)
"""Nodding is the same in a mirror; shaking and tilting are not."""
_SHIFT = np.array([-1, 1, 1], np.float32)
_LOOK = np.array([-1, 1], np.float32)


def mirrored(motion: FaceMotion) -> FaceMotion:
    """`motion` as a mirror shows it; twice, it is itself again."""
    rotations = ("head_rotation", "neck_rotation", "torso_rotation")
    translations = ("head_translation", "torso_translation")
    return replace(
        motion,
        expression=motion.expression[:, MIRRORED_CHANNELS],
        gaze=motion.gaze[:, ::-1] * _LOOK,
        **{name: getattr(motion, name) * _TURN for name in rotations},
        **{name: getattr(motion, name) * _SHIFT for name in translations},
    )
