"""Steps that end within the bounds of the weights."""

from __future__ import annotations

import numpy as np

from avatron.native.track import solve_banded
from avatron.track.fit.bounded import bounded_step
from avatron.track.fit.parameters import EXPRESSION, FITTED, SIZE

FRAMES = 5


def _equations() -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(2)
    roots = random.normal(size=(FRAMES, SIZE, SIZE))
    curvature = roots @ np.swapaxes(roots, 1, 2) / SIZE + 3 * np.eye(SIZE)
    next_one, next_but_one = np.full((FRAMES, SIZE), -0.3), np.full((FRAMES, SIZE), 0.1)
    next_one[-1:] = 0
    next_but_one[-2:] = 0
    return curvature, next_one, next_but_one, random.normal(size=(FRAMES, SIZE))


def test_a_step_that_reaches_no_bound_is_that_of_the_banded_equations() -> None:
    curvature, first, second, gradient = _equations()
    fitted = np.full((FRAMES, len(FITTED)), 0.5)
    nothing = np.zeros((FRAMES, SIZE), bool)
    small = 0.1 * gradient
    step = bounded_step(curvature, first, second, small, nothing, fitted)
    assert np.allclose(step, solve_banded(curvature, first, second, -small), atol=1e-9)


def test_weights_end_within_their_bounds_and_all_others_are_solved_with_them_there() -> None:
    curvature, first, second, gradient = _equations()
    fitted = np.full((FRAMES, len(FITTED)), 0.1)
    active = np.zeros((FRAMES, SIZE), bool)
    active[1, EXPRESSION.start + 3] = True
    step = bounded_step(curvature, first, second, 2 * gradient, active, fitted)
    reached = fitted + step[:, EXPRESSION]
    assert reached.min() > -1e-3 and reached.max() < 1 + 1e-3
    assert (reached < 1e-9).sum() > 10 and step[1, EXPRESSION.start + 3] == 0
    # Where nothing is held the gradient after the step is 0.
    after = 2 * gradient + (curvature @ step[..., None])[..., 0]
    for ties, apart in ((first, 1), (second, 2)):
        after[:-apart] += ties[:-apart] * step[apart:]
        after[apart:] += ties[:-apart] * step[:-apart]
    free = ~active
    free[:, EXPRESSION] &= (reached > 1e-9) & (reached < 1 - 1e-9)
    assert np.abs(after[free]).max() < 1e-6
