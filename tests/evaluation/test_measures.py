"""Measures give the numbers that their definitions give, and refuse what they cannot measure."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.measurement import measured_mean, measured_share
from avatron.evaluation.smoothness import derivative, log_dimensionless_jerk
from avatron.evaluation.vertices import (
    face_dynamics_deviation,
    lip_vertex_error,
    lip_vertex_error_mm,
    lip_vertex_mean_error,
)
from avatron.motion.curves import minimum_jerk

LIPS = np.array([0, 2])


def test_errors_of_a_mesh_that_is_moved_rigidly_are_the_distance() -> None:
    true = np.random.default_rng(0).normal(size=(5, 4, 3))
    moved = true + np.array([0.003, 0.0, 0.004])
    assert lip_vertex_error(true, moved, LIPS) == pytest.approx(25e-6)
    assert lip_vertex_error_mm(true, moved, LIPS) == pytest.approx(5.0)
    assert lip_vertex_mean_error(true, moved, LIPS) == pytest.approx(25e-6 / 3)


def test_lip_error_takes_the_worst_vertex_of_each_frame_and_no_others() -> None:
    true = np.zeros((2, 3, 3))
    predicted = true.copy()
    predicted[0, 0, 0], predicted[0, 2, 1], predicted[1, 1, 2] = 1.0, 2.0, 100.0
    assert lip_vertex_error(true, predicted, LIPS) == pytest.approx((4.0 + 0.0) / 2)
    assert lip_vertex_error_mm(true, predicted, LIPS) == pytest.approx(1000.0)
    assert lip_vertex_mean_error(true, predicted, LIPS) == pytest.approx((1 + 4) / (2 * 2 * 3))


def test_dynamics_deviation_is_positive_where_the_prediction_is_stiller() -> None:
    generator = np.random.default_rng(1)
    rest = generator.normal(size=(6, 3))
    true = rest + 0.01 * generator.normal(size=(50, 6, 3))
    stiff = rest + 0.5 * (true - rest)
    face = np.arange(6)
    assert face_dynamics_deviation(true, stiff, rest, face) > 0
    assert face_dynamics_deviation(stiff, true, rest, face) == pytest.approx(
        -face_dynamics_deviation(true, stiff, rest, face)
    )
    spread = np.square(true - rest).sum(-1).std(0).mean()
    assert face_dynamics_deviation(true, stiff, rest, face) == pytest.approx(0.75 * spread)


def test_meshes_that_do_not_fit_are_refused() -> None:
    mesh = np.zeros((2, 3, 3))
    with pytest.raises(ShapeError, match=r"\[2, 3, 3\]"):
        lip_vertex_error(mesh, mesh[:1], LIPS)
    with pytest.raises(ShapeError, match="at least one"):
        lip_vertex_error(mesh, mesh, LIPS[:0])


def test_derivatives_of_a_cubic_are_those_of_calculus() -> None:
    time_s = np.arange(100) / 50
    curve = time_s**3
    np.testing.assert_allclose(derivative(curve, 50, 3), 6.0, atol=1e-6)
    np.testing.assert_allclose(derivative(curve, 50)[50], 3 * 1.01**2, atol=1e-3)
    with pytest.raises(ShapeError, match="at least 4"):
        derivative(curve[:3], 50, 3)


def test_a_minimum_jerk_movement_has_the_smoothness_of_theory_at_any_size_and_speed() -> None:
    for size, seconds in ((1.0, 1.0), (0.2, 3.0)):
        curve = size * minimum_jerk(np.linspace(0, 1, 4001))
        value = log_dimensionless_jerk(curve, 4000 / seconds)
        assert value == pytest.approx(np.log(720 / 1.875**2), abs=0.01)
    with pytest.raises(ShapeError, match="not move"):
        log_dimensionless_jerk(np.zeros(10), 25)


def test_a_mean_carries_its_interval_count_unit_and_direction() -> None:
    values = np.random.default_rng(2).normal(3.0, 1.0, 400)
    found = measured_mean("gap", values, unit="mm", better="lower", citation="us")
    assert found.low < found.mean < found.high and found.count == 400
    assert found.high - found.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert "mm" in str(found) and "lower is better" in str(found) and found.as_json()["citation"] == "us"
    with pytest.raises(InvalidValueError, match="gap"):
        measured_mean("gap", [], unit="mm", better="lower")


def test_the_interval_of_a_full_share_does_not_claim_certainty() -> None:
    found = measured_share("closed", [True] * 20, better="higher")
    assert found.mean == 1.0 and found.high == 1.0 and found.low == pytest.approx(0.839, abs=0.001)
    half = measured_share("closed", [True, False] * 50, better="higher")
    assert half.low == pytest.approx(0.404, abs=0.001) and half.high == pytest.approx(0.596, abs=0.001)
