"""The joints of the head: how torso, neck, skull, jaw and eyes carry one another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix

__all__ = ["JOINTS", "joint_motions"]

JOINTS: tuple[str, ...] = ("torso", "neck", "head", "jaw", "eye_left", "eye_right")
"""The torso carries the neck, the neck the head, the head jaw and eyes."""

Floats = NDArray[np.float64]


def joint_motions(
    places: Floats,
    *,
    head_rotation: NDArray[Any],
    neck_rotation: NDArray[Any],
    torso_rotation: NDArray[Any],
    head_translation: NDArray[Any],
    torso_translation: NDArray[Any],
    gaze: NDArray[Any],
    jaw_rotation: NDArray[Any],
    jaw_translation: NDArray[Any],
) -> tuple[Floats, Floats]:
    """(R [..., J, 3, 3], t [..., J, 3]): joint j takes p, a point at rest, to R[j] @ p + t[j].

    `places` [J, 3] are the joints at rest, metres. Rotations are axis-angle [..., 3] in radians, translations [..., 3]
    metres, all relative to what carries the joint; `gaze` [..., 2, 2] is yaw and pitch of the left and the right eye.
    """
    eyes = gaze_to_matrix(gaze)
    local_rotations = [
        axis_angle_to_matrix(torso_rotation),
        axis_angle_to_matrix(neck_rotation),
        axis_angle_to_matrix(head_rotation),
        axis_angle_to_matrix(jaw_rotation),
        eyes[..., 0, :, :],
        eyes[..., 1, :, :],
    ]
    local_shifts = [torso_translation, None, head_translation, jaw_translation, None, None]
    carriers = (None, 0, 1, 2, 2, 2)
    frames = np.shape(torso_rotation)[:-1]
    rotations, translations = np.empty((*frames, len(JOINTS), 3, 3)), np.empty((*frames, len(JOINTS), 3))
    for joint, carrier in enumerate(carriers):
        turn, given = local_rotations[joint], local_shifts[joint]
        shift = places[joint] - _turned(turn, places[joint])
        if given is not None:
            shift = shift + given
        if carrier is None:
            rotations[..., joint, :, :], translations[..., joint, :] = turn, shift
        else:
            carried = rotations[..., carrier, :, :]
            rotations[..., joint, :, :] = carried @ turn
            translations[..., joint, :] = _turned(carried, shift) + translations[..., carrier, :]
    return rotations, translations


def _turned(rotation: Floats, points: Floats) -> Floats:
    return np.asarray((rotation * points[..., None, :]).sum(-1))
