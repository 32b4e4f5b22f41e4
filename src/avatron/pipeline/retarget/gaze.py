"""Where another head must look so that it looks past its camera as far as the performer looked past theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.face.head import PosedHead
from avatron.face.rig import JOINTS
from avatron.pipeline.retarget.steady import steadied

__all__ = ["gaze_beside_camera", "gaze_for_camera"]

Floats = NDArray[np.float64]

_HEAD, _EYES = JOINTS.index("head"), (JOINTS.index("eye_left"), JOINTS.index("eye_right"))
_WIDTH_S, _MOST_NOISE = 0.06, np.radians(1.2)
_EYE_CONTACT = np.radians(12.0)
"""Whoever looks past the camera by less than this most of the time looks at it: trackers are wrong by as much, and
webcams stand over their screens."""
_MOST_YAW, _MOST_UP, _MOST_DOWN = np.radians(28.0), np.radians(18.0), np.radians(24.0)
"""Eyes turn no further in their sockets when people talk."""


def gaze_beside_camera(
    motion: FaceMotion, posed: PosedHead, camera_m: NDArray[Any], valid: NDArray[np.bool_], *, eye_contact: bool
) -> Floats:
    """[T, 2] yaw and pitch by which the eyes look past the camera at `camera_m` [3], of a performer's `motion`.

    With `eye_contact` somebody who mostly looks nearly at the camera is taken to look at it.
    """
    rotations, translations = posed.joint_motions(motion)
    places = _eye_places(posed, rotations, translations)
    ahead = rotations[:, list(_EYES)][..., 2].mean(1)
    beside = _angles(ahead) - _angles(camera_m - places.mean(1))
    beside = steadied(beside, float(motion.fps), width_s=_WIDTH_S, most_noise=_MOST_NOISE).astype(np.float64)
    seen = beside[valid] if valid.any() else beside
    usual = np.median(seen, axis=0) if len(seen) else np.zeros(2)
    if eye_contact and np.linalg.norm(usual) < _EYE_CONTACT:
        beside -= usual
    return beside


def gaze_for_camera(beside: Floats, motion: FaceMotion, posed: PosedHead, distance_m: float) -> NDArray[np.float32]:
    """[T, 2, 2] gaze of a head whose `motion` is given, that looks past its camera by `beside` [T, 2].

    The camera is `distance_m` from the head's origin, at the eyes' height; both eyes look at one point that far away.
    """
    rotations, translations = posed.joint_motions(motion)
    places = _eye_places(posed, rotations, translations)
    resting = posed.joints[list(_EYES)].mean(0)
    camera_m = np.array([resting[0], resting[1], distance_m])
    middle = places.mean(1)
    aim = _angles(camera_m - middle) + beside
    point = middle + _directions(aim) * np.linalg.norm(camera_m - middle, axis=1, keepdims=True)
    # Into the skull's own frame: the sockets limit the eyes there.
    local = np.einsum("trc,ter->tec", rotations[:, _HEAD], point[:, None] - places)
    gaze = _angles(local)
    gaze[..., 0] = gaze[..., 0].clip(-_MOST_YAW, _MOST_YAW)
    gaze[..., 1] = gaze[..., 1].clip(-_MOST_DOWN, _MOST_UP)
    return np.asarray(gaze, np.float32)


def _eye_places(posed: PosedHead, rotations: Floats, translations: Floats) -> Floats:
    """[T, 2, 3] the eyes' middles, metres."""
    eyes = posed.joints[list(_EYES)]
    return np.asarray(np.einsum("trc,ec->ter", rotations[:, _HEAD], eyes) + translations[:, None, _HEAD])


def _angles(direction: Floats) -> Floats:
    """[..., 2] yaw towards +X and pitch up of `direction` [..., 3], radians."""
    level = np.hypot(direction[..., 0], direction[..., 2])
    return np.stack([np.arctan2(direction[..., 0], direction[..., 2]), np.arctan2(direction[..., 1], level)], -1)


def _directions(angles: Floats) -> Floats:
    """[..., 3] unit vectors; the inverse of `_angles`."""
    yaw, pitch = angles[..., 0], angles[..., 1]
    return np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], -1)
