"""What faces do before anything is seen: few expressions at once, both sides alike, and about what the network guesses.

    E = sum_p (w_p - g_p)^2 / a_p^2 + 2 l_p w_p + sum_(left, right) (w_left - w_right)^2 / b^2

Weights are never below 0, so the linear term is the sum of absolute values that makes solutions sparse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.fit.parameters import FITTED, FITTED_INDEX

__all__ = ["ExpressionPrior"]

Floats = NDArray[np.float64]

_PAIRS = np.array(
    [
        (FITTED_INDEX[name], FITTED_INDEX[f"{name[:-4]}Right"])
        for name in FITTED
        if name.endswith("Left") and f"{name[:-4]}Right" in FITTED_INDEX and name not in ("jawLeft", "mouthLeft")
    ]
)


@dataclass(frozen=True, eq=False)
class ExpressionPrior:
    """Normal equations of the prior: constant curvature, and a gradient that is linear in the weights."""

    curvature: Floats
    """[P, P]."""
    sparsity: Floats
    """[P]."""
    guess_precision: Floats
    """[P] 1 / a^2."""

    @staticmethod
    def of(spread: NDArray[Any], sparsity: float, side_spread: float) -> ExpressionPrior:
        """The prior of spreads a [P], one l and one b."""
        precision = 1 / np.square(np.asarray(spread, np.float64))
        curvature = np.diag(precision)
        for left, right in _PAIRS:
            for row, column, sign in ((left, left, 1), (right, right, 1), (left, right, -1), (right, left, -1)):
                curvature[row, column] += sign / side_spread**2
        return ExpressionPrior(curvature, np.full(len(FITTED), sparsity), precision)

    def gradient(self, weights: Floats, guess: Floats) -> Floats:
        """[T, P] half the derivative at `weights` [T, P], about the guess [T, P] or [P]."""
        return np.asarray(weights @ self.curvature - guess * self.guess_precision + self.sparsity)

    def value(self, weights: Floats, guess: Floats) -> Floats:
        """[T] the energy, up to a constant that depends on the guess alone."""
        quadratic = np.einsum("tp,pq,tq->t", weights, self.curvature, weights)
        return np.asarray(quadratic + 2 * (weights * (self.sparsity - guess * self.guess_precision)).sum(-1))
