"""What is behind the head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from avatron.errors import InvalidValueError, ShapeError
from avatron.render.background import Backdrop, studio_backdrop
from avatron.render.light import LIGHTS

STUDIO = LIGHTS["studio"]


def test_the_studio_is_a_pool_of_light_that_keeps_its_shape() -> None:
    for size in ((300, 300), (600, 300), (300, 600)):
        # The dither is of one grey level: means of blocks tell the rest.
        wall = studio_backdrop(size, STUDIO).mean(-1)
        height, width = wall.shape
        brightest = wall[round(0.42 * height) - 5 : round(0.42 * height) + 5, width // 2 - 5 : width // 2 + 5].mean()
        corners = [
            wall[rows, columns].mean()
            for rows in (slice(5), slice(-5, None))
            for columns in (slice(5), slice(-5, None))
        ]
        assert brightest > max(corners) + 30
        np.testing.assert_allclose(wall.mean(0), wall.mean(0)[::-1], atol=0.6)
    wide = studio_backdrop((600, 300), STUDIO).mean(-1)
    square = studio_backdrop((300, 300), STUDIO).mean(-1)
    assert (
        np.abs(
            wide[:, 150:450].reshape(30, 10, 30, 10).mean((1, 3)) - square.reshape(30, 10, 30, 10).mean((1, 3))
        ).max()
        < 0.5
    )


def test_the_studio_shows_no_bands_and_is_the_same_every_time() -> None:
    wall = studio_backdrop((256, 256), STUDIO)
    np.testing.assert_array_equal(wall, studio_backdrop((256, 256), STUDIO))
    row = wall[100, :, 0].astype(int)
    # A gradient without dither changes once in many pixels.
    assert (np.diff(row[:128]) != 0).mean() > 0.2


def test_a_colour_fills_the_picture() -> None:
    backdrop = Backdrop((7, 250, 0), (20, 10), STUDIO)
    assert not backdrop.transparent
    picture = backdrop.next()
    assert picture is not None
    assert picture.shape == (10, 20, 3)
    assert (picture == (7, 250, 0)).all()


def test_nothing_is_behind_a_transparent_picture() -> None:
    backdrop = Backdrop("transparent", (20, 10), STUDIO)
    assert backdrop.transparent
    assert backdrop.next() is None


def test_a_picture_of_the_right_size_is_taken_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (10, 20, 3), dtype=np.uint8)
    shown = Backdrop(picture, (20, 10), STUDIO).next()
    assert shown is not None
    np.testing.assert_array_equal(shown, picture)


def test_another_picture_covers_the_size_and_is_not_stretched() -> None:
    # A white disc on black, cut to a square: it stays round.
    down, across = np.mgrid[0:90, 0:160]
    disc = ((down - 44.5) ** 2 + (across - 79.5) ** 2 < 30**2).astype(np.uint8) * 255
    shown = Backdrop(np.dstack([disc] * 3), (45, 45), STUDIO).next()
    assert shown is not None
    assert shown.shape == (45, 45, 3)
    bright = shown[..., 0] > 127
    assert bright.any(1).sum() == pytest.approx(30, abs=1)
    assert bright.any(0).sum() == pytest.approx(30, abs=1)


def test_a_film_goes_on_picture_by_picture_and_stays_at_its_last() -> None:
    film = [np.full((10, 20, 3), level, np.uint8) for level in (10, 20)]
    backdrop = Backdrop(iter(film), (20, 10), STUDIO)
    levels = [int(np.asarray(backdrop.next())[0, 0, 0]) for _ in range(4)]
    assert levels == [10, 20, 20, 20]


def test_a_film_without_a_picture_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="no picture"):
        Backdrop([], (20, 10), STUDIO).next()


@pytest.mark.parametrize("word", ["beach", "", "#ffffff"])
def test_other_words_are_refused_and_the_known_ones_named(word: str) -> None:
    with pytest.raises(InvalidValueError, match=r"`studio`.*`transparent`"):
        Backdrop(word, (20, 10), STUDIO)


@pytest.mark.parametrize("colour", [(0, 0, 256), (-1, 0, 0), (1, 2), (1, 2, 3, 4), (float("nan"), 0, 0)])
def test_colours_out_of_range_are_refused(colour: Any) -> None:
    with pytest.raises(InvalidValueError, match="colour"):
        Backdrop(colour, (20, 10), STUDIO)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((10, 20), np.uint8),
        np.zeros((10, 20, 4), np.uint8),
        np.zeros((0, 20, 3), np.uint8),
        np.zeros((10, 20, 3), np.float32),
    ],
)
def test_pictures_of_another_kind_are_refused(picture: Any) -> None:
    with pytest.raises(ShapeError, match="uint8"):
        Backdrop(picture, (20, 10), STUDIO)
    with pytest.raises(ShapeError, match="uint8"):
        Backdrop([picture], (20, 10), STUDIO).next()
