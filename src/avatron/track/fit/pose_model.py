"""The landmarks of a person in the camera's space, for many frames at once, and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.parameters import (
    EXPRESSION,
    FITTED_INDEX,
    FULL_LOOK_PITCH,
    FULL_LOOK_YAW,
    GAZE,
    SIZE,
    look_weights,
)

__all__ = ["FrameUnknowns", "PlacedLandmarks", "placed_landmarks"]

_BLINKS = np.array([FITTED_INDEX["eyeBlinkLeft"], FITTED_INDEX["eyeBlinkRight"]])


@dataclass(frozen=True, eq=False)
class FrameUnknowns:
    """What the solvers look for in T frames."""

    rotation: NDArray[np.float64]
    """[T, 3, 3] head frame to camera space."""
    translation: NDArray[np.float64]
    """[T, 3] metres."""
    fitted: NDArray[np.float64]
    """[T, P] weights of `FITTED`."""
    gaze: NDArray[np.float64]
    """[T, 2, 2] left and right eye; yaw and pitch, radians."""

    def __len__(self) -> int:
        return len(self.rotation)

    def part(self, rows: slice | NDArray[Any]) -> FrameUnknowns:
        """Some of the frames."""
        return FrameUnknowns(self.rotation[rows], self.translation[rows], self.fitted[rows], self.gaze[rows])

    def stepped(self, step: NDArray[Any]) -> FrameUnknowns:
        """After a step [T, SIZE]; rotations are turned in the camera's axes, weights kept within 0 .. 1."""
        return FrameUnknowns(
            axis_angle_to_matrix(step[:, :3]) @ self.rotation,
            self.translation + step[:, 3:6],
            np.clip(self.fitted + step[:, EXPRESSION], 0.0, 1.0),
            self.gaze + step[:, GAZE].reshape(-1, 2, 2),
        )


@dataclass(frozen=True, eq=False)
class PlacedLandmarks:
    """Landmarks in camera space, and how they follow the unknowns of their frame."""

    points: NDArray[Any]
    """[T, L, 3] metres."""
    by_unknowns: NDArray[Any]
    """[T, L, 3, SIZE]."""
    rotation: NDArray[Any]
    """[T, 3, 3]: the derivative by a landmark's place in the head frame."""


def placed_landmarks(
    person: PersonLandmarks, unknowns: FrameUnknowns, correction: NDArray[Any] | None = None
) -> PlacedLandmarks:
    """The landmarks of T frames.

    `correction` [T, L, 3] (head frame) is what the view and contact rules add to the shapes' sum.
    """
    frames, count = len(unknowns), len(person.rest)
    local = np.tensordot(unknowns.fitted, person.expression, 1) + person.rest + person.shift
    inside = np.zeros((frames, count, 3, SIZE))
    inside[..., EXPRESSION] = np.moveaxis(person.expression, 0, -1)
    _look(person, unknowns, local, inside)
    if correction is not None:
        local += correction
    _turn_irises(person, unknowns.gaze, local, inside)
    turned = np.einsum("tij,tlj->tli", unknowns.rotation, local)
    by_unknowns = unknowns.rotation[:, None] @ inside
    # exp(w) turned = turned + w x turned.
    by_unknowns[..., 0, 1], by_unknowns[..., 0, 2] = turned[..., 2], -turned[..., 1]
    by_unknowns[..., 1, 0], by_unknowns[..., 1, 2] = -turned[..., 2], turned[..., 0]
    by_unknowns[..., 2, 0], by_unknowns[..., 2, 1] = turned[..., 1], -turned[..., 0]
    for axis in range(3):
        by_unknowns[..., axis, 3 + axis] = 1.0
    return PlacedLandmarks(turned + unknowns.translation[:, None], by_unknowns, unknowns.rotation)


def _look(person: PersonLandmarks, unknowns: FrameUnknowns, local: NDArray[Any], inside: NDArray[Any]) -> None:
    """Lids that follow the gaze, less the more they are shut."""
    if not person.look.any():
        return
    looks = look_weights(unknowns.gaze)
    slopes = np.array([1.0, -1.0]) / FULL_LOOK_YAW
    for eye in range(2):
        open_share = 1 - np.minimum(unknowns.fitted[:, _BLINKS[eye]], 1)
        weights = looks[:, eye] * open_share[:, None]
        local += np.tensordot(weights, person.look[eye], 1)
        blink = EXPRESSION.start + _BLINKS[eye]
        inside[..., blink] -= np.tensordot(looks[:, eye], person.look[eye], 1)
        rising = (looks[:, eye] > 0) & (looks[:, eye] < 1)
        slope = np.array([slopes[eye], -slopes[eye], 1 / FULL_LOOK_PITCH, -1 / FULL_LOOK_PITCH])
        along = rising * slope * open_share[:, None]
        for axis, pair in ((0, slice(0, 2)), (1, slice(2, 4))):
            column = GAZE.start + 2 * eye + axis
            inside[..., column] += np.tensordot(along[:, pair], person.look[eye, pair], 1)


def _turn_irises(person: PersonLandmarks, gaze: NDArray[Any], local: NDArray[Any], inside: NDArray[Any]) -> None:
    """Irises that turn about the eyes' centres, with the derivatives by yaw and pitch."""
    if not any(map(len, person.iris)):
        return
    turns = gaze_to_matrix(gaze)
    for eye, rows in enumerate(person.iris):
        offset = person.rest[rows] - person.eye_centre[eye]
        turned = np.einsum("tij,lj->tli", turns[:, eye], offset)
        local[:, rows] += turned - offset
        column = GAZE.start + 2 * eye
        inside[:, rows, 0, column] += turned[..., 2]
        inside[:, rows, 2, column] -= turned[..., 0]
        # Pitch turns about -x before yaw does: its axis is carried by the yaw.
        axis = -turns[:, eye, :, 0]
        inside[..., column + 1][:, rows] += np.cross(axis[:, None], turned)
