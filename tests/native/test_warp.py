from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, ShapeError
from avatron.native.cpu import available_instruction_sets, use_instruction_set
from avatron.native.pool import use_threads
from avatron.native.warp import sample_affine

Floats = NDArray[np.float32]


def sampled(image: NDArray[np.uint8], affine: object, width: int, height: int, **options: object) -> Floats:
    out = np.full((height, width, 3), np.nan, np.float32)
    sample_affine(image, affine, out, gain=1.0, **options)  # type: ignore[arg-type]
    return out


def ramp(width: int, height: int) -> NDArray[np.uint8]:
    """A picture whose three channels grow by one a pixel along x, along y and along both."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y, x + y], axis=-1).astype(np.uint8)


def test_the_identity_copies_the_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    assert np.array_equal(sampled(image, [[1, 0, 0], [0, 1, 0]], 9, 7), image.astype(np.float32))


@given(
    scale=st.floats(0.2, 6.0),
    angle=st.floats(-3.1, 3.1),
    shift=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
def test_a_ramp_is_read_where_the_affine_says_at_any_scale_and_angle(
    scale: float, angle: float, shift: tuple[float, float]
) -> None:
    width = 8
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    start = np.array([60.0, 60.0]) + shift - linear @ [width / 2, width / 2]
    affine = np.concatenate([linear, start[:, None]], axis=1)
    found = sampled(ramp(120, 120), affine, width, width)
    middles = np.stack([*np.meshgrid(np.arange(width) + 0.5, np.arange(width) + 0.5)], axis=-1)
    places = middles @ linear.T + start
    assert np.allclose(found[..., 0], places[..., 0] - 0.5, atol=2e-3)
    assert np.allclose(found[..., 1], places[..., 1] - 0.5, atol=2e-3)


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_shrunken_picture_holds_the_mean_of_what_each_pixel_covers(factor: int) -> None:
    image = np.random.default_rng(1).integers(0, 256, (4 * factor, 6 * factor, 3), dtype=np.uint8)
    expected = image.reshape(4, factor, 6, factor, 3).mean((1, 3))
    assert np.allclose(sampled(image, [[factor, 0, 0], [0, factor, 0]], 6, 4), expected, atol=3e-3)


def test_fine_stripes_turn_grey_and_not_into_coarse_ones() -> None:
    stripes = np.zeros((300, 300, 3), np.uint8)
    stripes[:, ::2] = 255
    found = sampled(stripes, [[2.7, 0, 10], [0, 2.7, 10]], 90, 90)
    assert np.abs(found - 127.5).max() < 40
    assert found.std() < 20


def test_beyond_the_border_is_the_border_or_black() -> None:
    image = np.full((5, 5, 3), 200, np.uint8)
    affine = [[1, 0, -20], [0, 1, -20]]
    assert (sampled(image, affine, 50, 50) == 200).all()
    dark = sampled(image, affine, 50, 50, black_outside=True)
    assert (dark[20:25, 20:25] == 200).all() and dark.sum() == 200 * 75
    # Wholly outside there is still something to say.
    far = [[1, 0, 900], [0, 1, 900]]
    assert (sampled(image, far, 4, 4) == 200).all()
    assert (sampled(image, far, 4, 4, black_outside=True) == 0).all()


@pytest.mark.parametrize("scale", [0.7, 1.6, 2.1, 3.9])
def test_threads_give_the_same_values_and_instruction_sets_nearly(scale: float) -> None:
    image = np.random.default_rng(2).integers(0, 256, (500, 700, 3), dtype=np.uint8)
    affine = [[scale, -0.4, 30], [0.4, scale, -20]]
    with use_threads(1):
        alone = sampled(image, affine, 200, 200)
    with use_threads(3):
        assert np.array_equal(sampled(image, affine, 200, 200), alone)
    for name in available_instruction_sets():
        with use_instruction_set(name):
            assert np.abs(sampled(image, affine, 200, 200) - alone).max() < 0.02


def test_what_cannot_be_sampled_is_refused() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    out = np.zeros((4, 4, 3), np.float32)
    level = [[1, 0, 0], [0, 1, 0]]
    for wrong in (np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(ShapeError):
            sample_affine(wrong, level, out)
    for target in (np.zeros((4, 4, 3), np.float64), np.zeros((4, 4, 6), np.float32)[..., ::2]):
        with pytest.raises(ShapeError):
            sample_affine(image, level, target)  # type: ignore[arg-type]
    for affine in ([[1, 0, 0], [1, 0, 0]], [[1, 0, 1e9], [0, 1, 0]]):
        with pytest.raises(InvalidValueError):
            sample_affine(image, affine, out)
    with pytest.raises(ShapeError):
        sample_affine(image, [[1, 0, np.nan], [0, 1, 0]], out)
