"""Light rigs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.errors import UnknownNameError
from avatron.native.shade import pack_frame
from avatron.render.light import LIGHTS, light_named, unit


def _directions(count: int = 2000) -> NDArray[np.float32]:
    directions = np.random.default_rng(2).normal(size=(count, 3))
    return np.asarray((directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32))


@pytest.mark.parametrize("name", LIGHTS)
def test_no_light_is_negative_and_each_box_is_brightest_in_its_middle(name: str) -> None:
    light = LIGHTS[name]
    assert light.radiance(_directions()).min() > 0
    for box in light.softboxes:
        alone = replace(light, softboxes=(box,), floor=(0, 0, 0), ceiling=(0, 0, 0))
        middle = alone.radiance(unit(box.direction).astype(np.float32)[None])[0]
        np.testing.assert_allclose(middle, box.colour, rtol=1e-5)
        assert (alone.radiance(_directions()) <= middle + 1e-6).all()


@pytest.mark.parametrize("name", LIGHTS)
def test_a_mirrored_rig_sheds_the_mirrored_light_and_mirrors_back(name: str) -> None:
    light = LIGHTS[name]
    directions = _directions()
    np.testing.assert_allclose(
        light.mirrored().radiance(directions * np.array([-1, 1, 1], np.float32)), light.radiance(directions), rtol=1e-5
    )
    assert light.mirrored().key[0] == -light.key[0]
    assert light.mirrored().mirrored() == light


def test_the_gradient_runs_from_the_floor_to_the_ceiling() -> None:
    bare = replace(LIGHTS["studio"], softboxes=())
    below, level, above = bare.radiance(np.array([[0, -1, 0], [1, 0, 0], [0, 1, 0]], np.float32))
    np.testing.assert_allclose(below, bare.floor, rtol=1e-6)
    np.testing.assert_allclose(above, bare.ceiling, rtol=1e-6)
    np.testing.assert_allclose(level, (np.array(bare.floor) + bare.ceiling) / 2, rtol=1e-6)


@pytest.mark.parametrize("name", LIGHTS)
def test_directions_may_have_any_length(name: str) -> None:
    light = LIGHTS[name]

    def longer(direction: tuple[float, float, float]) -> tuple[float, float, float]:
        return (3 * direction[0], 3 * direction[1], 3 * direction[2])

    boxes = tuple(replace(box, direction=longer(box.direction)) for box in light.softboxes)
    scaled = replace(light, key=longer(light.key), rim=longer(light.rim), softboxes=boxes)
    for field, value in light.frame_values().items():
        np.testing.assert_allclose(np.asarray(scaled.frame_values()[field]), np.asarray(value), atol=1e-6)


@pytest.mark.parametrize("name", LIGHTS)
def test_the_window_in_the_cornea_stands_square_to_the_key(name: str) -> None:
    values = LIGHTS[name].frame_values()
    axes = np.stack([np.asarray(values[field]) for field in ("key", "window_right", "window_up")])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-6)


def test_soft_light_is_brighter_and_has_less_contrast_than_the_studio() -> None:
    contrast, fill = {}, {}
    for name in ("studio", "soft"):
        around = LIGHTS[name].radiance(_directions()).mean()
        contrast[name] = np.mean(LIGHTS[name].key_colour) / around
        fill[name] = around
    assert contrast["soft"] < 0.8 * contrast["studio"]
    assert fill["soft"] > fill["studio"]


def test_a_rig_alone_is_not_a_frame() -> None:
    with pytest.raises(ValueError, match="missing"):
        pack_frame(LIGHTS["studio"].frame_values())


def test_an_unknown_light_lists_the_known() -> None:
    with pytest.raises(UnknownNameError, match="candle") as caught:
        light_named("candle")
    assert all(name in str(caught.value) for name in LIGHTS)
