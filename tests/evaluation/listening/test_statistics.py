"""The tests and intervals of a listening test against scipy, and against their own definitions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.listening.intervals import bootstrap_interval, t_interval, t_quantile
from avatron.evaluation.listening.signed_rank import EXACT_PAIRS, signed_rank


@pytest.mark.parametrize("count", [1, 2, 5, 12, 24, 60])
def test_the_exact_test_is_that_of_scipy_where_no_sizes_are_equal(count: int) -> None:
    differences = np.random.default_rng(count).normal(0.3, 1, count)
    found = signed_rank(differences)
    known = stats.wilcoxon(differences, method="exact")
    assert found.exact and found.pairs == count
    assert found.p_value == pytest.approx(known.pvalue, rel=1e-10)
    assert min(found.rank_sum, count * (count + 1) / 2 - found.rank_sum) == known.statistic


def test_with_ties_the_exact_test_counts_every_pattern_of_signs() -> None:
    differences = np.array([0.5, -0.5, 1.0, 1.0, 1.0, -0.25, 2.0, 0.0, 0.5])
    moved = differences[differences != 0]
    ranks = stats.rankdata(np.abs(moved))
    seen = ranks[moved > 0].sum()
    sums = np.array([np.dot(ranks, signs) for signs in itertools.product([0, 1], repeat=len(moved))])
    share = 2 * min((sums <= seen).mean(), (sums >= seen).mean())
    found = signed_rank(differences)
    assert (found.pairs, found.zeros, found.rank_sum) == (8, 1, seen)
    assert found.p_value == pytest.approx(share, rel=1e-12)


def test_rounding_of_means_makes_no_ranks_of_its_own() -> None:
    rounded = np.array([0.1 + 0.2, 0.3, -0.3, 0.6 - 0.3, 1.0])
    assert signed_rank(rounded) == signed_rank(np.array([0.3, 0.3, -0.3, 0.3, 1.0]))
    assert signed_rank(np.array([0.1 + 0.2 - 0.3, 1.0])).zeros == 1


def test_many_pairs_take_the_normal_distribution_which_is_near_the_exact_one() -> None:
    differences = np.random.default_rng(4).normal(0.06, 1, EXACT_PAIRS + 1)
    found = signed_rank(differences)
    assert not found.exact
    assert found.p_value == pytest.approx(signed_rank(differences[:-1]).p_value, abs=0.02)
    known = stats.wilcoxon(differences, method="asymptotic", correction=True)
    assert found.p_value == pytest.approx(known.pvalue, rel=1e-6)


def test_equal_conditions_are_no_finding_and_one_sided_ones_are_the_strongest() -> None:
    assert signed_rank(np.zeros(5)).p_value == 1.0
    one_sided = signed_rank(np.arange(1.0, 9.0))
    assert one_sided.p_value == 2 / 2**8 and one_sided.rank_biserial == 1.0
    assert signed_rank(-np.arange(1.0, 9.0)).rank_biserial == -1.0


def test_differences_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ShapeError, match="finite"):
        signed_rank(np.array([1.0, np.nan]))


@pytest.mark.parametrize("freedom", [1, 2, 3, 7, 29, 30, 200, 5000])
@pytest.mark.parametrize("probability", [0.5, 0.9, 0.975, 0.9995])
def test_the_t_quantile_is_that_of_scipy(freedom: int, probability: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-8, abs=1e-9)


def test_a_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="degrees"):
        t_quantile(0.975, 0)


def test_the_t_interval_is_that_of_scipy_and_one_listener_has_none() -> None:
    values = np.array([3.2, 4.1, 2.9, 3.7, 4.4])
    known = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert t_interval(values) == pytest.approx(known)
    assert t_interval(values[:1]) is None and bootstrap_interval(values[:1]) is None


def test_intervals_hold_the_true_mean_as_often_as_they_say() -> None:
    generator = np.random.default_rng(1)
    by_t = by_draws = 0
    for trial in range(200):
        values = np.clip(np.round(generator.normal(3.4, 0.8, 20)), 1, 5)
        truth = 3.4
        low, high = t_interval(values) or (0, 0)
        by_t += low <= truth <= high
        low, high = bootstrap_interval(values, seed=trial) or (0, 0)
        by_draws += low <= truth <= high
    # 95 % of 200 with the spread of a count; the bootstrap of 20 values is known to be a little too narrow.
    assert 180 <= by_t <= 200
    assert 174 <= by_draws <= 200


def test_the_bootstrap_is_the_same_with_the_same_seed() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0, 5.0])
    assert bootstrap_interval(values, seed=3) == bootstrap_interval(values, seed=3)
