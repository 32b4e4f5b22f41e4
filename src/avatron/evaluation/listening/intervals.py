"""Intervals of a mean over few listeners: Student's t, and the bootstrap that assumes no distribution."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError

__all__ = ["bootstrap_interval", "t_interval", "t_quantile"]

Floats = NDArray[np.float64]

BOOTSTRAP_DRAWS = 10_000
_SMALLEST = 1e-300
"""Stands for 0 in a denominator of the continued fraction."""


def t_interval(values: Floats, confidence: float = 0.95) -> tuple[float, float] | None:
    """(low, high): where the mean of what `values` [N] are drawn from lies; None of fewer than two values.

    Student, The probable error of a mean, 1908.
    """
    count = len(values)
    if count < 2:
        return None
    half = t_quantile((1 + confidence) / 2, count - 1) * float(values.std(ddof=1)) / math.sqrt(count)
    mean = float(values.mean())
    return mean - half, mean + half


def bootstrap_interval(values: Floats, confidence: float = 0.95, seed: int = 0) -> tuple[float, float] | None:
    """(low, high): percentiles of the means of 10,000 draws with replacement; None of fewer than two values.

    Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 13.
    """
    count = len(values)
    if count < 2:
        return None
    generator = np.random.default_rng(seed)
    means = values[generator.integers(0, count, (BOOTSTRAP_DRAWS, count))].mean(1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def t_quantile(probability: float, freedom: int) -> float:
    """The value that Student's t with `freedom` degrees stays below with `probability`, to 1e-10 of itself.

    Raises:
        InvalidValueError: a probability outside 0.5 .. 1, or no freedom.
    """
    if not 0.5 <= probability < 1 or freedom < 1:
        raise InvalidValueError(f"quantile {probability} of t with {freedom} degrees; expected 0.5 <= p < 1, from 1")
    low, high = 0.0, 1.0
    while _t_cdf(high, freedom) < probability:
        high *= 2
    while high - low > 1e-11 * high:
        middle = (low + high) / 2
        if _t_cdf(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _t_cdf(value: float, freedom: int) -> float:
    """P(t <= value) for a value from 0 on (DLMF 8.17 with a = freedom / 2, b = 1 / 2)."""
    return 1 - _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + value * value)) / 2


def _incomplete_beta(first: float, second: float, place: float) -> float:
    """The regularised incomplete beta function I_place(first, second), DLMF 8.17.22 by Lentz's method."""
    if place <= 0 or place >= 1:
        return float(place >= 1)
    if place > (first + 1) / (first + second + 2):
        # The fraction converges quickly on the other side only.
        return 1 - _incomplete_beta(second, first, 1 - place)
    front = math.exp(
        math.lgamma(first + second)
        - math.lgamma(first)
        - math.lgamma(second)
        + first * math.log(place)
        + second * math.log1p(-place)
    )
    above, below = 1.0, 1 - (first + second) * place / (first + 1)
    below = 1 / (below if abs(below) > _SMALLEST else _SMALLEST)
    fraction = below
    for step in range(1, 300):
        even = step * (second - step) * place / ((first + 2 * step - 1) * (first + 2 * step))
        odd = -(first + step) * (first + second + step) * place / ((first + 2 * step) * (first + 2 * step + 1))
        change = 1.0
        for term in (even, odd):
            below = 1 + term * below
            below = 1 / (below if abs(below) > _SMALLEST else _SMALLEST)
            above = 1 + term / above
            above = above if abs(above) > _SMALLEST else _SMALLEST
            change = above * below
            fraction *= change
        if abs(change - 1) < 1e-15:
            break
    return front * fraction / first
