"""Where the camera stands."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import UnknownNameError
from avatron.render.framing import FRAMINGS, camera_for, framing_named

SIZES = [(512, 512), (1920, 1080), (1080, 1920), (333, 777), (16, 16), (4096, 16), (16, 4096)]
EYES_M = np.array([0.001, 0.035, 0.085])
"""The middle between the eyes."""
CHIN_M = np.array([0.0, -0.075, 0.09])
ASIDE_M = np.array([0.031, 0, 0])
EYE_LEFT_M, EYE_RIGHT_M = EYES_M + ASIDE_M, EYES_M - ASIDE_M
NO_FLOOR_M = -1000.0


@pytest.mark.parametrize("name", FRAMINGS)
def test_the_head_has_the_same_proportions_in_pictures_of_any_shape(name: str) -> None:
    ratios = []
    for size in SIZES:
        left, right, chin, eyes = camera_for(FRAMINGS[name], size, EYES_M, NO_FLOOR_M).project(
            np.stack([EYE_LEFT_M, EYE_RIGHT_M, CHIN_M, EYES_M])
        )
        ratios.append(np.linalg.norm(left - right) / np.linalg.norm(chin - eyes))
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-9)


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("size", SIZES)
def test_what_a_framing_promises_to_show_is_seen(name: str, size: tuple[int, int]) -> None:
    framing = FRAMINGS[name]
    camera = camera_for(framing, size, EYES_M, NO_FLOOR_M)
    metres_per_px = framing.distance_m / camera.focal_px
    assert size[0] * metres_per_px >= framing.least_width_m * (1 - 1e-9)
    assert size[1] * metres_per_px >= framing.height_m * (1 - 1e-9)


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("size", SIZES)
def test_the_eyes_are_on_the_eye_line_and_aside_only_where_there_is_room(name: str, size: tuple[int, int]) -> None:
    camera = camera_for(FRAMINGS[name], size, EYES_M, NO_FLOOR_M)
    across, down = camera.project(EYES_M)
    aside_px = (FRAMINGS[name].across - 0.5) * size[0]
    assert across == pytest.approx(size[0] / 2 + aside_px, abs=1e-6) or size[0] < 1.5 * size[1]
    assert abs(across - size[0] / 2) <= abs(aside_px) + 1e-6
    assert down == pytest.approx(FRAMINGS[name].eye_line * size[1], abs=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_never_ends_below_the_body(size: tuple[int, int]) -> None:
    lowest_m = -0.15
    camera = camera_for(framing_named("head-and-shoulders"), size, EYES_M, lowest_m)
    floor = camera.project(np.array([0.0, lowest_m, 0.0]))
    assert floor[1] >= size[1] - 1e-6


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("crown_m", [0.11, 0.16, 0.24])
def test_the_crown_of_tall_hair_is_never_cut(name: str, size: tuple[int, int], crown_m: float) -> None:
    highest_m = float(EYES_M[1]) + crown_m
    camera = camera_for(FRAMINGS[name], size, EYES_M, NO_FLOOR_M, highest_m)
    crown, eyes = camera.project(np.array([[EYES_M[0], highest_m, 0.0], EYES_M]))[:, 1]
    assert crown > 0
    assert eyes <= 0.53 * size[1]


@pytest.mark.parametrize("name", ["left-third", "right-third"])
@pytest.mark.parametrize("size", SIZES)
def test_a_person_aside_still_has_all_of_the_width_that_is_promised(name: str, size: tuple[int, int]) -> None:
    framing = FRAMINGS[name]
    camera = camera_for(framing, size, EYES_M, NO_FLOOR_M)
    half_px = framing.least_width_m / 2 / framing.distance_m * camera.focal_px
    across = camera.project(EYES_M * [1, 1, 0])[0]
    assert across - half_px >= -1e-6
    assert across + half_px <= size[0] + 1e-6


def test_the_camera_is_level_so_that_upright_lines_stay_upright() -> None:
    camera = camera_for(framing_named("close-up"), (333, 777), EYES_M, -0.1)
    top, bottom = camera.project(np.array([[0.07, 0.1, 0.0], [0.07, -0.1, 0.0]]))
    assert top[0] == pytest.approx(bottom[0], abs=1e-9)
    assert top[1] < bottom[1]


def test_the_left_of_the_person_is_on_the_right_of_the_picture() -> None:
    camera = camera_for(framing_named("close-up"), (100, 100), EYES_M, NO_FLOOR_M)
    assert camera.project(EYE_LEFT_M)[0] > camera.project(EYE_RIGHT_M)[0]


def test_a_close_up_shows_the_face_larger() -> None:
    near, far = (
        camera_for(framing_named(name), (512, 512), EYES_M, NO_FLOOR_M) for name in ("close-up", "head-and-shoulders")
    )
    assert near.focal_px > 1.3 * far.focal_px


def test_an_unknown_framing_lists_the_known() -> None:
    with pytest.raises(
        UnknownNameError, match=r"framing `full-body`.*close-up.*head-and-shoulders|head-and-shoulders.*close-up"
    ):
        framing_named("full-body")
