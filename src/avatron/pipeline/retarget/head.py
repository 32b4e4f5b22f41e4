"""How much of a performer's head motion reaches another head: all that the picture has room for, a little, or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.pipeline.retarget.steady import steadied

__all__ = ["HEAD_MODES", "HeadMode", "HeadRoom", "placed_head"]

HeadMode = Literal["keep", "soft", "still"]
HEAD_MODES: tuple[str, ...] = get_args(HeadMode)

_ROTATIONS = ("head_rotation", "neck_rotation", "torso_rotation")
_TRANSLATIONS = ("head_translation", "torso_translation")
_WIDTH_S, _MOST_TURN_NOISE, _MOST_SHIFT_NOISE_M = 0.05, np.radians(0.35), 0.0006


@dataclass(frozen=True)
class HeadRoom:
    """How far a head may go; nearer to the limit it comes slower, so that nothing stops at a wall."""

    turn: float
    """Radians, of each joint."""
    aside_m: float
    """To the sides, up and down."""
    near_m: float
    """To the camera and away from it."""


_SOFT = HeadRoom(turn=np.radians(9.0), aside_m=0.018, near_m=0.02)
_WIDEST = np.radians(40.0)
_ON_NECK_SHARE = 0.2
"""Part of the way that a skull may slide on its neck: trackers put there what joints cannot do, and it looks like a
neck that grows."""


def placed_head(motion: FaceMotion, mode: HeadMode, valid: NDArray[np.bool_], room: HeadRoom) -> FaceMotion:
    """`motion` with the head about the middle of its `valid` [T] places, within `room`, without jitter."""
    if mode == "still":
        at_rest = FaceMotion.at_rest(len(motion), motion.fps, motion.first_frame)
        return replace(at_rest, expression=motion.expression, gaze=motion.gaze)
    limits = room if mode == "keep" else _smaller(room, _SOFT)
    fps = float(motion.fps)
    placed: dict[str, Any] = {}
    for name in _ROTATIONS:
        turns = steadied(getattr(motion, name), fps, width_s=_WIDTH_S, most_noise=_MOST_TURN_NOISE)
        placed[name] = _limited(turns, min(limits.turn, _WIDEST))
    for name in _TRANSLATIONS:
        shifts = steadied(getattr(motion, name), fps, width_s=_WIDTH_S, most_noise=_MOST_SHIFT_NOISE_M)
        middle = np.median(shifts[valid] if valid.any() else shifts, axis=0) if len(shifts) else 0.0
        shifts = np.asarray(shifts - middle)
        share = _ON_NECK_SHARE if name == "head_translation" else 1.0
        aside = _limited(shifts[:, :2], share * limits.aside_m)
        near = _limited(shifts[:, 2:], share * limits.near_m)
        placed[name] = np.concatenate([aside, near], 1).astype(np.float32)
    # Hair and clothes are the performer's own: the other's have other modes.
    placed["sway"] = np.zeros((len(motion), 0), np.float32)
    return replace(motion, **placed)


def _smaller(one: HeadRoom, other: HeadRoom) -> HeadRoom:
    return HeadRoom(min(one.turn, other.turn), min(one.aside_m, other.aside_m), min(one.near_m, other.near_m))


def _limited(vectors: NDArray[Any], most: float) -> NDArray[np.float32]:
    """[T, C] the vectors, none longer than `most`; short ones stay as they are."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    share = length / most
    scale = np.where(share > 1e-6, np.tanh(share) / np.maximum(share, 1e-6), 1.0)
    return np.asarray(vectors * scale, np.float32)
