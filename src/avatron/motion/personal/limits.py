"""How far a person's motion may go: what their video has shown, and a little beyond it, softly.

What draws the person has learned the frames of the video. A pose outside of them is drawn as it comes, with torn lips
or a neck that ends; so nothing leaves the range that was seen by more than a margin, and nothing stops abruptly at it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.face.balance import CLOSE, JAW
from avatron.motion.decoder.channels import MOUTH_CHANNELS
from avatron.motion.personal.habits import POSE_NAMES, MotionHabits

__all__ = ["expression_limits", "pose_of", "soft_clamp", "with_pose", "within_habits"]

EXPRESSION_MARGIN, EXPRESSION_SHARE = 0.04, 0.20
"""Weight, and share of the range that was seen, by which an expression may leave that range."""
POSE_SHARE = 0.15
"""The same of a pose."""
_MOUTH = [EXPRESSION_INDEX[name] for name in MOUTH_CHANNELS]
_JOINTS = tuple(dict.fromkeys(name.rpartition("_")[0] for name in POSE_NAMES))


def soft_clamp(values: NDArray[Any], low: NDArray[Any], high: NDArray[Any], margin: NDArray[Any]) -> NDArray[Any]:
    """`values` [T, N] unchanged in `low` .. `high` [N], and bent so that they never leave it by `margin` [N] or more.

    The slope is continuous: 1 at the limits, and falling beyond.
    """
    safe = np.maximum(margin, 1e-9)
    above, below = np.maximum(values - high, 0), np.maximum(low - values, 0)
    return np.asarray(np.clip(values, low, high) + safe * (np.tanh(above / safe) - np.tanh(below / safe)))


def within_habits(motion: FaceMotion, habits: MotionHabits) -> FaceMotion:
    """The motion, no further out than the person was seen."""
    low, high = expression_limits(habits)
    expression = soft_clamp(motion.expression, low, high, EXPRESSION_MARGIN + EXPRESSION_SHARE * (high - low))
    pose_span = habits.pose_high - habits.pose_low
    pose = soft_clamp(pose_of(motion), habits.pose_low, habits.pose_high, POSE_SHARE * pose_span)
    return with_pose(replace(motion, expression=np.clip(expression, 0, 1).astype(np.float32)), pose)


def expression_limits(habits: MotionHabits) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(least, most) [E] that an expression keeps to, but for the margin.

    Lips that meet on P, B and M come first: no shape of the mouth has to be there, and `mouthClose` may undo as much
    of a jaw's opening as was ever seen.
    """
    low, high = habits.low.copy(), habits.high.copy()
    low[_MOUTH] = 0
    high[CLOSE] = max(high[CLOSE], high[JAW])
    return low, high


def pose_of(motion: FaceMotion) -> NDArray[np.float64]:
    """[T, 15] the columns of `POSE_NAMES`."""
    return np.concatenate([getattr(motion, joint) for joint in _JOINTS], axis=1).astype(np.float64)


def with_pose(motion: FaceMotion, pose: NDArray[Any]) -> FaceMotion:
    """The motion with the pose [T, 15] in it."""
    parts = np.split(pose.astype(np.float32), len(_JOINTS), axis=1)
    joints: dict[str, Any] = dict(zip(_JOINTS, parts, strict=True))
    return replace(motion, **joints)
