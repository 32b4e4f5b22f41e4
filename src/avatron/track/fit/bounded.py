"""A step of Gauss-Newton that ends within the bounds of the weights: what reaches a bound is held there, and all the
rest is solved again.

Weights that are only cut off at their bounds leave the others with the wrong step. Where one energy is stiff, as that
of lips that are closed, steps then swing between lips that press and lips that gape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.native.track import solve_banded
from avatron.track.fit.parameters import EXPRESSION

__all__ = ["bounded_step"]

Floats = NDArray[np.float64]

_ROUNDS = 4
"""Most bounds are reached in the first round, and hardly any in the fourth."""
_BEYOND = 1e-6


def bounded_step(
    curvature: Floats,
    next_one: Floats,
    next_but_one: Floats,
    gradient: Floats,
    active: NDArray[np.bool_],
    fitted: Floats,
) -> Floats:
    """[T, SIZE] the step from weights `fitted` [T, P].

    `curvature` [T, SIZE, SIZE] is that of each frame, `next_one` and `next_but_one` [T, SIZE] tie it to those that
    follow, `gradient` [T, SIZE] is half of the energy's; what is `active` [T, SIZE] does not move.
    """
    step, held = np.zeros_like(gradient), active.copy()
    for _ in range(_ROUNDS):
        right = gradient + _product(curvature, next_one, next_but_one, step)
        step += solve_banded(curvature, next_one, next_but_one, -right, held)
        reached = fitted + step[:, EXPRESSION]
        beyond = (reached < -_BEYOND) | (reached > 1 + _BEYOND)
        if not beyond.any():
            break
        step[:, EXPRESSION] = np.clip(reached, 0.0, 1.0) - fitted
        held[:, EXPRESSION] |= beyond
    return step


def _product(curvature: Floats, next_one: Floats, next_but_one: Floats, step: Floats) -> Floats:
    """The whole matrix times `step`."""
    product = np.asarray((curvature @ step[..., None])[..., 0])
    for ties, apart in ((next_one, 1), (next_but_one, 2)):
        product[:-apart] += ties[:-apart] * step[apart:]
        product[apart:] += ties[:-apart] * step[:-apart]
    return product
