"""Rotations: axis-angle (the form that is stored) and matrices (the form that is applied)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["axis_angle_to_matrix", "gaze_to_matrix", "matrix_to_axis_angle"]


def axis_angle_to_matrix(axis_angle: NDArray[Any]) -> NDArray[np.float64]:
    """[..., 3, 3] rotation matrices of `axis_angle` [..., 3] in radians (Rodrigues' formula)."""
    rotation = np.asarray(axis_angle, dtype=np.float64)
    angle = np.linalg.norm(rotation, axis=-1)[..., None, None]
    cross = np.zeros((*rotation.shape[:-1], 3, 3))
    cross[..., 0, 1], cross[..., 0, 2] = -rotation[..., 2], rotation[..., 1]
    cross[..., 1, 0], cross[..., 1, 2] = rotation[..., 2], -rotation[..., 0]
    cross[..., 2, 0], cross[..., 2, 1] = -rotation[..., 1], rotation[..., 0]
    # sin(a)/a and (1-cos(a))/a^2 by sinc, which is exact at zero.
    first = np.sinc(angle / np.pi)
    second = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return np.asarray(np.eye(3) + first * cross + second * (cross @ cross))


def matrix_to_axis_angle(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """[..., 3] axis-angle in radians, angle in [0, pi], of rotation matrices [..., 3, 3], by way of quaternions."""
    m = np.asarray(matrix, dtype=np.float64)
    # Shepperd's method: of the four forms take the one with the largest divisor.
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    squares = np.stack(
        [
            1 + trace,
            1 + 2 * m[..., 0, 0] - trace,
            1 + 2 * m[..., 1, 1] - trace,
            1 + 2 * m[..., 2, 2] - trace,
        ],
        -1,
    )
    forms = np.empty((*m.shape[:-2], 4, 4))
    forms[..., 0, 0] = squares[..., 0]
    forms[..., 0, 1] = forms[..., 1, 0] = m[..., 2, 1] - m[..., 1, 2]
    forms[..., 0, 2] = forms[..., 2, 0] = m[..., 0, 2] - m[..., 2, 0]
    forms[..., 0, 3] = forms[..., 3, 0] = m[..., 1, 0] - m[..., 0, 1]
    forms[..., 1, 1], forms[..., 2, 2], forms[..., 3, 3] = squares[..., 1], squares[..., 2], squares[..., 3]
    forms[..., 1, 2] = forms[..., 2, 1] = m[..., 1, 0] + m[..., 0, 1]
    forms[..., 1, 3] = forms[..., 3, 1] = m[..., 0, 2] + m[..., 2, 0]
    forms[..., 2, 3] = forms[..., 3, 2] = m[..., 2, 1] + m[..., 1, 2]
    best = np.argmax(squares, -1)[..., None, None]
    quaternion = np.take_along_axis(forms, np.broadcast_to(best, (*best.shape[:-2], 1, 4)), -2)[..., 0, :]
    quaternion = quaternion / np.linalg.norm(quaternion, axis=-1, keepdims=True)
    quaternion = np.where(quaternion[..., :1] < 0, -quaternion, quaternion)
    vector = quaternion[..., 1:]
    sine = np.linalg.norm(vector, axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, quaternion[..., :1])
    # For tiny angles sin(a/2)/a tends to 1/2.
    scale = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)
    return np.asarray(vector * scale)


def gaze_to_matrix(yaw_pitch: NDArray[Any]) -> NDArray[np.float64]:
    """[..., 3, 3] eyeball rotations of gaze [..., 2] (yaw about +Y, pitch up), in radians.

    Positive yaw turns towards +X (the person's left), positive pitch looks up.
    """
    gaze = np.asarray(yaw_pitch, dtype=np.float64)
    zero = np.zeros_like(gaze[..., 0])
    turn = axis_angle_to_matrix(np.stack([zero, gaze[..., 0], zero], -1))
    lift = axis_angle_to_matrix(np.stack([-gaze[..., 1], zero, zero], -1))
    return np.asarray(turn @ lift)
