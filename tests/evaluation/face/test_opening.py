"""Openings of the mouth are judged as their definitions say."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.face.opening import false_closures, opening_difference_mm, opening_range_mm, range_ratio
from avatron.evaluation.vertices import mean_speed_mm_s, mean_vertex_error_mm
from motion.synthetic import speech_of


def test_the_difference_of_openings_counts_pressed_lips_as_closed() -> None:
    assert opening_difference_mm(np.array([0.0, 2, 4]), np.array([-3.0, 1, 6])) == pytest.approx((0 + 1 + 2) / 3)
    with pytest.raises(ShapeError, match=r"\[2\] true gaps and \[1\]"):
        opening_difference_mm(np.zeros(2), np.zeros(1))


def test_a_mouth_that_moves_half_as_far_has_half_the_range_wherever_it_rests() -> None:
    true = np.linspace(0, 10, 101)
    assert opening_range_mm(true) == pytest.approx(9.0)
    assert range_ratio(true, 2 + true / 2) == pytest.approx(0.5)
    assert range_ratio(true, true * 0) == 0
    one_frame = true.copy()
    one_frame[-1] = 100
    assert opening_range_mm(one_frame) == pytest.approx(9.0), "one frame does not make a range"
    with pytest.raises(InvalidValueError, match="does not move"):
        range_ratio(true * 0, true)


def test_a_vowel_with_shut_lips_is_a_false_closure_and_a_closure_beside_it_is_none() -> None:
    speech = speech_of("| M AA1 P .", frames=[10, 10, 20, 10, 20])
    motion = FaceMotion.at_rest(int(float(speech.end) * 25))
    gap = np.full(len(motion), 5.0)
    vowel = speech.spans[2]
    for time_s in (vowel.start_s - 0.04, vowel.end_s + 0.04):
        gap[round(time_s * 25)] = 0
    assert false_closures(gap, motion, speech).tolist() == [False]
    gap[round(0.5 * (vowel.start_s + vowel.end_s) * 25)] = 0
    assert false_closures(gap, motion, speech).tolist() == [True]
    with pytest.raises(ShapeError, match="one for each frame"):
        false_closures(gap[1:], motion, speech)


def test_the_mean_vertex_error_is_the_mean_distance_of_the_chosen_vertices() -> None:
    true = np.zeros((2, 3, 3))
    predicted = true.copy()
    predicted[0, 0] = [0.003, 0, 0.004]
    predicted[:, 2] = 9.0
    assert mean_vertex_error_mm(true, predicted, np.array([0, 1])) == pytest.approx(5.0 / 4)


def test_the_speed_of_a_vertex_is_its_way_by_its_time() -> None:
    vertices = np.zeros((4, 2, 3))
    vertices[:, 1, 0] = np.arange(4) * 0.001
    assert mean_speed_mm_s(vertices, np.array([1]), 25) == pytest.approx(25.0)
    assert mean_speed_mm_s(vertices, np.array([0, 1]), 25) == pytest.approx(12.5)
    with pytest.raises(ShapeError, match="1 frames"):
        mean_speed_mm_s(vertices[:1], np.array([0]), 25)
