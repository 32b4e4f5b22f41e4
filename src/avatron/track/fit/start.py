"""Where the solvers begin: each frame's pose from its landmarks alone, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import FITTED, fitted_from_weights
from avatron.track.fit.pose_model import FrameUnknowns

__all__ = ["EYE_DISTANCE_M", "eye_distance_px", "started", "with_tongue"]

EYE_DISTANCE_M = 0.0636
"""Between the irises of the mean head."""
_MIRROR = np.diag([1.0, -1.0, -1.0])
"""Landmarks have y down and z into the picture, the head frame y up and z out of the face."""


def started(
    person: PersonLandmarks, lens: Lens, landmarks: NDArray[Any], blendshapes: NDArray[Any], guess_share: float
) -> FrameUnknowns:
    """Unknowns of T frames from landmarks [T, L, 3] in pixels and the network's blendshapes [T, 52].

    The pose is the similarity that takes the person at rest to the landmarks, depths of the network and all (Umeyama,
    Least-squares estimation of transformation parameters, 1991).
    """
    rest = (person.rest + person.shift) @ _MIRROR
    skin = np.setdiff1d(np.arange(len(rest)), np.concatenate(person.iris))
    model = rest[skin] - rest[skin].mean(0)
    middle = landmarks[:, skin].mean(1)
    seen = landmarks[:, skin] - middle[:, None]
    left, stretch, right = np.linalg.svd(np.einsum("tli,lj->tij", seen, model, optimize=True))
    sign = np.ones((len(seen), 3))
    sign[:, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    turn = (left * sign[:, None]) @ right
    scale = (stretch * sign).sum(1) / np.square(model).sum()
    rotation = turn @ _MIRROR
    depth = lens.focal_px / np.maximum(scale, 1e-6)
    place = np.empty((len(seen), 3))
    place[:, :2] = (middle[:, :2] - lens.centre_px) * (depth / lens.focal_px)[:, None]
    place[:, 2] = depth
    translation = place - rotation @ person.rest[skin].mean(0)
    fitted = guess_share * fitted_from_weights(with_tongue(blendshapes))
    assert fitted.shape[1] == len(FITTED)
    return FrameUnknowns(rotation, translation, fitted, np.zeros((len(seen), 2, 2)))


def with_tongue(blendshapes: NDArray[Any]) -> NDArray[np.float64]:
    """[T, E] weights of ARKit's 52 [T, 52], and no tongue."""
    return np.pad(np.asarray(blendshapes, np.float64), ((0, 0), (0, 4)))


def eye_distance_px(unknowns: FrameUnknowns, lens: Lens) -> NDArray[np.float64]:
    """[T] how far apart the irises of such a face would be if it looked at the camera, pixels."""
    return np.asarray(lens.focal_px * EYE_DISTANCE_M / np.maximum(unknowns.translation[:, 2], 0.02))
