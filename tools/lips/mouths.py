"""Random mouths: as many closed ones and nearly closed ones as open ones, in all mixtures that speech makes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.evaluation.rig.poses import NECK_SHARE

__all__ = ["random_mouths"]

_KINDS = ("closed", "narrow", "open", "wide")
_KIND_SHARES = (0.36, 0.30, 0.24, 0.10)
_COLOURING = {
    "mouthSmile": (0.30, 0.8),
    "mouthFrown": (0.18, 0.6),
    "mouthDimple": (0.18, 0.6),
    "mouthStretch": (0.22, 0.7),
    "mouthPress": (0.30, 0.9),
    "mouthPucker": (0.25, 0.9),
    "mouthRollLower": (0.25, 0.7),
    "mouthRollUpper": (0.22, 0.6),
    "mouthShrugLower": (0.20, 0.6),
    "mouthShrugUpper": (0.18, 0.5),
    "mouthLeft": (0.08, 0.5),
    "mouthRight": (0.08, 0.5),
    "jawLeft": (0.08, 0.5),
    "jawRight": (0.08, 0.5),
    "jawForward": (0.10, 0.6),
    "cheekPuff": (0.08, 0.6),
    "cheekSquint": (0.15, 0.6),
    "noseSneer": (0.10, 0.5),
    "browInnerUp": (0.2, 0.8),
    "eyeBlink": (0.1, 1.0),
}
"""Name (of both sides): how often, and the largest weight."""
_OPENING = {
    "mouthLowerDown": (0.45, 0.7),
    "mouthUpperUp": (0.40, 0.6),
    "mouthFunnel": (0.25, 0.8),
    "tongueL": (0.08, 1.0),
    "tongueTH": (0.08, 1.0),
    "tongueN": (0.08, 1.0),
    "tongueOut": (0.02, 0.8),
}
_ONE_SIDED = 0.25
_TURN_DEGREES = (9.0, 14.0, 7.0)
_MOST_DEGREES = (25.0, 40.0, 25.0)


def random_mouths(random: np.random.Generator, count: int) -> FaceMotion:
    """`count` frames that have nothing to do with each other: mouths, and turns of head and neck."""
    expression = np.stack([_mouth(random) for _ in range(count)])
    turn = np.radians(
        np.clip(random.normal(size=(count, 3)) * _TURN_DEGREES, np.negative(_MOST_DEGREES), _MOST_DEGREES)
    )
    still = np.zeros((count, 3), np.float32)
    gaze = np.repeat(random.normal(scale=0.12, size=(count, 1, 2)), 2, 1).astype(np.float32)
    neck, head = (share * turn.astype(np.float32) for share in (NECK_SHARE, 1 - NECK_SHARE))
    return FaceMotion(expression, head, neck, still, still, still, gaze, FaceMotion.at_rest(1).fps)


def _mouth(random: np.random.Generator) -> NDArray[np.float32]:
    weights = np.zeros(len(EXPRESSION_NAMES), np.float32)
    kind = random.choice(_KINDS, p=_KIND_SHARES)
    jaw = {
        "closed": random.beta(1, 3) * 0.4 * (random.random() < 0.6),
        "narrow": random.beta(1.2, 3) * 0.22,
        "open": random.beta(1.5, 3) * 0.7,
        "wide": 0.3 + 0.7 * random.random(),
    }[str(kind)]
    close = {
        "closed": jaw * random.uniform(0.95, 1.05) + random.uniform(0, 0.03),
        "narrow": jaw * random.uniform(0, 1.0) * (random.random() < 0.7),
        "open": jaw * random.uniform(0, 0.5) * (random.random() < 0.3),
        "wide": 0.0,
    }[str(kind)]
    weights[EXPRESSION_INDEX["jawOpen"]], weights[EXPRESSION_INDEX["mouthClose"]] = jaw, min(close, 1.0)
    strength = random.choice([0.3, 0.7, 1.0])
    for name, (often, most) in _COLOURING.items():
        if random.random() < often:
            _put(weights, name, strength * most * random.beta(1, 2), random)
    opens = {"closed": 0.0, "narrow": 0.35, "open": 1.0, "wide": 1.0}[str(kind)]
    for name, (often, most) in _OPENING.items():
        if random.random() < often * opens**0.5:
            _put(weights, name, strength * opens * most * random.beta(1, 2), random)
    return np.clip(weights, 0, 1)


def _put(weights: NDArray[np.float32], name: str, weight: float, random: np.random.Generator) -> None:
    columns = [EXPRESSION_INDEX[one] for one in (name, f"{name}Left", f"{name}Right") if one in EXPRESSION_INDEX]
    uneven = random.random() < _ONE_SIDED
    for column in columns:
        weights[column] = weight * (random.random() if uneven else random.uniform(0.85, 1.0))
