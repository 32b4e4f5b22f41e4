"""The loss of splat training: parity with SSIM as it is written down, in value and gradient."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import correlate1d

from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool
from avatron.native.splat_loss import compare, to_bytes
from reference.splats import slope

WINDOW = np.exp(-np.square(np.arange(-5, 6)) / 4.5) / np.exp(-np.square(np.arange(-5, 6)) / 4.5).sum()


def blurred(picture: np.ndarray) -> np.ndarray:
    return correlate1d(correlate1d(picture, WINDOW, axis=0, mode="constant"), WINDOW, axis=1, mode="constant")


def written_down(image: np.ndarray, target: np.ndarray, weight: np.ndarray | None, share: float) -> float:
    means = blurred(image), blurred(target)
    variances = blurred(image**2) - means[0] ** 2, blurred(target**2) - means[1] ** 2
    covariance = blurred(image * target) - means[0] * means[1]
    similarity = (2 * means[0] * means[1] + 1e-4) * (2 * covariance + 9e-4)
    similarity /= (means[0] ** 2 + means[1] ** 2 + 1e-4) * (variances[0] + variances[1] + 9e-4)
    counts = np.ones(image.shape[:2]) if weight is None else weight
    terms = (1 - share) * np.abs(image - target) + share * (1 - similarity)
    return float(np.sum(terms * counts[..., None]) / (counts.sum() * image.shape[2]))


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
@pytest.mark.parametrize(("height", "width", "channels"), [(9, 13, 3), (70, 35, 1), (4, 270, 3)])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_value_and_gradient_equal_the_formula(isa: str, height: int, width: int, channels: int, share: float) -> None:
    generator = np.random.default_rng(height)
    image = generator.uniform(-0.1, 1.1, (height, width, channels)).astype(np.float32)
    target = generator.integers(0, 256, image.shape, np.uint8)
    weight = generator.uniform(0, 2, (height, width)).astype(np.float32)
    wide = image.astype(np.float64), target / 255.0, weight.astype(np.float64)
    with cpu.use_instruction_set(isa):
        found = compare(image, target, weight=weight, ssim_share=share)
    assert found.value == pytest.approx(written_down(*wide, share), abs=2e-6)
    places = generator.choice(image.size, 40, replace=False)

    def at(values: np.ndarray) -> float:
        moved = wide[0].copy()
        moved.reshape(-1)[places] = values
        return written_down(moved, wide[1], wide[2], share)

    expected = slope(at, wide[0].reshape(-1)[places], 1e-6)
    np.testing.assert_allclose(
        found.gradient.reshape(-1)[places], expected, atol=1e-4 * np.abs(expected).max(), rtol=1e-3
    )


def test_bytes_and_floats_of_one_picture_give_the_same() -> None:
    generator = np.random.default_rng(0)
    image, target = generator.uniform(size=(80, 300, 3)), generator.integers(0, 256, (80, 300, 3), np.uint8)
    first, second = compare(image, target), compare(image, target / 255.0)
    assert first.value == pytest.approx(second.value, rel=1e-6)
    np.testing.assert_allclose(first.gradient, second.gradient, atol=1e-9)
    assert first.value == pytest.approx(written_down(image, target / 255.0, None, 0.2), abs=2e-6)


def test_equal_pictures_differ_by_nothing() -> None:
    image = np.random.default_rng(0).uniform(size=(40, 50, 3)).astype(np.float32)
    found = compare(image, image)
    assert (found.l1, found.ssim) == (0.0, pytest.approx(1.0, abs=1e-5))
    assert np.abs(found.gradient).max() < 1e-8


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_every_bit_is_the_same_for_any_number_of_threads(isa: str) -> None:
    generator = np.random.default_rng(0)
    image, target = generator.uniform(size=(2, 150, 530, 3)).astype(np.float32)
    results = []
    for threads in (1, 2, 5):
        with cpu.use_instruction_set(isa), pool.use_threads(threads):
            results.append(compare(image, target))
    assert all(one.value == results[0].value for one in results)
    assert all(np.array_equal(one.gradient, results[0].gradient) for one in results)


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_bytes_are_rounded_and_clamped(isa: str) -> None:
    image = np.random.default_rng(0).uniform(-0.3, 1.3, (33, 21, 3)).astype(np.float32)
    image[0, 0] = np.nan, np.inf, -np.inf
    expected = np.floor(np.clip(np.nan_to_num(image, nan=0.0), 0, 1) * np.float32(255) + np.float32(0.5))
    with cpu.use_instruction_set(isa):
        assert np.array_equal(to_bytes(image), expected.astype(np.uint8))


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0, 0), (19, 36, 2), (11, 20, 1)])
def test_one_damaged_number_is_found_even_where_nothing_counts(
    isa: str, value: float, place: tuple[int, int, int]
) -> None:
    picture = np.full((20, 37, 3), 0.5, np.float32)
    damaged = picture.copy()
    damaged[place] = value
    weight = np.ones((20, 37), np.float32)
    weight[place[:2]] = 0
    with cpu.use_instruction_set(isa):
        with pytest.raises(ShapeError, match="`image` holds NaN or infinity"):
            compare(damaged, picture, weight=weight)
        with pytest.raises(ShapeError, match="`target` holds NaN or infinity"):
            compare(picture, damaged)


def test_what_does_not_fit_is_refused() -> None:
    image = np.zeros((8, 9, 3), np.float32)
    with pytest.raises(ShapeError, match="`target`"):
        compare(image, np.zeros((9, 8, 3)))
    with pytest.raises(ShapeError, match="`image` holds NaN"):
        compare(image + np.nan, image)
    with pytest.raises(InvalidValueError, match=r"share of 1\.5"):
        compare(image, image, ssim_share=1.5)
    with pytest.raises(InvalidValueError, match="weights must be at least 0"):
        compare(image, image, weight=np.zeros((8, 9)))
    with pytest.raises(ShapeError, match="`into`"):
        to_bytes(image, into=np.zeros((8, 9), np.uint8))
