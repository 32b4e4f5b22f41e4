"""Skin folds that come and go with the expression: where each can be, and how strong it is in a frame.

A second relief of the skin (`SkinMaps.creases`) holds the folds at full strength in two groups, of which neighbours
that overlap lie in different ones: lines across the forehead in the first, the frown that crosses them in the second.
A vertex has one strength for each group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.face.head import HeadModel
from avatron.face.parts import PART_INDEX

__all__ = ["CREASES", "CREASE_REGIONS", "CreaseRegion", "CreaseStrengths"]

Floats = NDArray[np.float32]
Range = tuple[float, float]


@dataclass(frozen=True)
class CreaseRegion:
    """A part of the face that folds as one."""

    name: str
    """Both sides of a pair share it."""
    group: int
    """0 or 1: red or green in the map."""
    right_m: Range
    """From where to where on the mean head, towards the person's left."""
    up_m: Range
    edge_m: float
    """Width of the soft border, half of it inside."""
    causes: Mapping[str, float]
    """Strength for a full weight of an expression; they add up, to 1 at most."""

    def mask(self, places: Floats) -> Floats:
        """[V] 0 .. 1 how much a place [V, 3] of the mean head belongs to the region."""
        inside = _between(places[:, 0], self.right_m, self.edge_m) * _between(places[:, 1], self.up_m, self.edge_m)
        return np.asarray(inside * _smooth((places[:, 2] - 0.02) / 0.02), np.float32)


def _smooth(values: Floats) -> Floats:
    share = np.clip(values, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _between(values: Floats, limits: Range, edge_m: float) -> Floats:
    low, high = ((values - limit) / edge_m + 0.5 for limit in limits)
    return np.asarray(_smooth(low) * (1 - _smooth(high)), np.float32)


def _region(
    name: str, group: int, right_m: Range, up_m: Range, edge_m: float, **causes: float
) -> tuple[CreaseRegion, ...]:
    return (CreaseRegion(name, group, right_m, up_m, edge_m, MappingProxyType(causes)),)


def _pair(
    name: str, group: int, right_m: Range, up_m: Range, edge_m: float, **causes: float
) -> tuple[CreaseRegion, ...]:
    """The region on the person's left and its mirror image; causes are named without their side."""
    mirrored = (-right_m[1], -right_m[0])
    return tuple(
        CreaseRegion(name, group, place, up_m, edge_m, MappingProxyType(_sided(causes, side)))
        for side, place in (("Left", right_m), ("Right", mirrored))
    )


def _sided(causes: Mapping[str, float], side: str) -> dict[str, float]:
    return {name if name in EXPRESSION_INDEX else name + side: weight for name, weight in causes.items()}


CREASES: tuple[CreaseRegion, ...] = (
    *_region(
        "forehead",
        0,
        (-0.022, 0.022),
        (0.066, 0.125),
        0.014,
        browInnerUp=1.0,
        browOuterUpLeft=0.25,
        browOuterUpRight=0.25,
    ),
    *_pair("forehead", 0, (0.022, 0.085), (0.066, 0.125), 0.014, browInnerUp=0.5, browOuterUp=1.0, eyeWide=0.15),
    *_pair("crows_feet", 0, (0.046, 0.082), (0.010, 0.058), 0.006, mouthSmile=0.45, cheekSquint=0.7, eyeSquint=0.6),
    *_pair(
        "nasolabial",
        0,
        (0.010, 0.058),
        (-0.046, 0.010),
        0.006,
        mouthSmile=0.9,
        mouthDimple=0.3,
        mouthStretch=0.3,
        mouthUpperUp=0.4,
        cheekSquint=0.25,
        noseSneer=0.6,
    ),
    *_region(
        "chin",
        0,
        (-0.022, 0.022),
        (-0.088, -0.046),
        0.006,
        mouthShrugLower=1.0,
        mouthPucker=0.4,
        mouthFrownLeft=0.25,
        mouthFrownRight=0.25,
        mouthPressLeft=0.15,
        mouthPressRight=0.15,
    ),
    *_pair(
        "marionette", 0, (0.022, 0.058), (-0.088, -0.046), 0.006, mouthFrown=0.8, mouthPress=0.3, mouthShrugLower=0.2
    ),
    *_region(
        "glabella",
        1,
        (-0.020, 0.020),
        (0.036, 0.100),
        0.008,
        browDownLeft=0.5,
        browDownRight=0.5,
        noseSneerLeft=0.15,
        noseSneerRight=0.15,
    ),
    *_region("nose", 1, (-0.018, 0.018), (0.008, 0.036), 0.008, noseSneerLeft=0.5, noseSneerRight=0.5),
    *_pair("under_eye", 1, (0.022, 0.056), (0.000, 0.036), 0.006, cheekSquint=0.6, eyeSquint=0.7, mouthSmile=0.3),
    *_region(
        "lips",
        1,
        (-0.027, 0.027),
        (-0.052, -0.012),
        0.004,
        mouthPucker=0.9,
        mouthFunnel=0.3,
        mouthRollLower=0.2,
        mouthRollUpper=0.2,
    ),
    *_pair("dimples", 1, (0.027, 0.060), (-0.056, -0.012), 0.004, mouthDimple=1.0, mouthSmile=0.4, mouthStretch=0.3),
    *_region("neck", 1, (-0.09, 0.09), (-0.16, -0.085), 0.02, jawOpen=0.4, mouthStretchLeft=0.2, mouthStretchRight=0.2),
)
"""Every fold of the face. Regions of one group meet at most at their borders."""

CREASE_REGIONS: tuple[str, ...] = tuple(dict.fromkeys(region.name for region in CREASES))
"""Names for `SkinMaps.crease_rest`."""


class CreaseStrengths:
    """How strong the folds are at the vertices of a head, frame by frame."""

    def __init__(self, head: HeadModel, rest: Mapping[str, float], base: Floats) -> None:
        """Folds of a head whose skin has them at the strength `rest` (by region name) without any expression.

        `base` [V, 2] is what vertices have that never fold.
        """
        places = head.neutral
        skin = np.isin(head.vertex_part, (PART_INDEX["skin"], PART_INDEX["bust"]))
        masks = np.stack([region.mask(places) * skin for region in CREASES])
        self._vertices = np.flatnonzero(masks.max(0) > 0)
        # Dense over the vertices that fold: one small matrix product a frame.
        spread = np.zeros((len(CREASES), len(self._vertices), 2), np.float32)
        for number, region in enumerate(CREASES):
            spread[number, :, region.group] = masks[number, self._vertices]
        self._masks = spread.reshape(len(CREASES), -1)
        self._causes = np.zeros((len(EXPRESSION_NAMES), len(CREASES)), np.float32)
        for number, region in enumerate(CREASES):
            for name, weight in region.causes.items():
                self._causes[EXPRESSION_INDEX[name], number] = weight
        self._rest = np.array([rest.get(region.name, 0.0) for region in CREASES], np.float32)
        self._base = base

    def of(self, expression: Floats) -> Floats:
        """[V, 2] strength 0 .. 1 of both groups for expression weights [E]."""
        moved = np.clip(expression @ self._causes, 0, 1)
        strength = self._rest + (1 - self._rest) * moved
        result = self._base.copy()
        result[self._vertices] = (strength @ self._masks).reshape(-1, 2)
        return result
