"""The table of scattered light."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.native.shade import TABLE_COSINES, TABLE_CURVATURE_MAX, TABLE_CURVATURES
from avatron.render.scattering import skin_table
from reference.shade import scattered

COSINES = np.linspace(-1, 1, TABLE_COSINES)


@pytest.mark.parametrize("row", [20, 50, TABLE_CURVATURES - 1])
def test_the_table_equals_the_integral_of_the_reference(row: int) -> None:
    radius_mm = 1000 / (TABLE_CURVATURE_MAX * row / (TABLE_CURVATURES - 1))
    for column in range(3, TABLE_COSINES, 12):
        expected = scattered(radius_mm, COSINES[column])
        np.testing.assert_allclose(skin_table()[row, column], expected, atol=6e-3)


def test_flat_skin_scatters_like_a_matt_surface_away_from_the_terminator() -> None:
    lit = COSINES > 0.3
    np.testing.assert_allclose(skin_table()[0, lit], np.repeat(COSINES[lit, None], 3, 1), atol=0.02)
    assert skin_table()[0, COSINES < -0.3].max() < 0.01


def test_light_reaches_round_the_terminator_red_first_and_further_where_skin_is_curved() -> None:
    dark_side = np.searchsorted(COSINES, -0.05)
    red, green, blue = skin_table()[-1, dark_side]
    assert red > green > blue
    assert red > 3 * skin_table()[TABLE_CURVATURES // 4, dark_side, 0]


def test_light_grows_with_the_cosine_and_is_never_negative() -> None:
    table = skin_table()
    assert table.min() >= 0
    assert (np.diff(table, axis=1) > -1e-4).all()


def test_scattering_loses_no_light() -> None:
    # Over the whole sphere as much leaves as arrives: the mean over cosines is a quarter.
    means = skin_table().mean(1)
    np.testing.assert_allclose(means, 0.25, atol=0.012)
