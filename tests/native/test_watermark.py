from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, ShapeError
from avatron.native.watermark import PATTERN_UNIT, add_pattern

FLOOR, SLOPE, MOST = 0.6, 0.2, 1.7


def slow_pattern(image: NDArray[np.uint8], pattern: NDArray[np.int16]) -> NDArray[np.float64]:
    """What is added, before it is rounded: the strength of each block, straight lines between their middles."""
    height, width = image.shape[:2]
    values = image.astype(np.int64)
    differences = np.zeros(values.shape)
    differences[:, :-1] += np.minimum(np.abs(np.diff(values, axis=1)), 8)
    differences[:-1] += np.minimum(np.abs(np.diff(values, axis=0)), 8)
    rows, columns = -(-height // 8), -(-width // 8)
    gains = np.empty((rows, columns))
    for row in range(rows):
        for column in range(columns):
            block = differences[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
            gains[row, column] = min(FLOOR + SLOPE * block.mean(), MOST)

    def between(count: int, blocks: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        places = np.arange(count)
        return (
            np.maximum((places - 4) // 8, 0),
            np.minimum((places + 4) // 8, blocks - 1),
            ((places + 4) % 8) / 8,
        )

    upper, lower, down = between(height, rows)
    left, right, across = between(width, columns)
    across = across[None]
    top = gains[upper][:, left] * (1 - across) + gains[upper][:, right] * across
    bottom = gains[lower][:, left] * (1 - across) + gains[lower][:, right] * across
    gain = top * (1 - down[:, None]) + bottom * down[:, None]
    side = len(pattern)
    repeated = pattern[np.arange(height)[:, None] % side, np.arange(width)[None] % side]
    return np.asarray(repeated * PATTERN_UNIT * gain[..., None])


def random_pattern(seed: int, side: int, channels: int) -> NDArray[np.int16]:
    values = np.random.default_rng(seed).normal(size=(side, side, channels)).clip(-3.9, 3.9)
    return np.rint(values / PATTERN_UNIT).astype(np.int16)


@settings(max_examples=40)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 60),
    channels=st.sampled_from((3, 4)),
    side=st.integers(1, 30),
    spread=st.sampled_from((0, 3, 255)),
    seed=st.integers(0, 1000),
)
def test_what_is_added_is_the_slow_formula_rounded(
    height: int, width: int, channels: int, side: int, spread: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    image = (random.integers(0, 256 - spread) + random.integers(0, spread + 1, (height, width, channels))).astype(
        np.uint8
    )
    pattern = random_pattern(seed, side, channels)
    out = add_pattern(image, pattern, floor=FLOOR, slope=SLOPE, most=MOST)
    exact = np.clip(image + slow_pattern(image, pattern), 0, 255)
    # Strengths are cut to 2^-9, their means along lines to the same, and products to 2^-6.
    assert np.abs(out - exact).max() <= 0.5 + 4 * (3 * 2**-9 + 2**-6)


def test_no_pattern_changes_nothing_and_nothing_wraps_around() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    nothing = np.zeros((16, 16, 3), np.int16)
    assert np.array_equal(add_pattern(image, nothing, floor=1, slope=1, most=3), image)
    for value, sign in ((0, -1), (255, 1)):
        flat = np.full((64, 64, 3), value, np.uint8)
        assert np.array_equal(
            add_pattern(flat, np.full((16, 16, 3), sign * 20_000, np.int16), floor=3, slope=0, most=3), flat
        )


def test_marking_a_picture_of_512_takes_less_than_a_millisecond_and_a_half() -> None:
    image = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    pattern = random_pattern(0, 128, 3)
    times = []
    for _ in range(20):
        start = time.process_time()
        add_pattern(image, pattern, floor=FLOOR, slope=SLOPE, most=MOST)
        times.append(time.process_time() - start)
    assert min(times) < 1.5e-3


@pytest.mark.parametrize(
    ("image", "pattern", "how", "error"),
    [
        (np.zeros((8, 8, 3), np.float32), np.zeros((4, 4, 3), np.int16), (1.0, 0.0, 2.0), ShapeError),
        (np.zeros((8, 8), np.uint8), np.zeros((4, 4, 3), np.int16), (1.0, 0.0, 2.0), ShapeError),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((4, 4, 4), np.int16), (1.0, 0.0, 2.0), ShapeError),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((4, 5, 3), np.int16), (1.0, 0.0, 2.0), ShapeError),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((4, 4, 3), np.int16), (1.0, 0.0, 5.0), InvalidValueError),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((4, 4, 3), np.int16), (3.0, 0.0, 2.0), InvalidValueError),
    ],
)
def test_what_does_not_fit_is_refused(
    image: NDArray[np.uint8], pattern: NDArray[np.int16], how: tuple[float, float, float], error: type[Exception]
) -> None:
    with pytest.raises(error):
        add_pattern(image, pattern, floor=how[0], slope=how[1], most=how[2])
