"""Cameras around a head, and pictures of an avatar from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.core.rotation import axis_angle_to_matrix
from avatron.render.portrait import PortraitRenderer

__all__ = ["TURNTABLE_DEGREES", "camera_around", "turntable"]

Bytes = NDArray[np.uint8]

TURNTABLE_DEGREES = (-90, -67, -45, -30, -15, 15, 30, 45, 67, 90)
"""Yaw of the cameras of a turntable row; from the front the other pictures are."""
_AXIS_DEPTH_M = 0.0
"""The axis that cameras turn about goes through the skull, between the ears."""


def camera_around(camera: Camera, yaw_degrees: float) -> Camera:
    """`camera` carried round the head by `yaw_degrees`: positive shows the person's left side."""
    turn = axis_angle_to_matrix(np.array([0.0, math.radians(yaw_degrees), 0.0]))
    axis = np.array([0.0, 0.0, _AXIS_DEPTH_M])
    return Camera(
        camera.width,
        camera.height,
        camera.focal_px,
        camera.centre_px,
        camera.rotation @ turn.T,
        turn @ (np.asarray(camera.position) - axis) + axis,
    )


def turntable(renderer: PortraitRenderer, degrees: Sequence[float]) -> Iterator[Bytes]:
    """One picture of the face at rest for each yaw of the camera."""
    at_rest = FaceMotion.at_rest(1)
    for yaw in degrees:
        yield next(renderer.frames(at_rest, camera_around(renderer.camera, yaw)))
