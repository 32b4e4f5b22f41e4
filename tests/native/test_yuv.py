from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from avatron.errors import ShapeError
from avatron.native.cpu import available_instruction_sets, use_instruction_set
from avatron.native.pool import use_threads
from avatron.native.yuv import fill_planes

Bytes = NDArray[np.uint8]


def planes_of(image: Bytes, spare: int = 0) -> tuple[Bytes, Bytes, Bytes]:
    """The planes of `image`, each row `spare` bytes too long; what is spare holds 77."""
    height, width = image.shape[:2]
    halves = ((height + 1) // 2, (width + 1) // 2 + spare)
    luma = np.full((height, width + spare), 77, np.uint8)
    blue, red = np.full(halves, 77, np.uint8), np.full(halves, 77, np.uint8)
    fill_planes(image, luma, blue, red)
    return luma, blue, red


def slow_planes(image: Bytes) -> tuple[NDArray[np.float64], ...]:
    """ITU-R BT.709-6, items 3 and 4, before they are rounded."""
    height, width = image.shape[:2]
    colour = np.pad(image / 255, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    shares = np.array([0.2126, 0.7152, 0.0722])
    luma = colour[:height, :width] @ shares
    mean = colour.reshape(colour.shape[0] // 2, 2, colour.shape[1] // 2, 2, 3).mean((1, 3))
    blue, red = ((mean[..., axis] - mean @ shares) / (2 * (1 - shares[axis])) for axis in (2, 0))
    return 16 + 219 * luma, 128 + 224 * blue, 128 + 224 * red


@settings(max_examples=30, deadline=None)
@given(
    width=st.integers(1, 200),
    height=st.integers(1, 9),
    name=st.sampled_from(available_instruction_sets()),
    seed=st.integers(0, 2**31),
)
def test_planes_are_the_rounded_formula_for_any_size_on_every_set(
    width: int, height: int, name: str, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    with use_instruction_set(name):
        planes = planes_of(image)
    for plane, exact in zip(planes, slow_planes(image), strict=True):
        # Coefficients are whole multiples of 2^-20.
        assert np.abs(plane - exact).max() < 0.5005


def test_sets_and_threads_give_the_same_bytes() -> None:
    image = np.random.default_rng(1).integers(0, 256, (1081, 333, 3), dtype=np.uint8)
    expected = planes_of(image)
    for name in available_instruction_sets():
        for count in (1, 3):
            with use_instruction_set(name), use_threads(count):
                for plane, other in zip(planes_of(image), expected, strict=True):
                    np.testing.assert_array_equal(plane, other)


@pytest.mark.parametrize("grey", range(0, 256, 5))
def test_grey_has_no_colour(grey: int) -> None:
    _, blue, red = planes_of(np.full((4, 70, 3), grey, np.uint8))
    assert (blue == 128).all() and (red == 128).all()


def test_black_is_16_and_white_235() -> None:
    picture = np.zeros((2, 4, 3), np.uint8)
    picture[:, 2:] = 255
    np.testing.assert_array_equal(planes_of(picture)[0], [[16, 16, 235, 235]] * 2)


def test_what_lies_behind_the_rows_is_left_alone() -> None:
    for plane in planes_of(np.zeros((6, 66, 3), np.uint8), spare=7):
        assert (plane[:, -7:] == 77).all()
        assert not (plane[:, :-7] == 77).any()


def test_planes_that_do_not_fit_are_refused() -> None:
    image, small = np.zeros((4, 4, 3), np.uint8), np.zeros((2, 1), np.uint8)
    luma, half = np.zeros((4, 4), np.uint8), np.zeros((2, 2), np.uint8)
    with pytest.raises(ShapeError, match="`red`"):
        fill_planes(image, luma, half, small)
    with pytest.raises(ShapeError, match="`luma`"):
        fill_planes(image, luma[:2], half, half.copy())
    with pytest.raises(ShapeError, match="contiguous"):
        fill_planes(image, np.zeros((4, 8), np.uint8)[:, ::2], half, half.copy())
