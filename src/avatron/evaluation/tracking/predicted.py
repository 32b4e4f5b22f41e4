"""What a face track says in camera space, frame by frame: the one way in which all measures read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import gaze_to_matrix
from avatron.core.track import FaceTrack
from avatron.evaluation.tracking.surface import Surface
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS

__all__ = ["TrackedHead", "face_surface", "gaze_directions"]

Floats = NDArray[np.float64]

_HEAD = JOINTS.index("head")
_FRONT_M = 0.0
"""The face's surface is the skin before this plane of the head frame."""
_CHIN_M = -0.135


def face_surface(model: HeadModel) -> Surface:
    """The skin of the model's face, without the back of the head and what is below the chin."""
    triangles = model.triangles_of("skin")
    places = model.neutral[triangles]
    return Surface(triangles[(places[..., 2].min(1) > _FRONT_M) & (places[..., 1].min(1) > _CHIN_M)])


@dataclass(frozen=True, eq=False)
class TrackedHead:
    """A track on its head model."""

    track: FaceTrack
    model: HeadModel

    @cached_property
    def _person(self) -> Any:
        own = self.track.displacement
        return self.model.posed(self.track.identity, own if len(own) else None)

    @property
    def rest(self) -> NDArray[np.float32]:
        """[V, 3] the person at rest, head frame, metres."""
        return np.asarray(self._person.rest)

    @cached_property
    def _motions(self) -> tuple[Floats, Floats]:
        rotations, translations = self._person.joint_motions(self.track.motion)
        return rotations, translations

    @cached_property
    def head_rotation(self) -> Floats:
        """[T, 3, 3] head frame to camera space."""
        return np.asarray(self.track.camera.rotation @ self._motions[0][:, _HEAD])

    @cached_property
    def head_translation(self) -> Floats:
        """[T, 3] metres."""
        camera = self.track.camera
        return np.asarray((self._motions[1][:, _HEAD] - camera.position) @ camera.rotation.T)

    def gaze_directions(self) -> Floats:
        """[T, 2, 3] unit directions of both eyes in camera space."""
        return gaze_directions(self.head_rotation, self.track.motion.gaze)

    def world(self, frame: int) -> NDArray[np.float32]:
        """[V, 3] one frame in the track's own world, metres."""
        return np.asarray(
            self._person.moved(self.track.motion.expression[frame], self._motions[0][frame], self._motions[1][frame])
        )

    def vertices(self, frame: int) -> Floats:
        """[V, 3] one frame in camera space, metres."""
        return self.track.camera.to_camera(self.world(frame))

    def frames(self) -> Iterator[Floats]:
        """[V, 3] of each frame in camera space."""
        for frame in range(len(self.track)):
            yield self.vertices(frame)

    def lip_gap_mm(self, frame: int) -> float:
        """The widest of the three gaps of the inner lips, in the head frame; negative where they press."""
        still = self._motions[0][frame, _HEAD]
        upright = (self.world(frame) - self._motions[1][frame, _HEAD]) @ still
        return float(self.model.lip_gap_mm(upright).max())

    def project(self, points: NDArray[Any]) -> Floats:
        """[..., 2] pixels of camera-space `points` [..., 3], as the track's lens shows them."""
        flat = points[..., :2] / np.maximum(points[..., 2:], 1e-6)
        grown = 1 + self.track.radial_distortion * (flat**2).sum(-1, keepdims=True)
        return np.asarray(flat * grown * self.track.camera.focal_px + np.asarray(self.track.camera.centre_px))


def gaze_directions(head_rotation: NDArray[Any], gaze: NDArray[Any]) -> Floats:
    """[T, 2, 3] unit directions in camera space of eyes turned by `gaze` [T, 2, 2] in heads [T, 3, 3]."""
    return np.asarray(np.einsum("tij,tejk->teik", head_rotation, gaze_to_matrix(gaze))[..., 2])
