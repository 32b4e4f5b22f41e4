"""Hair that is painted into the skin: the scalp's tint under hair, and stubble."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.hair.build import fitted_scalp, skin_of
from avatar.hair.style import HairStyle, Point
from avatar.head_target import HeadTarget
from avatar.skin_detail import space_noise

__all__ = ["PaintedHair", "Stubble", "paint_hair"]

Floats = NDArray[np.float64]

TINT = 0.72
"""How much of the scalp's skin the roots hide where hair is thick."""
FADE_M = 0.020
"""Distance from the hairline over which the tint comes."""

CHEEK_LINE = (
    (0.000, -0.013),
    (0.012, -0.014),
    (0.024, -0.027),
    (0.040, -0.033),
    (0.055, -0.022),
    (0.066, -0.002),
    (0.072, 0.014),
)
"""Upper border of the beard on the mean head: distance from the middle and height, metres."""
NECK_LINE_M = -0.088
"""Its lower border in front."""


@dataclass(frozen=True)
class Stubble:
    """A beard of a few millimetres."""

    cover: float
    """Share of the skin that hairs hide in the thick of it."""
    colour: Point
    """Linear RGB."""
    shadow: float = 0.25
    """Share of the cover that is an even tone: roots under the skin."""


@dataclass(frozen=True)
class PaintedHair:
    """Hair on the texels of the skin."""

    scalp: Floats
    """[N] 0..1."""
    scalp_colour: Point
    stubble: Floats
    """[N] 0..1."""
    stubble_colour: Point


def paint_hair(
    style: HairStyle,
    stubble: Stubble | None,
    target: HeadTarget,
    person_m: Floats,
    points_m: Floats,
    own_m: Floats,
    ear: Floats,
) -> PaintedHair:
    """Painted hair at skin points [N, 3], on the mean head and (`own_m`) on the person; `ear` [N] is 1 on the ears."""
    scalp = fitted_scalp(style, target, person_m, skin_of(target, person_m))
    near = (np.linalg.norm(own_m - scalp.centre_m, axis=1) < 0.17) & (ear < 0.5)
    share = np.zeros(len(own_m))
    inside = np.clip(scalp.distance(own_m[near]) / FADE_M, 0, 1)
    share[near] = TINT * inside * inside * (3 - 2 * inside) * scalp.density(own_m[near])
    none = np.zeros(len(own_m))
    if stubble is None:
        return PaintedHair(share, style.colour.root, none, (0.0, 0.0, 0.0))
    return PaintedHair(share, style.colour.root, grow_stubble(points_m, stubble, style.seed), stubble.colour)


def grow_stubble(points_m: Floats, stubble: Stubble, seed: int) -> Floats:
    """[N] 0..1 how much of the skin a beard hides at points [N, 3] of the mean head."""
    x, y, z = np.abs(points_m[:, 0]), points_m[:, 1], points_m[:, 2]
    line = np.array(CHEEK_LINE)
    patches = space_noise(points_m, (0.006, 0.012), seed)
    top = np.interp(x, line[:, 0], line[:, 1]) + 0.0015 * patches
    below_cheek = np.clip((top - y) / 0.010, 0, 1)
    above_neck = np.clip((y - NECK_LINE_M + 0.35 * np.maximum(0.08 - z, 0) - 0.002 * patches) / 0.016, 0, 1)
    in_front = np.clip((z - 0.022) / 0.018, 0, 1)
    # Thin between lip and chin's sides, thick on chin and upper lip.
    thick = 0.75 + 0.25 * np.exp(-((x / 0.02) ** 2))
    region = below_cheek * above_neck * in_front * thick * np.clip(1 + 0.15 * patches, 0.6, 1.2)
    hairs = np.clip(space_noise(points_m, (0.00045, 0.0008), seed + 1) * 0.5 + 0.25, 0, 1)
    return np.asarray(np.clip(stubble.cover * region * (stubble.shadow + (1 - stubble.shadow) * 2 * hairs), 0, 0.9))
