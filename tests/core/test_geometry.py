from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatron.core.camera import Camera
from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix, matrix_to_axis_angle
from avatron.errors import InvalidValueError

ANGLE = st.floats(-np.pi, np.pi)


@given(st.tuples(ANGLE, ANGLE, ANGLE))
def test_axis_angle_goes_to_a_rotation_and_back(axis_angle: tuple[float, float, float]) -> None:
    matrix = axis_angle_to_matrix(np.array(axis_angle))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1)
    np.testing.assert_allclose(axis_angle_to_matrix(matrix_to_axis_angle(matrix)), matrix, atol=1e-7)


def test_a_quarter_turn_about_y_takes_z_to_x() -> None:
    np.testing.assert_allclose(axis_angle_to_matrix([0, np.pi / 2, 0]) @ [0, 0, 1], [1, 0, 0], atol=1e-12)


def test_gaze_turns_left_with_positive_yaw_and_up_with_positive_pitch() -> None:
    left, up = gaze_to_matrix(np.array([[0.2, 0], [0, 0.2]])) @ [0, 0, 1]
    assert left[0] > 0 and left[1] == pytest.approx(0)
    assert up[1] > 0 and up[0] == pytest.approx(0)


def test_a_camera_shows_its_target_at_the_centre_and_up_as_up() -> None:
    camera = Camera.looking_at(np.array([0, 0.02, 0]), np.array([0, 0.02, 1.2]), 640, 480, 1500.0)
    np.testing.assert_allclose(camera.project(np.array([0, 0.02, 0.0])), [320, 240])
    x, y = camera.project(np.array([0.05, 0.07, 0.0]))
    assert x > 320 and y < 240
    assert camera.to_camera(np.array([0, 0.02, 0.0]))[2] == pytest.approx(1.2)
    # A window of it, at another size, sees the same.
    part = camera.window(100, 50, 400, 300).resized(200, 150)
    np.testing.assert_allclose(part.project(np.array([0.05, 0.07, 0.0])), [(x - 100) / 2, (y - 50) / 2])
    assert (part.width, part.height) == (200, 150)
    with pytest.raises(InvalidValueError, match="0x480"):
        Camera(0, 480, 1.0, (0, 0), np.eye(3), np.zeros(3))
