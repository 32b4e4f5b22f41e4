"""How a face moves: expression weights, joints and gaze over video frames; and moving meshes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError

__all__ = [
    "ARKIT_NAMES",
    "EXPRESSION_INDEX",
    "EXPRESSION_NAMES",
    "TONGUE_NAMES",
    "FaceMotion",
    "MeshSequence",
]

ARKIT_NAMES: tuple[str, ...] = (
    *("eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft"),
    *("eyeSquintLeft", "eyeWideLeft"),
    *("eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight"),
    *("eyeSquintRight", "eyeWideRight"),
    *("jawForward", "jawRight", "jawLeft", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft"),
    *("mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight"),
    *("mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *("mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthUpperUpLeft", "mouthUpperUpRight"),
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut"),
)
"""Apple's 52 blendshape locations, in the order of Live Link Face's columns."""

TONGUE_NAMES: tuple[str, ...] = ("tongueL", "tongueTH", "tongueN", "tongueK")
"""Tongue poses that ARKit does not have; ARKit exports leave them out, with a note."""

EXPRESSION_NAMES: tuple[str, ...] = ARKIT_NAMES + TONGUE_NAMES
"""[E] the columns of `FaceMotion.expression`."""

_ARRAYS = (
    *("expression", "head_rotation", "neck_rotation", "torso_rotation"),
    *("head_translation", "torso_translation", "gaze", "sway"),
)

EXPRESSION_INDEX: dict[str, int] = {name: index for index, name in enumerate(EXPRESSION_NAMES)}
"""Column of each name."""


@dataclass(frozen=True, eq=False)
class FaceMotion:
    """The motion of a face over T consecutive video frames.

    Rotations are axis-angle in radians, translations metres, both relative to rest, in the head frame.

    Raises:
        ShapeError: lengths that disagree.
        InvalidValueError: fps that is not positive.
    """

    expression: NDArray[np.float32]
    """[T, E] weights of `EXPRESSION_NAMES`, 0 .. 1."""
    head_rotation: NDArray[np.float32]
    """[T, 3] of the skull on the neck."""
    neck_rotation: NDArray[np.float32]
    """[T, 3] of the neck on the torso."""
    torso_rotation: NDArray[np.float32]
    """[T, 3]."""
    head_translation: NDArray[np.float32]
    """[T, 3]."""
    torso_translation: NDArray[np.float32]
    """[T, 3]."""
    gaze: NDArray[np.float32]
    """[T, 2, 2] left and right eye; yaw (positive: towards the person's left) and pitch (positive: up)."""
    fps: Fraction
    first_frame: int = 0
    """The number of frame 0 on the clock of the whole script."""
    sway: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    """[T, K] how a person's hair and clothes move on their own, in that person's modes; K is 0 where none are known."""

    def __post_init__(self) -> None:
        count = len(self.expression)
        expression = checked_array("expression", self.expression, (count, len(EXPRESSION_NAMES)), np.float32)
        object.__setattr__(self, "expression", expression)
        for name in (
            "head_rotation",
            "neck_rotation",
            "torso_rotation",
            "head_translation",
            "torso_translation",
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (count, 3), np.float32))
        object.__setattr__(self, "gaze", checked_array("gaze", self.gaze, (count, 2, 2), np.float32))
        sway = self.sway if self.sway.size else np.zeros((count, 0), np.float32)
        object.__setattr__(self, "sway", checked_array("sway", sway, (count, None), np.float32))
        if not self.fps > 0:
            raise InvalidValueError(f"fps {float(self.fps):g} must be positive")

    def __len__(self) -> int:
        return len(self.expression)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """What moves, by name, [T, ...] each."""
        return {name: getattr(self, name) for name in _ARRAYS}

    def rows(self, numbers: NDArray[np.integer]) -> FaceMotion:
        """The frames of those numbers, one after another as if they were: what counts is each for itself."""
        return replace(self, **{name: array[numbers] for name, array in self.arrays().items()})

    def with_rows(self, numbers: NDArray[np.integer], other: FaceMotion) -> FaceMotion:
        """This motion, in which the frames of those numbers are those of `other`, in its order."""
        arrays: dict[str, Any] = {name: array.copy() for name, array in self.arrays().items()}
        for name, array in arrays.items():
            array[numbers] = getattr(other, name)
        return replace(self, **arrays)

    def channel(self, name: str) -> NDArray[np.float32]:
        """[T] the curve of one of `EXPRESSION_NAMES`."""
        return self.expression[:, EXPRESSION_INDEX[name]]

    @staticmethod
    def at_rest(frames: int, fps: Fraction = Fraction(25), first_frame: int = 0) -> FaceMotion:
        """A face that does not move, for `frames` frames."""
        still = np.zeros((frames, 3), np.float32)
        expression = np.zeros((frames, len(EXPRESSION_NAMES)), np.float32)
        gaze = np.zeros((frames, 2, 2), np.float32)
        return FaceMotion(expression, still, still, still, still, still, gaze, Fraction(fps), first_frame)

    def part(self, start: int, stop: int) -> FaceMotion:
        """The frames `start` .. `stop` - 1, counted from this motion's own first."""
        arrays = {name: getattr(self, name)[start:stop] for name in _ARRAYS}
        return FaceMotion(**arrays, fps=self.fps, first_frame=self.first_frame + start)

    @staticmethod
    def joined(pieces: Sequence[FaceMotion]) -> FaceMotion:
        """The pieces one after another.

        Raises:
            InvalidValueError: no piece, another fps, or a piece that does not begin where the last one ended.
        """
        if not pieces:
            raise InvalidValueError("no motion to join")
        for before, after in itertools.pairwise(pieces):
            if after.fps != before.fps or after.first_frame != before.first_frame + len(before):
                raise InvalidValueError(
                    f"motion that starts at frame {after.first_frame} ({after.fps} fps) does not continue one that "
                    f"ends at frame {before.first_frame + len(before)} ({before.fps} fps)"
                )
        arrays = {name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in _ARRAYS}
        return FaceMotion(**arrays, fps=pieces[0].fps, first_frame=pieces[0].first_frame)


@dataclass(frozen=True, eq=False)
class MeshSequence:
    """A mesh of fixed topology that moves.

    Raises:
        ShapeError: wrong shapes.
        InvalidValueError: fps that is not positive, or a triangle that names a vertex that is not there.
    """

    vertices: NDArray[np.float32]
    """[T, V, 3] metres."""
    triangles: NDArray[np.int32]
    """[K, 3]."""
    fps: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", checked_array("vertices", self.vertices, (None, None, 3), np.float32))
        object.__setattr__(self, "triangles", checked_array("triangles", self.triangles, (None, 3), np.int32))
        count = self.vertices.shape[1]
        if len(self.triangles) and not 0 <= self.triangles.min() <= self.triangles.max() < count:
            raise InvalidValueError(f"a triangle names a vertex outside 0 .. {count - 1}")
        if not self.fps > 0:
            raise InvalidValueError(f"fps {float(self.fps):g} must be positive")
