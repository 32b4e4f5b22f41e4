"""The tone curve."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.render.light import LIGHTS
from avatron.render.tone import toned


def test_black_stays_black_and_no_light_is_too_much() -> None:
    assert toned(np.zeros(3)).max() == 0
    assert toned(np.full(3, -1.0)).max() == 0
    assert toned(np.full(3, 1e9)).max() <= 1
    assert toned(np.full(3, 1e9)).min() > 0.98


def test_more_light_is_never_darker_and_greys_stay_grey() -> None:
    light = np.geomspace(1e-5, 100, 500)
    shown = toned(np.repeat(light[:, None], 3, 1))
    assert (np.diff(shown[:, 0]) >= 0).all()
    np.testing.assert_allclose(shown, shown[:, :1].repeat(3, 1), atol=1e-6)
    visible = (shown[:, 0] > 0.01) & (shown[:, 0] < 0.98)
    assert visible.sum() > 200
    assert (np.diff(shown[visible, 0]) > 0).all()


def test_exposure_is_a_factor_on_the_light() -> None:
    light = np.random.default_rng(0).random((50, 3)) * 3
    np.testing.assert_allclose(toned(light, 0.5), toned(light * 0.5), atol=1e-6)


def test_bright_colours_roll_off_to_white_instead_of_clipping() -> None:
    saturations = []
    for strength in (1.0, 8.0, 64.0):
        red = toned(np.array([1.0, 0.1, 0.1]) * strength)
        saturations.append(red.max() - red.min())
    assert saturations[0] > saturations[1] > saturations[2]


def test_hue_order_is_kept() -> None:
    shown = toned(np.array([0.5, 0.3, 0.1]))
    assert shown[0] > shown[1] > shown[2]


def test_middle_grey_is_shown_in_the_middle_of_the_range() -> None:
    assert toned(np.full(3, 0.18))[0] == pytest.approx(0.5, abs=0.1)


_SKINS = {"fair": (0.53, 0.33, 0.25), "tan": (0.36, 0.21, 0.13), "deep": (0.14, 0.07, 0.04)}


def _hue_degrees(colour: NDArray[Any]) -> float:
    red, green, blue = (float(value) for value in colour)
    return math.degrees(math.atan2(math.sqrt(3) * (green - blue), 2 * red - green - blue))


@pytest.mark.parametrize("skin", _SKINS)
@pytest.mark.parametrize("rig", LIGHTS)
def test_skin_is_neither_clipped_nor_crushed_nor_shifted_to_orange(rig: str, skin: str) -> None:
    albedo, exposure = np.array(_SKINS[skin]), LIGHTS[rig].exposure
    patches = toned(albedo * np.geomspace(0.06, 2.0, 12)[:, None], exposure)
    assert patches.max() < 0.97 and patches.max(1).min() > 0.01
    assert (np.diff(patches, axis=0) > 0).all()
    hues = [_hue_degrees(patch) for patch in patches]
    assert max(hues) - min(hues) < 12
