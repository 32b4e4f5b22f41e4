"""What people do without a tracker: MediaPipe's own blendshapes on a rig, its head by a rigid fit of its landmarks.

The mean head, the network's 52 weights as they are, and in each frame alone the pose that brings the model's landmarks
onto those that were seen, under a camera of assumed field of view. No identity, no time, no second look.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix, matrix_to_axis_angle
from avatron.core.track import FaceTrack
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.track.fit.lens import Lens
from avatron.track.fit.state import FitState, state_to_track
from avatron.track.observations import FaceObservations

__all__ = ["FIELD_OF_VIEW_DEG", "mediapipe_track"]

Floats = NDArray[np.float64]

FIELD_OF_VIEW_DEG = 63.0
"""Vertical, as MediaPipe's face geometry assumes."""
_GAZE_REACH_DEG = (30.0, 25.0)
"""The eye's turn sideways and up that a weight of 1 of an `eyeLook` shape stands for."""
_STEPS = 12


def mediapipe_track(seen: FaceObservations, size_px: tuple[int, int], fps: Fraction, model: HeadModel) -> FaceTrack:
    """The track that MediaPipe's networks make without any fit but the head's pose; `size_px` is (width, height)."""
    width, height = size_px
    focal_px = 0.5 * height / np.tan(0.5 * np.radians(FIELD_OF_VIEW_DEG))
    lens = Lens(width, height, float(focal_px))
    count = len(seen)
    expression = np.zeros((count, len(EXPRESSION_NAMES)), np.float32)
    expression[:, [EXPRESSION_INDEX[name] for name in ARKIT_NAMES]] = np.clip(seen.blendshapes, 0, 1)
    gaze = gaze_of_weights(expression)
    person = model.posed()
    still = np.broadcast_to(np.eye(3), (len(JOINTS), 3, 3)).copy()
    turns, places, errors = np.zeros((count, 3)), np.zeros((count, 3)), np.zeros(count, np.float32)
    pose: tuple[Floats, Floats] | None = None
    for frame in range(count):
        if seen.valid[frame]:
            still[JOINTS.index("eye_left") :] = gaze_to_matrix(gaze[frame])
            shaped = person.moved(expression[frame], still, _eye_shifts(person.joints, still))
            points = model.landmarks(shaped).astype(np.float64)
            rotation, place, error = rigid_pose(points, seen.landmarks[frame, :, :2].astype(np.float64), lens, pose)
            pose = rotation, place
            turns[frame], places[frame], errors[frame] = matrix_to_axis_angle(rotation), place, error
        elif pose is not None:
            turns[frame], places[frame] = matrix_to_axis_angle(pose[0]), pose[1]
    state = FitState(
        identity=np.zeros(model.identity_modes, np.float32),
        displacement=np.zeros((0, 3), np.float32),
        camera=lens,
        expression=expression,
        gaze=gaze,
        head_rotation=turns,
        head_translation=places,
        torso_rotation=turns,
        torso_translation=places,
        valid=seen.valid,
        landmark_error=errors,
    )
    return state_to_track(state, fps, model, first_frame=seen.first_frame)


def gaze_of_weights(expression: NDArray[Any]) -> NDArray[np.float32]:
    """[T, 2, 2] yaw and pitch of both eyes, radians, that the `eyeLook` weights of [T, E] stand for."""

    def weight(name: str) -> NDArray[Any]:
        return expression[:, EXPRESSION_INDEX[name]]

    yaw = [
        weight("eyeLookOutLeft") - weight("eyeLookInLeft"),
        weight("eyeLookInRight") - weight("eyeLookOutRight"),
    ]
    pitch = [weight(f"eyeLookUp{side}") - weight(f"eyeLookDown{side}") for side in ("Left", "Right")]
    reach = np.radians(_GAZE_REACH_DEG)
    return np.stack([np.stack(yaw, 1) * reach[0], np.stack(pitch, 1) * reach[1]], -1).astype(np.float32)


def rigid_pose(
    points: Floats, pixels: Floats, lens: Lens, start: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats, float]:
    """(rotation [3, 3], translation [3], rms error in px) that shows `points` [N, 3] nearest to `pixels` [N, 2].

    Gauss-Newton with a little damping, from a face that looks into the camera or from `start`.
    """
    if start is None:
        rotation = np.diag([1.0, -1.0, -1.0])
        spread = np.linalg.norm(points[:, :2] - points[:, :2].mean(0), axis=1).mean()
        seen = np.linalg.norm(pixels - pixels.mean(0), axis=1).mean()
        depth = lens.focal_px * spread / max(float(seen), 1e-6)
        aim = (pixels.mean(0) - lens.centre_px) / lens.focal_px * depth
        translation = np.array([*aim, depth]) - rotation @ points.mean(0)
    else:
        rotation, translation = start
    for _ in range(_STEPS):
        turned = points @ rotation.T
        local = turned + translation
        depth = np.maximum(local[:, 2:], 0.02)
        flat = local[:, :2] / depth
        residual = (pixels - lens.centre_px - lens.focal_px * flat).reshape(-1)
        by_place = np.zeros((len(points), 2, 3))
        by_place[:, 0, 0] = by_place[:, 1, 1] = 1
        by_place[:, :, 2] = -flat
        by_place *= lens.focal_px / depth[..., None]
        cross = np.zeros((len(points), 3, 3))
        cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = turned[:, 2], -turned[:, 1], turned[:, 0]
        cross[:, 1, 0], cross[:, 2, 0], cross[:, 2, 1] = -turned[:, 2], turned[:, 1], -turned[:, 0]
        jacobian = np.concatenate([by_place @ cross, by_place], 2).reshape(-1, 6)
        normal = jacobian.T @ jacobian
        change = np.linalg.solve(normal + 1e-6 * np.diag(np.diag(normal)), jacobian.T @ residual)
        rotation = axis_angle_to_matrix(change[:3]) @ rotation
        translation = translation + change[3:]
        if np.abs(change).max() < 1e-7:
            break
    local = points @ rotation.T + translation
    off = pixels - lens.centre_px - lens.focal_px * local[:, :2] / np.maximum(local[:, 2:], 0.02)
    return rotation, translation, float(np.sqrt(np.square(off).sum(1).mean()))


def _eye_shifts(joints: NDArray[Any], rotations: Floats) -> Floats:
    """[J, 3] what keeps each joint in its place while it turns."""
    return np.asarray(joints - np.einsum("jab,jb->ja", rotations, joints))
