"""What is unknown of one frame, and how it is written as the weights of `EXPRESSION_NAMES`.

Landmarks do not see the tongue, and lids follow the gaze, so 43 of the 56 weights are fitted. Two are exchanged for
others: `jawOpen` and `mouthClose` are fitted as how far the lips part and how far the jaw sinks behind sealed lips.
Both are at least 0, and then `mouthClose` never exceeds `jawOpen`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_INDEX, EXPRESSION_NAMES

__all__ = [
    "EXPRESSION",
    "FITTED",
    "FITTED_INDEX",
    "FULL_LOOK_PITCH",
    "FULL_LOOK_YAW",
    "GAZE",
    "LOOKS",
    "POSE",
    "SIZE",
    "fitted_from_weights",
    "look_weights",
    "weights_from_fitted",
]

FITTED: tuple[str, ...] = tuple(name for name in ARKIT_NAMES if not name.startswith("eyeLook") and name != "tongueOut")
"""[P] the fitted expressions; `jawOpen` stands for the lips' parting, `mouthClose` for the jaw behind sealed lips."""
FITTED_INDEX: dict[str, int] = {name: index for index, name in enumerate(FITTED)}
POSE = slice(0, 6)
"""Columns of a frame's unknowns: rotation (axis-angle, radians, in the camera's axes), translation (metres)."""
EXPRESSION = slice(6, 6 + len(FITTED))
GAZE = slice(EXPRESSION.stop, EXPRESSION.stop + 4)
"""Yaw and pitch of the left eye, then of the right one, radians."""
SIZE = GAZE.stop
"""Unknowns of a frame."""

FULL_LOOK_YAW, FULL_LOOK_PITCH = float(np.radians(30.0)), float(np.radians(25.0))
"""Angles at which the `eyeLook` shapes are at 1, as of the heads that we animate."""
LOOKS: tuple[str, ...] = ("eyeLookOut", "eyeLookIn", "eyeLookUp", "eyeLookDown")
"""The shapes by which lids follow the gaze, in the order of `look_weights`."""

_COLUMNS = np.array([EXPRESSION_INDEX[name] for name in FITTED])
_LOOK_COLUMNS = np.array([[EXPRESSION_INDEX[f"{name}{side}"] for name in LOOKS] for side in ("Left", "Right")])
_BLINK_COLUMNS = np.array([EXPRESSION_INDEX[f"eyeBlink{side}"] for side in ("Left", "Right")])
_JAW, _CLOSE = FITTED_INDEX["jawOpen"], FITTED_INDEX["mouthClose"]


def fitted_from_weights(weights: NDArray[Any]) -> NDArray[np.float64]:
    """[..., P] the fitted expressions of weights [..., E]; what `mouthClose` has beyond `jawOpen` is dropped."""
    fitted = np.asarray(weights, np.float64)[..., _COLUMNS]
    fitted[..., _CLOSE] = np.minimum(fitted[..., _CLOSE], fitted[..., _JAW])
    fitted[..., _JAW] -= fitted[..., _CLOSE]
    return fitted


def weights_from_fitted(fitted: NDArray[Any], gaze: NDArray[Any]) -> NDArray[np.float32]:
    """[..., E] the weights of fitted expressions [..., P], with lids that follow the gaze [..., 2, 2]."""
    fitted = np.asarray(fitted)
    weights = np.zeros((*fitted.shape[:-1], len(EXPRESSION_NAMES)), np.float32)
    weights[..., _COLUMNS] = fitted
    jaw = fitted[..., _JAW] + fitted[..., _CLOSE]
    weights[..., _COLUMNS[_JAW]] = jaw
    weights[..., _COLUMNS[_CLOSE]] = np.minimum(fitted[..., _CLOSE], jaw)
    weights[..., _LOOK_COLUMNS] = look_weights(gaze)
    return np.asarray(np.clip(weights, 0.0, 1.0), np.float32)


def look_weights(gaze: NDArray[Any]) -> NDArray[np.float64]:
    """[..., 2, 4] weights of `LOOKS` of the left and the right eye, for gaze [..., 2, 2] (yaw, pitch)."""
    gaze = np.asarray(gaze, np.float64)
    outwards = gaze[..., 0] * np.array([1.0, -1.0]) / FULL_LOOK_YAW
    up = gaze[..., 1] / FULL_LOOK_PITCH
    return np.asarray(np.clip(np.stack([outwards, -outwards, up, -up], -1), 0.0, 1.0))
