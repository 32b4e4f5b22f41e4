"""The distance of pictures is the published formula, blind to what eyes are blind to, and sees what they see."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import ShapeError
from avatron.evaluation.look.perceptual import ciede2000, lab_of, picture_distance, seen

# Sharma, Wu and Dalal 2005, table 1: pairs that walk through every branch of the formula.
PAIRS = (
    ((50.0000, 2.6772, -79.7751), (50.0000, 0.0000, -82.7485), 2.0425),
    ((50.0000, 3.1571, -77.2803), (50.0000, 0.0000, -82.7485), 2.8615),
    ((50.0000, -1.3802, -84.2814), (50.0000, 0.0000, -82.7485), 1.0000),
    ((50.0000, 0.0000, 0.0000), (50.0000, -1.0000, 2.0000), 2.3669),
    ((50.0000, 2.4900, -0.0010), (50.0000, -2.4900, 0.0009), 7.1792),
    ((50.0000, 2.4900, -0.0010), (50.0000, -2.4900, 0.0011), 7.2195),
    ((50.0000, -0.0010, 2.4900), (50.0000, 0.0011, -2.4900), 4.7461),
    ((50.0000, 2.5000, 0.0000), (73.0000, 25.0000, -18.0000), 27.1492),
    ((50.0000, 2.5000, 0.0000), (58.0000, 24.0000, 15.0000), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.9257, -0.5406, -0.9208), (88.6381, -0.8985, -0.7239), 1.5381),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)


@pytest.mark.parametrize(("one", "other", "published"), PAIRS)
def test_the_colour_difference_is_the_published_one(
    one: tuple[float, ...], other: tuple[float, ...], published: float
) -> None:
    first, second = np.array(one), np.array(other)
    assert ciede2000(first, second) == pytest.approx(published, abs=1e-4)
    assert ciede2000(second, first) == pytest.approx(published, abs=1e-4)


def test_white_and_black_have_their_lightness() -> None:
    flat = np.full((8, 8, 3), 255, np.uint8)
    assert lab_of(seen(flat, 32))[4, 4] == pytest.approx([100, 0, 0], abs=0.02)
    assert lab_of(seen(flat * 0, 32))[4, 4] == pytest.approx([0, 0, 0], abs=1e-6)


def picture() -> np.ndarray:
    rows, columns = np.mgrid[0:96, 0:96]
    disc = np.hypot(rows - 48, columns - 48) < 30
    return np.where(disc[..., None], [206, 164, 140], [70, 78, 90]).astype(np.uint8)


def test_a_picture_is_no_distance_from_itself_and_as_far_from_another_as_that_from_it() -> None:
    face, other = picture(), np.roll(picture(), 4, axis=1)
    assert picture_distance(face, face).largest == 0
    assert picture_distance(face, other) == picture_distance(other, face)


def test_noise_of_one_level_is_not_seen_and_a_face_that_moves_is() -> None:
    face = picture()
    noisy = face + np.random.default_rng(0).integers(0, 2, face.shape, np.uint8)
    assert picture_distance(face, noisy).mean < 0.4
    assert picture_distance(face, np.roll(face, 1, axis=1)).largest > 5


def test_fine_stripes_differ_less_from_their_mean_than_broad_ones() -> None:
    columns = np.arange(96)
    fine, broad = (
        np.repeat(np.where(columns // width % 2, 140, 116)[None, :, None], 96, 0).repeat(3, 2).astype(np.uint8)
        for width in (1, 12)
    )
    flat = np.full_like(fine, 128)
    assert picture_distance(fine, flat).mean < 0.4 * picture_distance(broad, flat).mean


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(ShapeError, match="one size"):
        picture_distance(picture(), picture()[:50])
