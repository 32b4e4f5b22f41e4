"""Named proportions: each slider moves its own measure as stated, spares the others, and keeps the face likely."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import InvalidValueError, UnknownNameError
from avatron.face.head import HeadModel
from avatron.face.proportions import (
    LARGEST_COEFFICIENT,
    PROPORTIONS,
    ProportionSolver,
    random_identity,
    within_reach,
)

LIKELY = 4.6
"""Length of a step in standard deviations; the mean length of a random identity is 8."""


@pytest.fixture(scope="module")
def solver() -> ProportionSolver:
    return ProportionSolver(HeadModel.load())


@pytest.mark.parametrize("name", PROPORTIONS)
def test_a_slider_moves_its_own_measure_as_stated_and_the_others_by_less_than_a_third(
    solver: ProportionSolver, name: str
) -> None:
    person = np.random.default_rng(4).normal(size=64).astype(np.float32) * 0.4
    before, after = solver.measures_m(person), solver.measures_m(person + solver.step(name))
    change = {other: (after[other] - before[other]) / PROPORTIONS[other].step_m for other in PROPORTIONS}
    assert change.pop(name) == pytest.approx(1, abs=1e-3)
    assert max(abs(share) for share in change.values()) < 1 / 3, change
    assert np.linalg.norm(solver.step(name)) < LIKELY


def test_a_measure_is_the_distance_on_the_head_itself(solver: ProportionSolver) -> None:
    head = HeadModel.load()
    identity = solver.moved(np.zeros(0, np.float32), {"mouth-width": 1.0})
    corners = head.person(identity)[head.multi_pie[[48, 54]]]
    wide = head.neutral[head.multi_pie[[48, 54]]]
    grown = (corners[1, 0] - corners[0, 0]) - (wide[1, 0] - wide[0, 0])
    assert grown == pytest.approx(PROPORTIONS["mouth-width"].step_m, abs=1e-4)


def test_minus_one_is_the_opposite_of_plus_one(solver: ProportionSolver) -> None:
    start = np.zeros(64, np.float32)
    np.testing.assert_allclose(
        solver.moved(start, {"nose-length": -1.0}), -solver.moved(start, {"nose-length": 1.0}), atol=1e-6
    )


def test_left_and_right_stay_alike(solver: ProportionSolver) -> None:
    head = HeadModel.load()
    pie = head.person(solver.moved(np.zeros(64, np.float32), dict.fromkeys(PROPORTIONS, 1.0)))[head.multi_pie]
    for left, right in ((0, 16), (4, 12), (31, 35), (36, 45), (48, 54)):
        assert abs(pie[left, 0] + pie[right, 0]) < 0.004 and abs(pie[left, 1] - pie[right, 1]) < 0.004


def test_no_coefficient_goes_beyond_reach_however_many_sliders_are_set(solver: ProportionSolver) -> None:
    identity = solver.moved(np.full(64, 1.5, np.float32), dict.fromkeys(PROPORTIONS, 1.0))
    assert np.abs(identity).max() <= LARGEST_COEFFICIENT


def test_a_person_who_was_out_of_reach_already_is_not_pulled_back() -> None:
    far = np.array([5.0, -4.0, 0.5], np.float32)
    np.testing.assert_array_equal(within_reach(far, far), far)


def test_the_same_seed_gives_the_same_face_and_another_seed_another() -> None:
    start = np.zeros(64, np.float32)
    first, again, other = (random_identity(start, seed, 0.5, 64) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.linalg.norm(first - other) > 1


def test_no_spread_gives_the_base_itself() -> None:
    start = np.random.default_rng(0).normal(size=64).astype(np.float32)
    np.testing.assert_array_equal(random_identity(start, 9, 0.0, 64), start)


def test_an_unknown_slider_lists_the_known_ones(solver: ProportionSolver) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown slider `wit`; known: .*jaw-width"):
        solver.moved(np.zeros(64, np.float32), {"wit": 1.0})


@pytest.mark.parametrize("value", [1.01, -7.0, float("nan"), float("inf")])
def test_a_slider_out_of_range_is_refused(solver: ProportionSolver, value: float) -> None:
    with pytest.raises(InvalidValueError, match=r"slider `jaw-width` is .*, expected -1 \.\. 1"):
        solver.moved(np.zeros(64, np.float32), {"jaw-width": value})
