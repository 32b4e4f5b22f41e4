"""Where a frame's head is in the camera's space, and how corrections of it are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.face.rig import JOINTS, joint_motions
from avatron.track.fit.parameters import fitted_from_weights, weights_from_fitted
from avatron.track.fit.state import FitState
from avatron.track.photometric.surface import FaceSurface

__all__ = ["FramePose", "corrected", "head_vertices", "pose_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FramePose:
    """The unknowns of one frame."""

    rotation: Floats
    """[3, 3] head frame to camera space."""
    translation: Floats
    """[3] metres."""
    fitted: Floats
    """[P] weights of `FITTED`."""
    gaze: Floats
    """[2, 2]"""

    @property
    def expression(self) -> NDArray[np.float32]:
        """[E]"""
        return weights_from_fitted(self.fitted, self.gaze)

    @property
    def axis_angle(self) -> Floats:
        """[3] of the rotation."""
        return matrix_to_axis_angle(self.rotation)


def pose_of(state: FitState, frame: int) -> FramePose:
    """The pose that a fit found for a frame."""
    return FramePose(
        axis_angle_to_matrix(state.head_rotation[frame]),
        np.asarray(state.head_translation[frame], np.float64),
        fitted_from_weights(state.expression[frame]),
        np.asarray(state.gaze[frame], np.float64),
    )


def corrected(start: FramePose, correction: NDArray[Any], pivot: Floats) -> FramePose:
    """`start` after a correction [6 + P]: a turn about `pivot` [3] in the camera's axes, a shift, and weights."""
    turn = axis_angle_to_matrix(correction[:3])
    return FramePose(
        turn @ start.rotation,
        turn @ (start.translation - pivot) + pivot + correction[3:6],
        np.clip(start.fitted + correction[6:], 0.0, 1.0),
        start.gaze,
    )


def head_vertices(surface: FaceSurface, pose: FramePose) -> NDArray[np.float32]:
    """[V, 3] metres in the head frame, contact rules kept."""
    weights = pose.expression
    model = surface.model
    none = np.zeros(3)
    rotations, translations = joint_motions(
        surface.person.joints,
        head_rotation=none,
        neck_rotation=none,
        torso_rotation=none,
        head_translation=none,
        torso_translation=none,
        gaze=pose.gaze,
        jaw_rotation=weights @ model.jaw_rotation,
        jaw_translation=weights @ model.jaw_translation,
    )
    assert len(rotations) == len(JOINTS)
    return surface.person.moved(weights, rotations, translations)
