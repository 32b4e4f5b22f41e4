"""The jaw as a rigid body: how it turns and shifts with each expression, read off the lower teeth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import matrix_to_axis_angle

__all__ = ["fit_jaw", "rigid_fit"]

Floats = NDArray[np.float64]

SMALLEST_MOTION_M = 2e-4
"""Expressions that move the lower teeth less than this do not move the jaw."""


def rigid_fit(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """(rotation [3, 3], translation [3]) that take `before` [N, 3] to `after` best (Kabsch 1976)."""
    middle_before, middle_after = before.mean(0), after.mean(0)
    u, _, vt = np.linalg.svd((before - middle_before).T @ (after - middle_after))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = vt.T @ flip @ u.T
    return rotation, middle_after - rotation @ middle_before


def fit_jaw(rest: Floats, expression: Floats, lower_teeth: NDArray[np.int64], joint: Floats) -> tuple[Floats, Floats]:
    """(axis-angle [E, 3], translation [E, 3]) of the jaw for weight 1 of each expression.

    A point p of the jaw goes to joint + R (p - joint) + t; both parts grow linearly with the weight.
    """
    turns, shifts = np.zeros((len(expression), 3)), np.zeros((len(expression), 3))
    before = rest[lower_teeth] - joint
    for index, delta in enumerate(expression):
        moved = delta[lower_teeth]
        if np.abs(moved).max() > SMALLEST_MOTION_M:
            rotation, shifts[index] = rigid_fit(before, before + moved)
            turns[index] = matrix_to_axis_angle(rotation)
    return turns, shifts
