"""Wilcoxon's signed-rank test of paired values, with the exact distribution where ties are, too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError

__all__ = ["EXACT_PAIRS", "SignedRank", "signed_rank"]

Floats = NDArray[np.float64]

EXACT_PAIRS = 300
"""Up to so many differences the distribution is counted; above it the normal one differs by less than 1e-4."""
_EQUAL = 1e-9
"""Differences as near as this are equal: they are of means of whole ratings, and differ by rounding only."""


@dataclass(frozen=True)
class SignedRank:
    """What the test says of the differences between two conditions."""

    pairs: int
    """Differences other than 0, which the test is about."""
    zeros: int
    """Differences of 0, which it leaves out, as Wilcoxon did."""
    rank_sum: float
    """Sum of the ranks of positive differences."""
    p_value: float
    """Two-sided: how often differences without a direction would be at least as one-sided; 1 where there are none."""
    exact: bool
    """Whether the distribution was counted."""
    rank_biserial: float
    """Effect in [-1, 1]: (positive - negative rank sum) / their total; 1 where every difference is positive."""


def signed_rank(differences: Floats) -> SignedRank:
    """The two-sided test of `differences` [N].

    Equal sizes share their mean rank. The exact p-value is conditional on those ranks: of all 2^N ways to give them
    signs, the share whose rank sum is at least as far to one side, doubled.

    Wilcoxon, Individual comparisons by ranking methods, 1945; Hollander, Wolfe and Chicken, Nonparametric statistical
    methods, 2014, 3.1; effect: Kerby, The simple difference formula, 2014.

    Raises:
        ShapeError: not a row of finite numbers.
    """
    values = np.asarray(differences, np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ShapeError(f"differences are {list(values.shape)} or not finite, expected finite [N]")
    moved = values[np.abs(values) > _EQUAL]
    zeros = len(values) - len(moved)
    if not len(moved):
        return SignedRank(0, zeros, 0.0, 1.0, True, 0.0)
    doubled = _doubled_ranks(np.abs(moved))
    positive, total = int(doubled[moved > 0].sum()), int(doubled.sum())
    exact = len(moved) <= EXACT_PAIRS
    p_value = _exact_p(doubled, positive) if exact else _normal_p(doubled, positive)
    return SignedRank(len(moved), zeros, positive / 2, p_value, exact, (2 * positive - total) / total)


def _doubled_ranks(sizes: Floats) -> NDArray[np.int64]:
    """[N] twice the rank of each size, from 1; twice, so that the mean rank of equal sizes is whole."""
    order = np.argsort(sizes, kind="stable")
    ordered = sizes[order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > _EQUAL]))
    ends = np.append(starts[1:], len(sizes))
    ranks = np.empty(len(sizes), np.int64)
    ranks[order] = np.repeat(starts + 1 + ends, ends - starts)
    return ranks


def _exact_p(doubled: NDArray[np.int64], positive: int) -> float:
    """Share of sign patterns as one-sided as the one that was seen, on both sides."""
    total = int(doubled.sum())
    share = np.zeros(total + 1)
    share[0] = 1.0
    for rank in doubled:
        # Halved at each rank: shares of 2^N patterns, which never overflow.
        share *= 0.5
        share[rank:] += share[: total + 1 - rank].copy()
    return min(1.0, 2 * float(min(share[: positive + 1].sum(), share[positive:].sum())))


def _normal_p(doubled: NDArray[np.int64], positive: int) -> float:
    """The normal approximation, with the variance of the ranks that are there and a correction for steps of one."""
    mean, deviation = float(doubled.sum()) / 2, math.sqrt(float((doubled.astype(np.float64) ** 2).sum()) / 4)
    distance = max(abs(positive - mean) - 1, 0.0) / deviation
    return math.erfc(distance / math.sqrt(2))
