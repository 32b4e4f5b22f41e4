"""The poses in which a rig is judged: every expression alone, and forty combinations in which rigs fail.

The combinations are those that speech and feeling make, and those in which linear blend shapes are known to break:
two shapes that move the same lips, lids that close over a turned eye, one side without the other, tongue in a mouth
that is nearly shut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.errors import InvalidValueError

__all__ = ["COMBINATIONS", "EXPRESSIONS", "RigPose", "motion_of"]


@dataclass(frozen=True)
class RigPose:
    """One pose of a head."""

    name: str
    weights: Mapping[str, float]
    """Name to weight 0 .. 1; a name without its side, such as `mouthSmile`, stands for both sides."""
    head_degrees: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Pitch (down is positive), yaw (to the person's left is positive), roll of head and neck together."""
    gaze_degrees: tuple[float, float] = (0.0, 0.0)
    """Yaw and pitch (up is positive) of both eyes."""
    traits: frozenset[str] = field(default_factory=frozenset)
    """What must hold: `lips_closed`, `lids_closed`."""


NECK_SHARE = 0.4
"""Part of a turn that the neck takes, as in speech."""
_LIPS, _LIDS = frozenset({"lips_closed"}), frozenset({"lids_closed"})


EXPRESSIONS: tuple[RigPose, ...] = tuple(RigPose(name, {name: 1.0}) for name in EXPRESSION_NAMES)
"""The 52 of ARKit and our four of the tongue, each at 1."""

COMBINATIONS: tuple[RigPose, ...] = (
    # Rounded, open.
    RigPose("open funnel", {"jawOpen": 0.4, "mouthFunnel": 0.8}),
    RigPose("open pucker", {"jawOpen": 0.3, "mouthPucker": 0.9}),
    RigPose("funnel pucker", {"mouthFunnel": 0.6, "mouthPucker": 0.8}),
    RigPose("rounded oo", {"jawOpen": 0.08, "mouthPucker": 0.7, "mouthFunnel": 0.35}),
    RigPose("wide open", {"jawOpen": 1.0, "mouthLowerDown": 0.5, "mouthUpperUp": 0.5}),
    RigPose("open ah", {"jawOpen": 0.5, "mouthLowerDown": 0.2, "mouthUpperUp": 0.15}),
    # Closed lips over a moving jaw.
    RigPose("sealed low jaw", {"jawOpen": 0.3, "mouthClose": 0.3}, traits=_LIPS),
    RigPose("sealed lowest jaw", {"jawOpen": 0.6, "mouthClose": 0.6}, traits=_LIPS),
    RigPose("press m", {"jawOpen": 0.06, "mouthClose": 0.1, "mouthPress": 0.5}, traits=_LIPS),
    RigPose(
        "rolled p", {"jawOpen": 0.1, "mouthClose": 0.15, "mouthRollLower": 0.5, "mouthRollUpper": 0.4}, traits=_LIPS
    ),
    RigPose("pressed smile", {"mouthSmile": 0.6, "mouthPress": 0.7}, traits=_LIPS),
    RigPose("sealed pucker", {"jawOpen": 0.15, "mouthClose": 0.15, "mouthPucker": 0.8}, traits=_LIPS),
    # Teeth on a lip.
    RigPose("f under teeth", {"jawOpen": 0.08, "mouthRollLower": 0.6, "mouthUpperUp": 0.35}),
    RigPose("v with smile", {"jawOpen": 0.08, "mouthRollLower": 0.5, "mouthUpperUp": 0.3, "mouthSmile": 0.4}),
    # Smiles.
    RigPose("smile", {"mouthSmile": 0.7, "cheekSquint": 0.4}),
    RigPose("laugh", {"mouthSmile": 0.9, "jawOpen": 0.35, "cheekSquint": 0.7, "eyeSquint": 0.4}),
    RigPose("open smile", {"mouthSmile": 0.7, "jawOpen": 0.12, "mouthUpperUp": 0.3, "cheekSquint": 0.4}),
    RigPose("smile upper lip raised", {"mouthSmile": 0.8, "mouthUpperUp": 0.7}),
    RigPose("smile pucker", {"mouthSmile": 0.6, "mouthPucker": 0.6}),
    RigPose("smile funnel", {"mouthSmile": 0.5, "mouthFunnel": 0.6, "jawOpen": 0.15}),
    RigPose("smile with blink", {"mouthSmile": 0.8, "cheekSquint": 0.8, "eyeBlink": 1.0}, traits=_LIDS),
    RigPose("smile on one side", {"mouthSmileLeft": 0.9, "cheekSquintLeft": 0.6}),
    RigPose("crooked open smile", {"mouthSmileRight": 0.8, "mouthFrownLeft": 0.4, "jawOpen": 0.2}),
    # Eyes.
    RigPose("blink looking down", {"eyeBlink": 1.0, "eyeLookDown": 1.0}, gaze_degrees=(0, -25), traits=_LIDS),
    RigPose("blink looking up", {"eyeBlink": 1.0, "eyeLookUp": 0.8}, gaze_degrees=(0, 20), traits=_LIDS),
    RigPose(
        "blink looking left",
        {"eyeBlink": 1.0, "eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8},
        gaze_degrees=(24, 0),
        traits=_LIDS,
    ),
    RigPose(
        "blink looking right",
        {"eyeBlink": 1.0, "eyeLookInLeft": 0.8, "eyeLookOutRight": 0.8},
        gaze_degrees=(-24, 0),
        traits=_LIDS,
    ),
    RigPose("half blink looking down", {"eyeBlink": 0.5, "eyeLookDown": 0.7}, gaze_degrees=(0, -17)),
    RigPose("look down", {"eyeLookDown": 1.0}, gaze_degrees=(0, -25)),
    RigPose("look up", {"eyeLookUp": 1.0}, gaze_degrees=(0, 25)),
    RigPose("wink", {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.8, "mouthSmileLeft": 0.5}),
    RigPose("squint blink", {"eyeBlink": 1.0, "eyeSquint": 0.8, "browDown": 0.6}, traits=_LIDS),
    RigPose("brows down, eyes wide", {"browDown": 0.9, "eyeWide": 0.9}),
    RigPose("surprise", {"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.8, "jawOpen": 0.45}),
    # Cheeks and jaw.
    RigPose("puffed open", {"cheekPuff": 0.8, "jawOpen": 0.25}),
    RigPose("disgust", {"noseSneer": 0.9, "mouthUpperUp": 0.7, "browDown": 0.6, "eyeSquint": 0.5}),
    RigPose("jaw aside, open", {"jawOpen": 0.35, "jawLeft": 0.8, "mouthLeft": 0.4}),
    # Tongue.
    RigPose("th nearly shut", {"jawOpen": 0.04, "tongueTH": 1.0}),
    RigPose("l with smile", {"jawOpen": 0.12, "tongueL": 1.0, "mouthSmile": 0.4, "mouthLowerDown": 0.2}),
    RigPose("tongue out", {"jawOpen": 0.45, "tongueOut": 1.0, "mouthLowerDown": 0.3}),
)
"""Forty combinations, in the order in which they are drawn."""


def motion_of(pose: RigPose) -> FaceMotion:
    """One frame of a pose; a turn of the head is shared between neck and skull.

    Raises:
        InvalidValueError: a name that is no expression, or a weight outside 0 .. 1.
    """
    motion = FaceMotion.at_rest(1)
    expression = motion.expression.copy()
    for name, weight in pose.weights.items():
        columns = [EXPRESSION_INDEX[one] for one in (name, f"{name}Left", f"{name}Right") if one in EXPRESSION_INDEX]
        if not columns:
            raise InvalidValueError(f"pose `{pose.name}`: no expression `{name}`; use a name of EXPRESSION_NAMES")
        if not 0 <= weight <= 1:
            raise InvalidValueError(f"pose `{pose.name}`: weight {weight} of `{name}` is outside 0 .. 1")
        expression[0, columns] = weight
    turn = np.radians(np.array([pose.head_degrees], np.float32))
    yaw, pitch = (math.radians(angle) for angle in pose.gaze_degrees)
    still = motion.head_rotation
    return FaceMotion(
        expression,
        ((1 - NECK_SHARE) * turn).astype(np.float32),
        (NECK_SHARE * turn).astype(np.float32),
        still,
        still,
        still,
        np.array([[[yaw, pitch], [yaw, pitch]]], np.float32),
        motion.fps,
    )
