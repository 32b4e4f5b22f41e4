"""Folds that a tailor would expect: ridges between two places of the front, with shaded valleys beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import Body

__all__ = ["Fold", "lay_folds"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """One soft fold on the front; places (x, y) are of the left side, seen from the front."""

    start_m: tuple[float, float]
    end_m: tuple[float, float]
    height_m: float = 0.004
    width_m: float = 0.011
    """From the crest to where the ridge has fallen to three fifths."""
    bow_m: float = 0.0
    """How far its middle bends aside."""
    sides: tuple[float, ...] = (1.0, -1.0)
    """1 for the left side, -1 for its mirror image: folds that are alike on both sides look drawn."""


VALLEY = 0.42
"""Depth of the valleys beside a ridge, as a share of its height."""
SHADE = 0.20
"""Light that a valley of 4 mm loses."""


def lay_folds(points_m: Floats, body: Body, folds: tuple[Fold, ...], least_m: Floats | float) -> tuple[Floats, Floats]:
    """(a sheet [C, R, 3] with its folds, light [C, R] that their valleys leave); never nearer than `least_m`."""
    rise = np.zeros(points_m.shape[:2])
    if not folds:
        return points_m, rise + 1
    for fold in folds:
        for side in fold.sides:
            start, end = np.array(fold.start_m) * [side, 1], np.array(fold.end_m) * [side, 1]
            axis = end - start
            length = float(np.hypot(*axis))
            offset = points_m[..., :2] - start
            way = (offset @ axis) / length**2
            aside = offset @ np.array([-axis[1], axis[0]]) / length
            aside = aside - side * fold.bow_m * np.sin(np.pi * np.clip(way, 0, 1))
            far = np.abs(aside) / fold.width_m
            ridge = np.exp(-0.5 * far**2) - VALLEY * np.exp(-0.5 * ((far - 2.1) / 0.75) ** 2)
            # It begins quickly at the seam it hangs from and runs out slowly.
            strength = _smooth(way / 0.18 + 0.35) * _smooth((1.1 - way) / 0.55)
            rise += fold.height_m * strength * ridge
    front = _smooth((body.outward(points_m)[..., 2] + 0.1) / 0.4)
    rise *= front
    raised = points_m + rise[..., None] * body.outward(points_m)
    light = 1 - SHADE * np.clip(-rise / (VALLEY * 0.004), 0, 1.3)
    return body.lifted(raised, least_m, least_only=True), light


def _smooth(value: Floats) -> Floats:
    share = np.clip(value, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
