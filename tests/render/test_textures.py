"""Maps made ready for the kernels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.render.textures import colour_texels, data_texels, halved, halvings_for, texel_density


def _channels(texels: NDArray[np.int32]) -> NDArray[np.uint8]:
    return texels.view(np.uint8).reshape(*texels.shape, 4)


def test_data_channels_are_packed_as_they_are_red_lowest() -> None:
    maps = np.random.default_rng(0).integers(0, 256, (4, 3, 5), dtype=np.uint8)
    np.testing.assert_array_equal(_channels(data_texels(*maps)), np.moveaxis(maps, 0, 2))
    assert (_channels(data_texels(*maps[:2]))[..., 2:] == 0).all()


def test_colours_come_back_from_their_square_roots() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)
    texels = _channels(colour_texels(ramp))
    linear = (texels[0, :, 0] / 255.0) ** 2
    encoded = np.arange(256) / 255
    expected = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    np.testing.assert_allclose(linear, expected, atol=1 / 255)
    assert (texels[..., 3] == 255).all()


def test_a_tint_multiplies_linear_light_and_alpha_is_left_alone() -> None:
    grey = np.full((2, 2, 3), 200, np.uint8)
    alpha = np.array([[0, 50], [100, 255]], np.uint8)
    plain, tinted = _channels(colour_texels(grey)), _channels(colour_texels(grey, (1.0, 0.25, 4.0), alpha))
    assert tinted[0, 0, 0] == plain[0, 0, 0]
    assert tinted[0, 0, 1] == pytest.approx(plain[0, 0, 1] / 2, abs=1)
    assert tinted[0, 0, 2] == 255
    np.testing.assert_array_equal(tinted[..., 3], alpha)


def test_halving_averages_squares_and_keeps_the_mean() -> None:
    image = np.random.default_rng(1).integers(0, 256, (64, 32, 3), dtype=np.uint8)
    expected = image.reshape(32, 2, 16, 2, 3).astype(float).mean((1, 3))
    assert np.abs(halved(image, 1) - expected).max() <= 0.5
    assert halved(image, 2).shape == (16, 8, 3)
    assert halved(image, 0) is image
    assert np.full((8, 8), 255, np.uint8).max() == halved(np.full((8, 8), 255, np.uint8), 1).min()


@pytest.mark.parametrize("shape", [(4, 4), (5, 9), (7, 100), (2, 2), (64, 64)])
def test_halving_never_makes_a_map_too_small_to_sample(shape: tuple[int, int]) -> None:
    assert min(halved(np.zeros(shape, np.uint8), 20).shape) >= min(4, *shape)


def test_the_density_is_that_of_a_texture_laid_flat_on_the_picture() -> None:
    # 100 px show half of the texture's width: 1 / 200 of it a pixel.
    places = np.array([[0.0, 0], [0, 100], [100, 0]])
    uv = np.array([[0.0, 1], [0, 0.5], [0.5, 1]])
    triangle = np.array([[0, 1, 2]], np.int32)
    assert texel_density(places, uv, triangle) == pytest.approx(1 / 200)
    assert texel_density(places * 2, uv, triangle) == pytest.approx(1 / 400)


def test_only_what_faces_the_camera_counts_unless_both_sides_are_drawn() -> None:
    places = np.array([[0.0, 0], [0, 100], [100, 0]])
    uv = np.array([[0.0, 1], [0, 0.5], [0.5, 1]])
    away = np.array([[0, 2, 1]], np.int32)
    assert texel_density(places, uv, away) == 0
    assert texel_density(places, uv, away, two_sided=True) == pytest.approx(1 / 200)
    assert texel_density(places, uv, np.zeros((0, 3), np.int32)) == 0


@pytest.mark.parametrize("density", [0.0, 0.3, 1.0, 1.8, 3.3, 10.0, 200.0])
def test_after_halving_a_pixel_shows_less_than_two_texels_and_never_needlessly_few(density: float) -> None:
    times = halvings_for(density)
    assert density / 2**times <= 1.7
    assert times == 0 or density / 2**times > 0.85
