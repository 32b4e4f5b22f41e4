"""The result of a fit in the camera's space, and the face track that it makes in the person's own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.core.track import FaceTrack
from avatron.errors import ShapeError
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.track.fit.lens import Lens

__all__ = ["FitState", "middle_pose", "state_to_track"]

Floats = NDArray[np.float64]

NECK_SHARE = 0.45
"""Part of the head's turning against the torso that the neck does; the skull does the rest. The upper two joints of the
neck do about half of it (White and Panjabi, Clinical Biomechanics of the Spine, 1990)."""
MOST_LEAN = float(np.radians(25))
"""By which the neck leans, besides, to where the skull is: heads go to the side and forwards over chests that stay."""


@dataclass(frozen=True, eq=False)
class FitState:
    """One person over the T frames of a clip, as the solvers have them: from the head frame to the camera's space.

    Camera space is OpenCV's: x right, y down, z into the picture, metres.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    identity: NDArray[np.float32]
    """[S] standard deviations."""
    displacement: NDArray[np.float32]
    """[V, 3] metres at rest beyond the identity's modes, or [0, 3]."""
    camera: Lens
    expression: NDArray[np.float32]
    """[T, E] 0 .. 1."""
    gaze: NDArray[np.float32]
    """[T, 2, 2] left and right eye, yaw and pitch, radians."""
    head_rotation: Floats
    """[T, 3] axis-angle; a face that looks into the camera is turned by pi about x."""
    head_translation: Floats
    """[T, 3] where the origin of the head frame is."""
    torso_rotation: Floats
    """[T, 3] likewise of the torso: takes its points at rest, in the head frame, to camera space."""
    torso_translation: Floats
    """[T, 3]."""
    valid: NDArray[np.bool_]
    """[T]"""
    landmark_error: NDArray[np.float32]
    """[T] root mean square distance of landmarks, pixels; 0 in frames that are not valid."""

    def __post_init__(self) -> None:
        count = len(self.expression)
        for name, shape, dtype in (
            ("identity", (None,), np.float32),
            ("displacement", (None, 3), np.float32),
            ("expression", (count, len(EXPRESSION_NAMES)), np.float32),
            ("gaze", (count, 2, 2), np.float32),
            ("head_rotation", (count, 3), np.float64),
            ("head_translation", (count, 3), np.float64),
            ("torso_rotation", (count, 3), np.float64),
            ("torso_translation", (count, 3), np.float64),
            ("valid", (count,), np.bool_),
            ("landmark_error", (count,), np.float32),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def __len__(self) -> int:
        return len(self.expression)


def middle_pose(rotation: Floats, translation: Floats, valid: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """([3, 3], [3]) the mean of rotations [T, 3, 3] and the median of translations [T, 3] of the valid frames.

    The mean is the rotation nearest to all of them in the sense of Frobenius (Moakher, Means and averaging in the group
    of rotations, 2002).
    """
    rows = np.flatnonzero(valid) if valid.any() else np.arange(len(rotation))
    left, _, right = np.linalg.svd(rotation[rows].mean(0))
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    return np.asarray(left @ sign @ right), np.asarray(np.median(translation[rows], axis=0))


def state_to_track(
    state: FitState,
    fps: Fraction,
    model: HeadModel,
    *,
    start_s: float = 0.0,
    audio_offset_s: float | None = None,
    audio_offset_given: bool = False,
    audio_evidence: bool = False,
    first_frame: int = 0,
) -> FaceTrack:
    """The track of a fit: the middle pose is rest, the camera takes it, and what is left moves torso, neck and head.

    Raises:
        ShapeError: a fit of no frame.
    """
    if not len(state):
        raise ShapeError("a fit of no frame makes no track")
    head = axis_angle_to_matrix(state.head_rotation)
    middle, place = middle_pose(head, np.asarray(state.head_translation), state.valid)
    world = middle.T
    head_turn, head_shift = world @ head, (state.head_translation - place) @ middle
    torso_turn = world @ axis_angle_to_matrix(state.torso_rotation)
    torso_shift = (state.torso_translation - place) @ middle
    joints = np.asarray(model.joints, np.float64) + np.tensordot(
        np.asarray(state.identity, np.float64), np.asarray(model.joint_identity[: len(state.identity)], np.float64), 1
    )
    parts = split_motion(joints, head_turn, head_shift, torso_turn, torso_shift)
    motion = FaceMotion(
        expression=state.expression,
        head_rotation=parts["head_rotation"].astype(np.float32),
        neck_rotation=parts["neck_rotation"].astype(np.float32),
        torso_rotation=parts["torso_rotation"].astype(np.float32),
        head_translation=parts["head_translation"].astype(np.float32),
        torso_translation=parts["torso_translation"].astype(np.float32),
        gaze=state.gaze,
        fps=Fraction(fps),
        first_frame=first_frame,
    )
    camera = Camera(
        state.camera.width,
        state.camera.height,
        state.camera.focal_px,
        (state.camera.width / 2, state.camera.height / 2),
        middle,
        -middle.T @ place,
    )
    return FaceTrack(
        identity=state.identity,
        displacement=state.displacement,
        motion=motion,
        camera=camera,
        radial_distortion=state.camera.k1,
        landmark_error=state.landmark_error,
        valid=state.valid,
        start_s=start_s,
        audio_offset_s=audio_offset_s,
        audio_offset_given=audio_offset_given,
        audio_evidence=audio_evidence,
    )


def split_motion(
    joints: Floats, head_turn: Floats, head_shift: Floats, torso_turn: Floats, torso_shift: Floats
) -> dict[str, Any]:
    """Rotations and translations [T, 3] of torso, neck and head that take head and torso where they were found.

    `head_turn` [T, 3, 3] and `head_shift` [T, 3] take a point of the head at rest to where it is, and so do
    `torso_turn` and `torso_shift` the torso's; `joints` [J, 3] are at rest. Both come out exactly: the neck leans to
    where the skull is, and what is left, its length, is the head's translation on its neck.
    """
    torso, neck, skull = (joints[JOINTS.index(name)] for name in ("torso", "neck", "head"))
    between = matrix_to_axis_angle(np.swapaxes(torso_turn, 1, 2) @ head_turn)
    neck_local = axis_angle_to_matrix(NECK_SHARE * between)
    carried = torso_turn @ neck_local
    foot = _turned(torso_turn, neck) + torso_shift
    lean = _between(_turned(carried, skull - neck), _turned(head_turn, skull) + head_shift - foot)
    carried = axis_angle_to_matrix(lean * np.minimum(1, MOST_LEAN / np.maximum(_length(lean), MOST_LEAN))) @ carried
    neck_local = np.swapaxes(torso_turn, 1, 2) @ carried
    head_local = np.swapaxes(carried, 1, 2) @ head_turn
    # As face/rig.py: a joint at c takes p to R p + (c - R c + t), carried by what is below it.
    torso_move = torso_shift - torso + _turned(torso_turn, torso)
    neck_shift = _turned(torso_turn, neck - _turned(neck_local, neck)) + torso_shift
    wanted = np.einsum("tji,tj->ti", carried, head_shift - neck_shift)
    head_move = wanted - skull + _turned(head_local, skull)
    return {
        "torso_rotation": matrix_to_axis_angle(torso_turn),
        "torso_translation": torso_move,
        "neck_rotation": matrix_to_axis_angle(neck_local),
        "head_rotation": matrix_to_axis_angle(head_local),
        "head_translation": head_move,
    }


def _between(start: Floats, end: Floats) -> Floats:
    """[T, 3] the smallest turns, axis-angle, of vectors [T, 3] into the directions of others."""
    axis = np.cross(start, end)
    angle = np.arctan2(_length(axis), np.sum(start * end, 1, keepdims=True))
    return np.asarray(axis * angle / np.maximum(_length(axis), 1e-12))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.linalg.norm(vectors, axis=1, keepdims=True))


def _turned(rotation: Floats, points: Floats) -> Floats:
    return np.asarray((rotation @ np.asarray(points)[..., None])[..., 0])
