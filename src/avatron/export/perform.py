"""A clip as keys: weights of morph targets, turns and shifts of joints."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix, matrix_to_axis_angle
from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError
from avatron.export.character import Character, Performance
from avatron.export.correctives import Correctives
from avatron.export.rig import TARGET_NAMES
from avatron.face.rig import JOINTS

__all__ = ["MOST_FRAMES", "perform_motion"]

MOST_FRAMES = 90_000
"""An hour at 25 frames a second: no engine wants a longer clip, and its keys fill half a gigabyte."""


def perform_motion(character: Character, motion: FaceMotion, correctives: Correctives | None) -> Performance:
    """The keys of `motion` for `character`, whose last targets are those of `correctives`.

    Raises:
        InvalidValueError: a motion without frames, or with more than `MOST_FRAMES`.
    """
    check_length(motion)
    count = len(motion)
    extra = 0 if correctives is None else correctives.weights.shape[1]
    weights = np.zeros((count, len(TARGET_NAMES) + extra), np.float32)
    weights[:, : len(EXPRESSION_NAMES)] = motion.expression
    if correctives is not None:
        weights[:, len(TARGET_NAMES) :] = correctives.weights
    places = np.array([joint.place for joint in character.joints])
    shifts = np.zeros((count, len(JOINTS), 3))
    shifts[:, JOINTS.index("torso")] = motion.torso_translation
    shifts[:, JOINTS.index("head")] = motion.head_translation
    for number, joint in enumerate(character.joints):
        shifts[:, number] += places[number] - (0 if joint.parent is None else places[joint.parent])
    return Performance(
        times_s=FrameClock(motion.fps).times(range(count)),
        fps=float(motion.fps),
        weights=weights,
        rotations=_quaternions(motion),
        translations=shifts.astype(np.float32),
    )


def check_length(motion: FaceMotion) -> None:
    """Refuse what makes no clip.

    Raises:
        InvalidValueError: no frame, or more than `MOST_FRAMES`.
    """
    if not len(motion):
        raise InvalidValueError("the motion has no frames; give one that has, or export the avatar without a motion")
    if len(motion) > MOST_FRAMES:
        raise InvalidValueError(
            f"the motion has {len(motion)} frames; an export holds {MOST_FRAMES} at most: cut it into parts"
        )


def _quaternions(motion: FaceMotion) -> NDArray[np.float32]:
    """[T, J, 4] x y z w of each joint relative to its parent."""
    by_joint: dict[str, NDArray[Any]] = {
        "torso": motion.torso_rotation,
        "neck": motion.neck_rotation,
        "head": motion.head_rotation,
        "eye_left": matrix_to_axis_angle(gaze_to_matrix(motion.gaze[:, 0])),
        "eye_right": matrix_to_axis_angle(gaze_to_matrix(motion.gaze[:, 1])),
    }
    # The jaw stays still: its targets move the teeth already.
    still = np.zeros((len(motion), 3))
    axis_angle = np.stack([by_joint.get(name, still) for name in JOINTS], 1).astype(np.float64)
    # Through a matrix: the angle comes back between 0 and pi.
    axis_angle = matrix_to_axis_angle(axis_angle_to_matrix(axis_angle))
    angle = np.linalg.norm(axis_angle, axis=-1, keepdims=True)
    vector = axis_angle * 0.5 * np.sinc(angle / (2 * np.pi))
    quaternion = np.concatenate([vector, np.cos(angle / 2)], -1)
    # Neighbours on one side of the sphere, or an engine that mixes them linearly turns the long way.
    agree = np.einsum("tjc,tjc->tj", quaternion[1:], quaternion[:-1])
    sign = np.cumprod(np.where(agree < 0, -1.0, 1.0), axis=0)
    quaternion[1:] *= sign[..., None]
    return quaternion.astype(np.float32)
