"""Plans of listening tests: balanced, random, and the same again with the same seed."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from avatron.errors import InvalidValueError
from avatron.evaluation.listening.design import balanced_plans, rounds_of


def films(plan: list) -> list[tuple[int, int]]:
    return [(item.sentence, item.system) for item in plan if not item.is_check]


def test_everybody_judges_everything_where_that_is_not_too_much() -> None:
    for plan in balanced_plans(5, 4, most=20, plans=7):
        assert sorted(films(plan)) == [(sentence, system) for sentence in range(5) for system in range(4)]


@pytest.mark.parametrize(
    ("sentences", "systems", "most"), [(12, 6, 12), (12, 6, 24), (7, 5, 17), (10, 4, 6), (9, 3, 2)]
)
def test_over_all_listeners_every_film_is_judged_equally_often(sentences: int, systems: int, most: int) -> None:
    plans = balanced_plans(sentences, systems, most=most, plans=systems * sentences)
    counts = Counter(film for plan in plans for film in films(plan))
    assert len(counts) == sentences * systems and len(set(counts.values())) == 1
    for plan in plans:
        assert len(films(plan)) <= most
        assert len(set(films(plan))) == len(films(plan))


@pytest.mark.parametrize(("sentences", "most"), [(12, 12), (12, 36), (18, 18)])
def test_each_listener_judges_every_system_equally_often(sentences: int, most: int) -> None:
    for plan in balanced_plans(sentences, 6, most=most, plans=30):
        counts = Counter(system for _, system in films(plan))
        assert len(counts) == 6 and len(set(counts.values())) == 1


def test_no_sentence_comes_twice_in_a_row() -> None:
    for plan in balanced_plans(4, 6, most=100, plans=60):
        order = [sentence for sentence, _ in films(plan)]
        assert all(first != second for first, second in itertools.pairwise(order))


def test_orders_differ_between_listeners_and_repeat_with_the_seed() -> None:
    plans = balanced_plans(8, 4, plans=40)
    assert len({tuple(films(plan)) for plan in plans}) == 40
    assert balanced_plans(8, 4, plans=40) == plans
    assert balanced_plans(8, 4, plans=40, seed=1) != plans


def test_films_of_all_systems_stand_early_and_late_alike() -> None:
    places: dict[int, list[int]] = {system: [] for system in range(4)}
    for plan in balanced_plans(6, 4, plans=200):
        for place, (_, system) in enumerate(films(plan)):
            places[system].append(place)
    means = [sum(found) / len(found) for found in places.values()]
    # The mean place is 11.5; of 1,200 places a mean is off by a fifth.
    assert max(means) - min(means) < 1.0


@pytest.mark.parametrize("checks", [0, 1, 2, 5])
def test_checks_lie_inside_and_every_one_comes_once(checks: int) -> None:
    for plan in balanced_plans(6, 3, checks=checks, plans=50):
        assert sorted(item.system for item in plan if item.is_check) == list(range(checks))
        assert not plan[0].is_check and not plan[-1].is_check


def test_two_checks_are_apart() -> None:
    for plan in balanced_plans(10, 4, checks=2, plans=50):
        first, second = (place for place, item in enumerate(plan) if item.is_check)
        assert first <= len(plan) / 2 + 1 <= second + 2


def test_a_listener_hears_as_many_systems_of_each_sentence_as_time_allows() -> None:
    assert rounds_of(10, 6, 60) == (10, 6)
    assert rounds_of(10, 6, 59) == (10, 5)
    assert rounds_of(10, 6, 1000) == (10, 6)
    assert rounds_of(10, 6, 7) == (7, 1)


@pytest.mark.parametrize("wrong", [{"most": 0}, {"plans": 0}, {"plans": 5000}, {"checks": -1}, {"checks": 99}])
def test_numbers_outside_their_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidValueError, match="expected"):
        balanced_plans(3, 3, **wrong)
    with pytest.raises(InvalidValueError, match="nothing to judge"):
        balanced_plans(0, 3)
