"""Measures of tracking on motions whose error is known."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import ShapeError
from avatron.evaluation.tracking.measures import (
    angle_between_deg,
    area_mean,
    correlations,
    jitter_mm,
    matched_closures,
    mean_rotation,
    rotation_error_deg,
)

OPEN, SHUT = 4.0, 0.1


def gaps(text: str) -> np.ndarray:
    """[T] millimetres: `-` is open, `#` is shut."""
    return np.array([SHUT if letter == "#" else OPEN for letter in text])


@pytest.mark.parametrize("degrees", [1e-4, 0.5, 12.0, 179.0])
def test_a_rotation_by_an_angle_is_off_by_that_angle(degrees: float) -> None:
    true = axis_angle_to_matrix(np.array([0.4, 1.1, -0.3]))
    turn = axis_angle_to_matrix(np.radians(degrees) * np.array([0.6, 0.0, 0.8]))
    assert rotation_error_deg(true, true @ turn) == pytest.approx(degrees, rel=1e-6)


def test_the_mean_of_turns_to_both_sides_is_no_turn() -> None:
    turns = axis_angle_to_matrix(np.array([[0.0, 0.3, 0.0], [0.0, -0.3, 0.0]]))
    np.testing.assert_allclose(mean_rotation(turns), np.eye(3), atol=1e-12)


def test_directions_a_right_angle_apart_are() -> None:
    assert angle_between_deg(np.array([1.0, 0, 0]), np.array([0, 0, 1.0])) == pytest.approx(90)


def test_a_mean_over_a_region_counts_each_point_by_its_area() -> None:
    values, area = np.array([1.0, 3.0, 100.0]), np.array([3.0, 1.0, 1.0])
    assert area_mean(values, area, np.array([True, True, False])) == pytest.approx(1.5)
    with pytest.raises(ShapeError, match="region"):
        area_mean(values, area, np.zeros(3, bool))


def test_correlation_is_that_of_curves_that_move_and_none_for_those_that_do_not() -> None:
    time = np.linspace(0, 6, 60)
    true = np.stack([np.sin(time), np.cos(time), np.full(60, 0.2), np.sin(time)], 1)
    found = np.stack([0.5 * np.sin(time) + 0.1, -np.cos(time), time, np.zeros(60)], 1)
    result = correlations(true, found, ("same", "opposite", "still", "missed"))
    assert result == {"same": pytest.approx(1), "opposite": pytest.approx(-1), "missed": 0.0}


def test_jitter_of_noise_is_that_of_its_second_difference() -> None:
    noise = np.random.default_rng(0).normal(0, 0.001, (4000, 5, 3))
    # Each coordinate of the difference has sqrt(6) s; the mean length of three is sqrt(8 / pi) times that.
    assert jitter_mm(noise) == pytest.approx(np.sqrt(6) * np.sqrt(8 / np.pi), rel=0.01)
    assert jitter_mm(np.arange(10.0)[:, None, None] * np.ones((10, 2, 3))) == pytest.approx(0)
    with pytest.raises(ShapeError, match="2 frames"):
        jitter_mm(noise[:2])


def test_closures_that_are_missed_invented_and_late_are_counted_once_each() -> None:
    true = gaps("--##----#----###---")
    found = gaps("--#--#-------------")
    score = matched_closures(true, found)
    assert (score.true, score.found, score.matched) == (3, 2, 1)
    assert score.recall == pytest.approx(1 / 3)
    assert score.precision == pytest.approx(1 / 2)
    late = matched_closures(gaps("--##-----"), gaps("----#----"))
    assert late.f1 == 1
    assert matched_closures(gaps("--##-----"), gaps("------#--")).f1 == 0


def test_a_mouth_that_never_opens_catches_one_closure_only() -> None:
    score = matched_closures(gaps("-#--#--#-"), gaps("#########"))
    assert (score.matched, score.precision, score.recall) == (1, 1.0, pytest.approx(1 / 3))


def test_closures_add_up_over_films() -> None:
    one = matched_closures(gaps("-#-#-"), gaps("-#---"))
    both = one + one
    assert (both.true, both.found, both.matched) == (4, 2, 2)
