"""The landmarks of our head as sums of shapes: the part of the head model that the solvers move."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.face.head import HeadModel, PosedHead
from avatron.face.parts import PART_INDEX
from avatron.face.rig import JOINTS
from avatron.native.mesh import Blendshapes, VertexNormals
from avatron.native.track import LandmarkKernel
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.parameters import FITTED, FITTED_INDEX, FULL_LOOK_PITCH, FULL_LOOK_YAW, LOOKS

__all__ = ["LandmarkBasis", "PersonLandmarks"]

Floats = NDArray[np.float64]

_SIDES = ("left", "right")
_EYES = [JOINTS.index(f"eye_{side}") for side in _SIDES]


@dataclass(frozen=True, eq=False)
class PersonLandmarks:
    """The landmarks of one person in the head frame: rest + expression, irises turned by the gaze. Metres."""

    rest: Floats
    """[L, 3]."""
    expression: Floats
    """[P, L, 3] for weight 1 of `FITTED`."""
    look: Floats
    """[2, 4, L, 3] for weight 1 of `LOOKS` of the left and the right eye."""
    eye_centre: Floats
    """[2, 3]."""
    iris: tuple[NDArray[np.int64], NDArray[np.int64]]
    """The landmarks on the left and on the right eyeball."""
    normal: Floats
    """[L, 3] of the skin at rest, outwards."""
    shift: Floats = field(default_factory=lambda: np.zeros((1, 3)))
    """[L, 3] or [1, 3] by how much they are seen beside where they are; carried by the head, not by the gaze."""

    def seen_as(self, response: LandmarkResponse) -> PersonLandmarks:
        """The same where the networks see it, but for what depends on the view."""
        return replace(
            self,
            shift=self.shift + response.constant,
            expression=self.expression + response.expression,
            look=self.look + response.look,
        )

    def moved_by(self, offset: NDArray[Any]) -> PersonLandmarks:
        """The same with the landmarks seen beside where they are, by `offset` [L, 3]."""
        return replace(self, shift=self.shift + offset)

    @cached_property
    def kernel(self) -> LandmarkKernel:
        """The same for the kernel that makes normal equations; its shapes are `FITTED`."""
        return self.kernel_with(np.zeros((0, *self.rest.shape)))

    def kernel_with(self, more: NDArray[Any]) -> LandmarkKernel:
        """The kernel of `FITTED` and, behind them, of shapes `more` [N, L, 3]."""
        eye = np.full(len(self.rest), -1, np.int32)
        for number, rows in enumerate(self.iris):
            eye[rows] = number
        return LandmarkKernel(
            self.rest.astype(np.float32),
            np.concatenate([self.expression, more]).astype(np.float32),
            self.look.astype(np.float32),
            self.eye_centre.astype(np.float32),
            eye,
            (FITTED_INDEX["eyeBlinkLeft"], FITTED_INDEX["eyeBlinkRight"]),
            (FULL_LOOK_YAW, FULL_LOOK_PITCH),
        )


@dataclass(frozen=True, eq=False)
class LandmarkBasis:
    """The landmarks of everybody."""

    mean: PersonLandmarks
    """Those of the mean head."""
    identity: Floats
    """[S, L, 3] metres for a standard deviation."""
    eye_identity: Floats
    """[S, 2, 3] of the eyes' centres."""

    @staticmethod
    def of(model: HeadModel) -> LandmarkBasis:
        """The basis of a head model."""
        eye_identity = np.asarray(model.joint_identity[:, _EYES], np.float64)
        mean = _landmarks(model, model.neutral, model.joints[_EYES], model.shapes)
        return LandmarkBasis(mean, model.landmarks(model.identity).astype(np.float64), eye_identity)

    def seen_as(self, response: LandmarkResponse) -> LandmarkBasis:
        """The same where the networks see them, but for what depends on the view."""
        return replace(self, mean=self.mean.seen_as(response))

    def person(self, identity: NDArray[Any]) -> PersonLandmarks:
        """The landmarks of identity coefficients [S], without what `HeadModel.posed` adjusts."""
        count = len(identity)
        mean = self.mean
        return PersonLandmarks(
            mean.rest + np.tensordot(identity, self.identity[:count], 1),
            mean.expression,
            mean.look,
            mean.eye_centre + np.tensordot(identity, self.eye_identity[:count], 1),
            mean.iris,
            mean.normal,
            mean.shift,
        )

    @staticmethod
    def of_posed(head: PosedHead) -> PersonLandmarks:
        """The landmarks of a person's own head, whose blinks close the person's eyes."""
        return _landmarks(head.model, head.rest, head.joints[_EYES], head.shapes)


def _landmarks(
    model: HeadModel, rest: NDArray[np.float32], eye_centre: NDArray[Any], shapes: Blendshapes
) -> PersonLandmarks:
    starts, vertices, deltas = shapes.sparse

    def of(name: str) -> Floats:
        rows = slice(*starts[EXPRESSION_INDEX[name] :][:2].tolist())
        dense = np.zeros_like(rest)
        dense[vertices[rows]] = deltas[rows]
        return model.landmarks(dense).astype(np.float64)

    expression = np.stack([of(name) for name in FITTED])
    expression[FITTED_INDEX["mouthClose"]] += expression[FITTED_INDEX["jawOpen"]]
    look = np.stack([[of(f"{name}{side.capitalize()}") for name in LOOKS] for side in _SIDES])
    part = model.part[model.landmark_triangle]
    iris = tuple(np.flatnonzero(part == PART_INDEX[f"eye_{side}"]) for side in _SIDES)
    # Eyeballs have no expression; what triangles of skin beside them have is not theirs.
    for rows in iris:
        expression[:, rows], look[:, :, rows] = 0.0, 0.0
    normals = VertexNormals(model.triangles, len(rest), model.weld).of(rest)
    normal = model.landmarks(normals).astype(np.float64)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return PersonLandmarks(
        model.landmarks(rest).astype(np.float64),
        expression,
        look,
        np.asarray(eye_centre, np.float64),
        (iris[0], iris[1]),
        normal,
    )
