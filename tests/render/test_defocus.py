"""Backgrounds out of focus."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import InvalidValueError
from avatron.render.background import Backdrop
from avatron.render.defocus import WIDEST, defocused
from avatron.render.light import light_named


def test_a_sharp_background_stays_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    assert defocused(picture, 0.0) is picture


@pytest.mark.parametrize("blur", [0.3, 1.0])
@pytest.mark.parametrize("shape", [(240, 320), (1080, 61), (33, 500)])
def test_an_even_wall_stays_even(blur: float, shape: tuple[int, int]) -> None:
    wall = np.full((*shape, 3), (20, 128, 240), np.uint8)
    assert np.abs(defocused(wall, blur).astype(int) - wall).max() <= 1


def test_a_point_becomes_a_disc_of_the_radius_that_was_asked_for_and_keeps_its_light() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    picture[198:202, 198:202] = 255
    spread = (defocused(picture, 1.0)[..., 0] / 255.0) ** 2.2
    radius = WIDEST * 400
    away = np.hypot(*(np.mgrid[:400, :400] - 199.5))
    # Rounding to bytes adds half a byte of noise to the black around, which is nothing in light.
    assert spread[away < radius + 4].sum() == pytest.approx(16.0, rel=0.15)
    assert spread[away > radius + 6].max() < 1e-4
    assert spread[away < 0.7 * radius].min() > 0.5 * 16 / (np.pi * radius**2)


def test_more_blur_leaves_less_detail() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (200, 200, 3), np.uint8)
    detail = [float(defocused(noise, blur).astype(float).std()) for blur in (0.0, 0.2, 0.5, 1.0)]
    assert detail == sorted(detail, reverse=True)


def test_every_picture_of_a_film_is_out_of_focus() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (2, 120, 160, 3), np.uint8)
    backdrop = Backdrop(iter(noise), (160, 120), light_named("studio"), 1.0)
    for sharp in noise:
        shown = backdrop.next()
        assert shown is not None
        np.testing.assert_array_equal(shown, defocused(sharp, 1.0))


@pytest.mark.parametrize("blur", [-0.1, 1.5, float("nan")])
def test_a_blur_out_of_range_is_refused_by_name(blur: float) -> None:
    with pytest.raises(InvalidValueError, match=r"background blur .* outside 0 \.\. 1"):
        Backdrop("studio", (32, 32), light_named("studio"), blur)
