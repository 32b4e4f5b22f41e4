"""Height maps become the renderer's slopes."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.avatar.pictures import slopes


def test_a_flat_height_has_no_slope() -> None:
    assert (slopes(np.full((8, 8), 77, np.uint8), 0.001, 0.05, tiled=False) == 128).all()


def test_a_ramp_gives_its_slope_in_metres_per_unit() -> None:
    height = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    found = slopes(height, 0.001, 0.05, tiled=False)[:, 1:-1]
    # 64 steps of 1/255 mm over one unit of u.
    expected = 64 * 0.001 / 255 / 0.05 * 127 + 128
    assert found[..., 0] == pytest.approx(expected, abs=1)
    assert (found[..., 1] == 128).all()


def test_height_that_grows_upwards_has_a_positive_slope_along_v() -> None:
    height = np.tile(np.arange(64, dtype=np.uint8)[::-1, None], (1, 64))
    assert (slopes(height, 0.001, 0.01, tiled=False)[1:-1, :, 1] > 128).all()


def test_a_tiled_height_goes_on_at_its_borders() -> None:
    wave = (127.5 + 100 * np.sin(2 * np.pi * np.arange(64) / 64)).astype(np.uint8)
    height = np.tile(wave, (4, 1))
    rolled = slopes(np.roll(height, 20, axis=1), 0.001, 0.05, tiled=True)
    np.testing.assert_array_equal(np.roll(rolled, -20, axis=1), slopes(height, 0.001, 0.05, tiled=True))
