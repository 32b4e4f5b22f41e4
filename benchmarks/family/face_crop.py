"""A square of the picture around the face that goes with the head: upright, and as large as the face is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.face.head import PosedHead
from avatron.face.rig import JOINTS
from avatron.native.warp import sample_affine

__all__ = ["CropPlaces", "HeadPose", "crop_affine", "cut"]

Floats = NDArray[np.float32]

HEAD = JOINTS.index("head")
_BETWEEN_EYES, _NOSE, _BENEATH_NOSE, _CHIN = 168, 1, 2, 152
"""MediaPipe's landmarks."""
_ABOVE_M, _BELOW_M = 0.03, 0.035
"""Over the root of the nose, and under the chin at rest: room for a jaw that drops."""


@dataclass(frozen=True, eq=False)
class HeadPose:
    """The motion of the head's joint: places at rest go to rotation @ place + translation."""

    rotation: NDArray[np.float64]
    """[3, 3]"""
    translation: NDArray[np.float64]
    """[3] metres."""


@dataclass(frozen=True, eq=False)
class CropPlaces:
    """Where the square lies on a head at rest."""

    middle: NDArray[np.float64]
    """[3] metres."""
    side_m: float
    hidden_from: float
    """Share of the side, from above, at which the lower face begins."""

    @staticmethod
    def of(head: PosedHead) -> CropPlaces:
        """From the brows to below the chin of `head`."""
        seen = np.asarray(head.model.landmarks(head.rest), np.float64)
        top = seen[_BETWEEN_EYES, 1] + _ABOVE_M
        bottom = seen[_CHIN, 1] - _BELOW_M
        beneath = (seen[_NOSE, 1] + seen[_BENEATH_NOSE, 1]) / 2
        middle = np.array([0.0, (top + bottom) / 2, seen[_BENEATH_NOSE, 2]])
        return CropPlaces(middle, float(top - bottom), float((top - beneath) / (top - bottom)))


def crop_affine(camera: Camera, pose: HeadPose, middle: NDArray[np.float64], side_m: float, size: int) -> Floats:
    """[2, 3] from pixels (x, y, 1) of the square of `size` to those of the picture; it rolls with the head."""
    place = pose.rotation @ middle + pose.translation
    above = place + pose.rotation @ np.array([0.0, 0.05, 0.0])
    centre, up = camera.project(place), camera.project(above)
    roll = math.atan2(up[0] - centre[0], centre[1] - up[1])
    step = side_m * camera.focal_px / float(camera.to_camera(place)[2]) / size
    turn = step * np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
    return np.concatenate([turn, (centre - turn @ np.full(2, size / 2))[:, None]], 1).astype(np.float32)


def cut(picture: NDArray[np.uint8], affine: Floats, size: int) -> Floats:
    """[size, size, 3] 0 .. 1 of what the square sees."""
    out = np.empty((size, size, 3), np.float32)
    sample_affine(picture, affine, out)
    return out
