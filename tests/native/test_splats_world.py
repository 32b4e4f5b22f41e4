"""Gaussians in the world: parity with the slow renderer in values and gradients, and what holds for every scene."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool, splats
from reference import splats as reference

VIEW = splats.SplatView.of(Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), 37, 29, 90.0))
"""A size that no tile or block divides."""
NAMES = ("means", "quaternions", "scales", "opacities", "colours")
EXACT = splats.SplatOptions()


def scene(seed: int, count: int = 14, channels: int = 3) -> reference.WorldGaussians:
    """Gaussians about the origin, float64 that float32 holds exactly."""
    generator = np.random.default_rng(seed)
    means = np.concatenate([generator.uniform(-0.12, 0.12, (count, 2)), generator.uniform(-0.2, 0.2, (count, 1))], 1)
    arrays = (
        means,
        generator.normal(size=(count, 4)),
        np.exp(generator.normal(size=(count, 3)) * 0.5 - 3.6),
        generator.uniform(0.1, 1.0, count),
        generator.uniform(-0.2, 1.2, (count, channels)),
    )
    return reference.WorldGaussians(*(array.astype(np.float32).astype(np.float64) for array in arrays))


def single(gaussians: reference.WorldGaussians) -> splats.Splats:
    return splats.Splats(*(getattr(gaussians, name).astype(np.float32) for name in NAMES))


def background_of(kind: str, channels: int) -> np.ndarray | None:
    generator = np.random.default_rng(7)
    if kind == "none":
        return None
    return generator.uniform(size=(channels,) if kind == "colour" else (VIEW.height, VIEW.width, channels))


@pytest.mark.parametrize("compensated", [True, False])
@pytest.mark.parametrize(
    ("channels", "background"), [(3, "none"), (3, "colour"), (1, "picture"), (4, "picture"), (8, "none")]
)
def test_values_and_gradients_equal_the_slow_renderer(compensated: bool, channels: int, background: str) -> None:
    gaussians, options = scene(channels, channels=channels), splats.SplatOptions(compensated=compensated)
    behind = background_of(background, channels)
    generator = np.random.default_rng(3)
    wish, alpha_wish = generator.normal(size=(29, 37, channels)), generator.normal(size=(29, 37))
    image, alpha = reference.draw(gaussians, VIEW, options, behind)
    expected = {}
    for name in NAMES:

        def loss(values: np.ndarray, name: str = name) -> float:
            image, alpha = reference.draw(replace(gaussians, **{name: values}), VIEW, options, behind)
            return float(np.sum(image * wish) + np.sum(alpha * alpha_wish))

        expected[name] = reference.slope(loss, getattr(gaussians, name), 1e-7 if name == "scales" else 1e-6)
    for isa in cpu.available_instruction_sets():
        with cpu.use_instruction_set(isa):
            drawn = splats.draw(single(gaussians), VIEW, background=behind, options=options)
            gradients = drawn.backward(wish, alpha_wish)
        np.testing.assert_allclose(drawn.image, image, atol=1e-5)
        np.testing.assert_allclose(drawn.alpha, alpha, atol=1e-5)
        for name, values in expected.items():
            largest = np.abs(values).max()
            np.testing.assert_allclose(getattr(gradients, name), values, atol=2e-5 * largest, err_msg=f"{name}, {isa}")


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_a_crowd_of_gaussians_equals_the_slow_renderer_until_the_light_is_gone(isa: str) -> None:
    gaussians = scene(11, count=700)
    view = splats.SplatView.of(Camera.looking_at(np.zeros(3), np.array([0.0, 0.0, 1.0]), 70, 50, 150.0))
    image, alpha = reference.draw(gaussians, view, EXACT)
    assert (alpha > 0.999).mean() > 0.1
    with cpu.use_instruction_set(isa):
        drawn = splats.draw(single(gaussians), view)
    # Whether the last Gaussian of a pixel still counts is a matter of rounding, and of 1e-4 of its colour.
    np.testing.assert_allclose(drawn.image, image, atol=3e-4)
    assert np.mean(np.abs(drawn.image - image) > 2e-5) < 0.01


def test_instruction_sets_agree_in_values_and_gradients() -> None:
    gaussians, wish = single(scene(5, count=300)), np.random.default_rng(2).normal(size=(29, 37, 3))
    results = []
    for isa in cpu.available_instruction_sets():
        with cpu.use_instruction_set(isa):
            drawn = splats.draw(gaussians, VIEW)
            results.append((drawn.image.copy(), drawn.backward(wish)))
    for image, gradients in results[1:]:
        np.testing.assert_allclose(image, results[0][0], atol=2e-4)
        for name in NAMES:
            first, other = getattr(results[0][1], name), getattr(gradients, name)
            assert np.abs(first - other).max() < 2e-3 * np.abs(first).max(), name


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_every_bit_is_the_same_for_any_number_of_threads(isa: str) -> None:
    gaussians = single(scene(6, count=9000))
    view = splats.SplatView.of(Camera.looking_at(np.zeros(3), np.array([0.0, 0.1, 1.0]), 190, 170, 400.0))
    wish = np.random.default_rng(2).normal(size=(170, 190, 3)).astype(np.float32)
    results = []
    for threads in (1, 2, 5):
        with cpu.use_instruction_set(isa), pool.use_threads(threads):
            drawn = splats.draw(gaussians, view, background=(0.2, 0.5, 0.9))
            gradients = drawn.backward(wish)
            results.append([drawn.image, drawn.alpha, *(getattr(gradients, one.name) for one in fields(gradients))])
    for other in results[1:]:
        assert all(np.array_equal(first, second) for first, second in zip(results[0], other, strict=True))


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_no_gaussians_show_the_background(isa: str) -> None:
    empty = splats.Splats(*(np.zeros(shape, np.float32) for shape in ((0, 3), (0, 4), (0, 3), (0,), (0, 3))))
    behind = np.random.default_rng(0).uniform(size=(29, 37, 3)).astype(np.float32)
    with cpu.use_instruction_set(isa):
        drawn = splats.draw(empty, VIEW, background=behind)
        assert np.array_equal(drawn.image, behind)
        assert not drawn.alpha.any()
        assert drawn.backward(behind).means.shape == (0, 3)


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_gaussians_that_nobody_sees_get_no_gradient_at_all(isa: str) -> None:
    means = np.array([[0, 0, 2.0], [0, 0, 0.995], [5, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, -0.4]], np.float32)
    scales = np.full((6, 3), 0.02, np.float32)
    scales[4] = 1e-20
    opacities = np.array([1, 1, 1, 0.003, 0.5, 0.9], np.float32)
    gaussians = splats.Splats(means, np.ones((6, 4), np.float32), scales, opacities, np.ones((6, 3), np.float32))
    with cpu.use_instruction_set(isa):
        drawn = splats.draw(gaussians, Camera.looking_at(np.zeros(3), np.array([0, 0, 1.0]), 37, 29, 90.0))
        gradients = drawn.backward(np.ones((29, 37, 3)))
    # Behind the camera, before the near plane, outside, too faint, too small; only the last one is there.
    assert gradients.seen.tolist() == [False] * 5 + [True]
    for name in (*NAMES, "screen"):
        assert not getattr(gradients, name)[:5].any()
    assert gradients.colours[5].all()


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_huge_and_degenerate_gaussians_leave_numbers_finite(isa: str) -> None:
    generator = np.random.default_rng(1)
    count = 60
    scales = np.exp(generator.uniform(-40, 12, (count, 3))).astype(np.float32)
    scales[:5] = 0.0
    means = generator.normal(size=(count, 3)) * generator.choice([0.01, 1.0, 1e4], (count, 1))
    quaternions = generator.normal(size=(count, 4)).astype(np.float32)
    quaternions[5:8] = 0.0
    gaussians = splats.Splats(
        means.astype(np.float32), quaternions, scales, np.full(count, 0.7, np.float32), np.ones((count, 3), np.float32)
    )
    for options in (splats.SplatOptions(), splats.SplatOptions(compensated=False, blur_px2=0.0)):
        with cpu.use_instruction_set(isa):
            drawn = splats.draw(gaussians, VIEW, options=options)
            gradients = drawn.backward(np.ones((29, 37, 3)))
        assert np.isfinite(drawn.image).all()
        for name in NAMES:
            assert np.isfinite(getattr(gradients, name)).all(), name


def test_a_gaussian_over_the_whole_picture_is_blended_everywhere() -> None:
    whole = splats.Splats(
        *(np.array(value, np.float32) for value in ([[0, 0, 0]], [[1, 0, 0, 0]], [[99, 99, 99]], [0.5], [[1, 0.5, 0]]))
    )
    drawn = splats.draw(whole, VIEW, background=(0.0, 0.0, 1.0))
    np.testing.assert_allclose(drawn.image, np.broadcast_to([0.5, 0.25, 0.5], drawn.image.shape), atol=1e-4)


def test_of_two_gaussians_at_one_depth_the_first_is_nearer() -> None:
    pair = splats.Splats(
        np.zeros((2, 3), np.float32),
        np.tile(np.array([1, 0, 0, 0], np.float32), (2, 1)),
        np.full((2, 3), 0.5, np.float32),
        np.full(2, 0.999, np.float32),
        np.eye(3, dtype=np.float32)[:2],
    )
    assert splats.draw(pair, VIEW).image[14, 18, 0] > 0.99


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_what_is_no_number_is_refused(isa: str, name: str, value: float) -> None:
    gaussians = single(scene(0, count=40))
    getattr(gaussians, name).reshape(-1)[[3, -1]] = value
    with cpu.use_instruction_set(isa), pytest.raises(ShapeError, match=r"[12] of 40 Gaussians hold NaN or infinity"):
        splats.draw(gaussians, VIEW)


def test_what_does_not_fit_is_refused() -> None:
    gaussians = single(scene(0))
    with pytest.raises(ShapeError, match=r"`scales` has shape \[14, 2\]"):
        replace(gaussians, scales=np.zeros((14, 2), np.float32))
    with pytest.raises(ShapeError, match=r"`means` has shape .* and type complex128"):
        replace(gaussians, means=np.zeros((14, 3), complex))
    with pytest.raises(InvalidValueError, match="colours of 9 values; expected 1 to 8"):
        replace(gaussians, colours=np.zeros((14, 9), np.float32))
    with pytest.raises(ShapeError, match="`background`"):
        splats.draw(gaussians, VIEW, background=np.zeros((37, 29, 3)))
    with pytest.raises(ShapeError, match="`image_gradient`"):
        splats.draw(gaussians, VIEW).backward(np.zeros((37, 29, 3)))
    with pytest.raises(InvalidValueError, match=r"near plane 0\.0 m"):
        splats.SplatOptions(near_m=0.0)
    with pytest.raises(InvalidValueError, match="9000x29 px"):
        replace(VIEW, width=9000)


def test_gradients_of_a_picture_that_was_drawn_over_are_refused() -> None:
    memory = splats.SplatMemory()
    gaussians = single(scene(0))
    first = splats.draw(gaussians, VIEW, memory=memory)
    second = splats.draw(gaussians, VIEW, memory=memory)
    assert second.image is first.image
    second.backward(np.ones((29, 37, 3)))
    with pytest.raises(InvalidValueError, match="another picture was drawn into this memory"):
        first.backward(np.ones((29, 37, 3)))
