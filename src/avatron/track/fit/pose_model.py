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

__all__ = ["FrameUnknowns", "PlacedLandmarks", "landmark_places", "placed_landmarks"]

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


def landmark_places(
    person: PersonLandmarks, unknowns: FrameUnknowns, correction: NDArray[Any] | None = None
) -> NDArray[np.float64]:
    """[T, L, 3] the landmarks of T frames in camera space, metres.

    `correction` [T, L, 3] (head frame) is what the view and contact rules add to the shapes' sum.
    """
    turned = np.swapaxes(unknowns.rotation @ np.swapaxes(_in_head(person, unknowns, correction), 1, 2), 1, 2)
    return np.asarray(turned + unknowns.translation[:, None])


def placed_landmarks(
    person: PersonLandmarks, unknowns: FrameUnknowns, correction: NDArray[Any] | None = None
) -> PlacedLandmarks:
    """The landmarks of T frames as of `landmark_places`, with their derivatives: 400 times as much memory."""
    frames, count = len(unknowns), len(person.rest)
    inside = np.zeros((frames, count, 3, SIZE))
    inside[..., EXPRESSION] = np.moveaxis(person.expression, 0, -1)
    _add_look_slopes(person, unknowns, inside)
    _add_iris_slopes(person, unknowns.gaze, inside)
    turned = np.einsum("tij,tlj->tli", unknowns.rotation, _in_head(person, unknowns, correction))
    by_unknowns = unknowns.rotation[:, None] @ inside
    # exp(w) turned = turned + w x turned.
    by_unknowns[..., 0, 1], by_unknowns[..., 0, 2] = turned[..., 2], -turned[..., 1]
    by_unknowns[..., 1, 0], by_unknowns[..., 1, 2] = -turned[..., 2], turned[..., 0]
    by_unknowns[..., 2, 0], by_unknowns[..., 2, 1] = turned[..., 1], -turned[..., 0]
    for axis in range(3):
        by_unknowns[..., axis, 3 + axis] = 1.0
    return PlacedLandmarks(turned + unknowns.translation[:, None], by_unknowns, unknowns.rotation)


def _in_head(person: PersonLandmarks, unknowns: FrameUnknowns, correction: NDArray[Any] | None) -> NDArray[np.float64]:
    """[T, L, 3] head frame, metres: the sum of shapes, lids that follow the gaze, irises that turn."""
    local = np.tensordot(unknowns.fitted, person.expression, 1) + person.rest + person.shift
    if person.look.any():
        looks = look_weights(unknowns.gaze)
        for eye in range(2):
            local += np.tensordot(looks[:, eye] * _open_share(unknowns, eye)[:, None], person.look[eye], 1)
    if correction is not None:
        local += correction
    for eye, rows in enumerate(person.iris):
        if len(rows):
            offset = person.rest[rows] - person.eye_centre[eye]
            local[:, rows] += _turned_iris(person, unknowns.gaze, eye) - offset
    return np.asarray(local)


def _open_share(unknowns: FrameUnknowns, eye: int) -> NDArray[np.float64]:
    """[T] lids follow the gaze less, the more they are shut."""
    return np.asarray(1 - np.minimum(unknowns.fitted[:, _BLINKS[eye]], 1))


def _turned_iris(person: PersonLandmarks, gaze: NDArray[Any], eye: int) -> NDArray[np.float64]:
    """[T, I, 3] from the eye's centre to the landmarks of its iris."""
    offset = person.rest[person.iris[eye]] - person.eye_centre[eye]
    return np.asarray(np.einsum("tij,lj->tli", gaze_to_matrix(gaze[:, eye]), offset))


def _add_look_slopes(person: PersonLandmarks, unknowns: FrameUnknowns, inside: NDArray[Any]) -> None:
    """Derivatives of lids that follow the gaze, into `inside` [T, L, 3, SIZE]."""
    if not person.look.any():
        return
    looks = look_weights(unknowns.gaze)
    slopes = np.array([1.0, -1.0]) / FULL_LOOK_YAW
    for eye in range(2):
        blink = EXPRESSION.start + _BLINKS[eye]
        inside[..., blink] -= np.tensordot(looks[:, eye], person.look[eye], 1)
        rising = (looks[:, eye] > 0) & (looks[:, eye] < 1)
        slope = np.array([slopes[eye], -slopes[eye], 1 / FULL_LOOK_PITCH, -1 / FULL_LOOK_PITCH])
        along = rising * slope * _open_share(unknowns, eye)[:, None]
        for axis, pair in ((0, slice(0, 2)), (1, slice(2, 4))):
            column = GAZE.start + 2 * eye + axis
            inside[..., column] += np.tensordot(along[:, pair], person.look[eye, pair], 1)


def _add_iris_slopes(person: PersonLandmarks, gaze: NDArray[Any], inside: NDArray[Any]) -> None:
    """Derivatives of irises by yaw and pitch, into `inside` [T, L, 3, SIZE]."""
    for eye, rows in enumerate(person.iris):
        if not len(rows):
            continue
        turned = _turned_iris(person, gaze, eye)
        column = GAZE.start + 2 * eye
        inside[:, rows, 0, column] += turned[..., 2]
        inside[:, rows, 2, column] -= turned[..., 0]
        # Pitch turns about -x before yaw does: its axis is carried by the yaw.
        axis = -gaze_to_matrix(gaze[:, eye])[:, :, 0]
        inside[..., column + 1][:, rows] += np.cross(axis[:, None], turned)
