"""Warps find the pace of another speaker, and cannot hide what comes at the wrong time."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.face.warping import matched_frames, phone_band, phone_times, warp


def slow_warp_cost(cost: np.ndarray) -> float:
    """The cost of the cheapest path, by the recursion as it is written in the paper."""
    rows, columns = cost.shape
    best = np.full((rows, columns), np.inf)
    for row in range(rows):
        for column in range(columns):
            before = [
                best[r, c] for r, c in ((row - 1, column), (row, column - 1), (row - 1, column - 1)) if min(r, c) >= 0
            ]
            best[row, column] = cost[row, column] + (min(before) if before else 0.0)
    return float(best[-1, -1])


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (7, 1), (9, 13), (13, 9)])
def test_the_path_is_as_cheap_as_the_slow_recursion_says_it_can_be(shape: tuple[int, int]) -> None:
    cost = np.random.default_rng(sum(shape)).random(shape)
    path = warp(cost)
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [shape[0] - 1, shape[1] - 1]
    steps = np.diff(path, axis=0)
    assert ((steps >= 0) & (steps <= 1)).all() and (steps.sum(1) > 0).all()
    assert cost[path[:, 0], path[:, 1]].sum() == pytest.approx(slow_warp_cost(cost))


def test_a_motion_at_half_the_pace_is_matched_frame_by_frame() -> None:
    curve = np.array([0.0, 1, 2, 3, 2, 0])
    slow = np.repeat(curve, 2)
    found = matched_frames(warp(np.abs(curve[:, None] - slow[None])))
    np.testing.assert_array_equal(slow[found], curve)


def test_a_motion_against_itself_is_matched_straight() -> None:
    curve = np.random.default_rng(0).normal(size=(30, 4))
    cost = np.linalg.norm(curve[:, None] - curve[None], axis=-1)
    np.testing.assert_array_equal(matched_frames(warp(cost)), np.arange(30))
    np.testing.assert_array_equal(matched_frames(warp(np.zeros((5, 5)))), np.arange(5))


def test_a_band_keeps_the_path_from_straying_to_a_like_shape_elsewhere() -> None:
    true, late = np.zeros(40), np.zeros(40)
    true[5], late[30] = 1.0, 1.0
    cost = np.abs(true[:, None] - late[None])
    times_s = np.arange(40) / 25
    assert late[matched_frames(warp(cost))][5] == 1
    banded = matched_frames(warp(cost, phone_band(times_s, times_s, 0.2)))
    assert late[banded][5] == 0 and np.abs(banded - np.arange(40)).max() <= 5


def test_a_band_has_a_path_however_much_phones_are_stretched() -> None:
    there_s = phone_times(np.arange(10) / 25, np.array([0.0, 0.1, 0.3, 0.4]), np.array([0.0, 2.0, 2.0, 4.0]))
    allowed = phone_band(there_s, np.arange(100) / 25, 0.05)
    path = warp(np.ones((10, 100)), allowed)
    assert allowed[path[:, 0], path[:, 1]].all()


def test_times_follow_the_phones() -> None:
    times_s = phone_times(np.array([0.0, 0.05, 0.1, 0.2, 9.0]), np.array([0.0, 0.1, 0.3]), np.array([0.0, 0.4, 0.5]))
    np.testing.assert_allclose(times_s, [0.0, 0.2, 0.4, 0.45, 0.5])
    with pytest.raises(ShapeError, match="2 phones and 1"):
        phone_times(np.zeros(1), np.array([0.0, 1, 2]), np.array([0.0, 1]))


def test_costs_that_have_no_path_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\[0, 3\]"):
        warp(np.zeros((0, 3)))
    with pytest.raises(InvalidValueError, match="not a number"):
        warp(np.array([[np.nan]]))
    with pytest.raises(InvalidValueError, match="widen the band"):
        warp(np.zeros((3, 3)), np.eye(3, dtype=bool)[::-1])
    with pytest.raises(ShapeError, match="`allowed`"):
        warp(np.zeros((3, 3)), np.ones((2, 3), bool))
