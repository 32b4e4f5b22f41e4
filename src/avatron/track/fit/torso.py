"""The torso under a head that was found: how much of the head's motion is the torso's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.face.rig import JOINTS
from avatron.track.fit.state import NECK_SHARE, middle_pose

__all__ = ["TorsoMotion", "torso_from_head"]

Floats = NDArray[np.float64]

TURN_SHARE = 0.12
"""Part of the head's slow turning that the torso shares."""
SLOW_S = 0.6
"""Torsos are heavy: they follow over about this time."""


@dataclass(frozen=True, eq=False)
class TorsoMotion:
    """Where the torso is in each frame: takes its points at rest, in the head frame, to camera space."""

    rotation: Floats
    """[T, 3, 3]."""
    translation: Floats
    """[T, 3]."""


def torso_from_head(
    rotation: Floats, translation: Floats, valid: NDArray[np.bool_], joints: Floats, fps: float
) -> TorsoMotion:
    """The torso that goes with heads at `rotation` [T, 3, 3], `translation` [T, 3], where nothing is seen of it.

    It shares in the slow part of the head's turning, and stands where the neck's joints put it, so that the head
    sits on its neck. `joints` [J, 3] are the person's at rest.
    """
    middle, _ = middle_pose(rotation, translation, valid)
    turn = matrix_to_axis_angle(middle.T @ rotation)
    torso_local = axis_angle_to_matrix(TURN_SHARE * smoothed(turn, SLOW_S * fps))
    torso = middle @ torso_local
    between = matrix_to_axis_angle(np.swapaxes(torso, 1, 2) @ rotation)
    neck_turn = torso @ axis_angle_to_matrix(NECK_SHARE * between)
    neck, skull = (joints[JOINTS.index(name)] for name in ("neck", "head"))
    # The skull's joint is where the head has it, and where the neck takes it.
    at_skull = rotation @ skull + translation
    at_neck = at_skull - neck_turn @ (skull - neck)
    return TorsoMotion(torso, at_neck - torso @ neck)


def smoothed(values: Floats, frames: float) -> Floats:
    """`values` [T, C] through a Gaussian of standard deviation `frames`, ends held."""
    reach = min(int(np.ceil(3 * frames)), max(len(values) - 1, 0))
    if reach < 1:
        return values
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / frames))
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T], 1)
