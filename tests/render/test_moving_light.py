"""Light on lips and lids that was baked at rest, mended for what jaw and lids uncover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.face.head import HeadModel
from avatron.native.mesh import VertexNormals
from avatron.native.shade import bake_light
from avatron.render.geometry import sphere_directions
from avatron.render.light import LIGHTS
from avatron.render.moving_light import MovingLight, half_gap_m

Array = NDArray[np.float32]
REST = np.zeros(len(EXPRESSION_NAMES), np.float32)


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def with_weights(**weights: float) -> Array:
    row = REST.copy()
    for name, weight in weights.items():
        row[EXPRESSION_INDEX[name]] = weight
    return row


def shape_of(head: HeadModel, expression: Array) -> Array:
    motion = replace(FaceMotion.at_rest(1), expression=expression[None])
    return next(head.posed().frames(motion))


def full_bake(head: HeadModel, vertices: Array) -> Array:
    """[V, 4] irradiance and occlusion of the whole head, hidden by skin and lining."""
    normals = VertexNormals(head.triangles, len(vertices), head.weld).of(vertices)
    skin = head.triangles_of("skin", "mouth")
    directions = sphere_directions(96)
    baked = bake_light(
        vertices,
        normals,
        np.full(len(vertices), 0.0015, np.float32),
        np.column_stack([skin, np.zeros(len(skin))]).astype(np.int32),
        directions,
        LIGHTS["studio"].radiance(directions),
        np.ones(len(directions), np.float32),
        map_size=512,
    )
    return np.column_stack([baked.irradiance, baked.occlusion])


@pytest.fixture(scope="module")
def at_rest(head: HeadModel) -> Array:
    return full_bake(head, shape_of(head, REST))


@pytest.fixture(scope="module")
def moving(head: HeadModel, at_rest: Array) -> MovingLight:
    return MovingLight.baked(head, head.posed(), REST, LIGHTS["studio"], at_rest)


def test_at_rest_light_is_what_was_baked(moving: MovingLight, at_rest: Array) -> None:
    np.testing.assert_allclose(moving.of(moving.rest_opening_m, REST), at_rest[moving.vertices], atol=1e-6)


@pytest.mark.parametrize("weights", [{"jawOpen": 0.5}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}])
def test_moved_lips_and_lids_are_lit_nearly_as_by_a_bake_of_their_own(
    head: HeadModel, moving: MovingLight, at_rest: Array, weights: dict[str, float]
) -> None:
    expression = with_weights(**weights)
    shape = shape_of(head, expression)
    fresh = full_bake(head, shape)[moving.vertices]
    mended = moving.of(half_gap_m(head, shape), expression)
    before = at_rest[moving.vertices]
    changed = np.abs(fresh - before)[:, 3] > 0.15
    assert changed.sum() > 60
    assert np.abs(fresh - mended)[changed].mean() < 0.5 * np.abs(fresh - before)[changed].mean()


def test_one_closed_lid_leaves_the_other_alone(head: HeadModel, moving: MovingLight) -> None:
    winking = moving.of(moving.rest_opening_m, with_weights(eyeBlinkLeft=1.0))
    changed = np.abs(winking - moving.base).max(1) > 0
    assert changed.sum() > 50
    assert (head.neutral[moving.vertices[changed], 0] > 0).all()
