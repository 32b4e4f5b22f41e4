"""Light that is baked once for a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.native import pool
from avatron.native.shade import (
    bake_light,
)


def _sphere(radius: float, rings: int = 16) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """(vertices, triangles with a fourth number) of a ball about the origin."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1)[:-1])
    vertices = radius * np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], -1)
    number = np.arange(polar.size).reshape(polar.shape)
    after = np.roll(number, -1, 0)
    quads = np.stack([number[:, :-1], number[:, 1:], after[:, 1:], after[:, :-1]], -1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]])
    marked = np.column_stack([triangles, np.zeros(len(triangles))]).astype(np.int32)
    return vertices.reshape(-1, 3).astype(np.float32), marked


def _around(count: int = 256) -> NDArray[np.float32]:
    step = np.arange(count) + 0.5
    height = 1 - 2 * step / count
    radius, angle = np.sqrt(1 - height**2), step * 2.399963
    return np.stack([radius * np.cos(angle), height, radius * np.sin(angle)], 1).astype(np.float32)


def test_a_lone_ball_under_an_even_sky_is_lit_evenly_and_not_occluded() -> None:
    vertices, triangles = _sphere(0.1)
    directions = _around()
    baked = bake_light(
        vertices,
        vertices / 0.1,
        np.full(len(vertices), 0.01, np.float32),
        triangles,
        directions,
        np.full((len(directions), 3), 0.7, np.float32),
        np.ones(len(directions), np.float32),
    )
    # Where the ball just turns away its own edge may hide what comes flat over it.
    assert np.abs(baked.irradiance / 0.7 - 1).max() < 0.08
    assert baked.occlusion.min() > 0.97


def test_what_lies_inside_a_closed_ball_gets_no_light() -> None:
    vertices, triangles = _sphere(0.1)
    inside = np.concatenate([vertices, np.zeros((1, 3), np.float32)])
    normals = np.concatenate([vertices / 0.1, np.array([[0, 0, 1]], np.float32)]).astype(np.float32)
    directions = _around()
    radiance = np.ones((len(directions), 3), np.float32)
    biases = np.full(len(inside), 0.01, np.float32)
    baked = bake_light(inside, normals, biases, triangles, directions, radiance, np.ones(len(directions), np.float32))
    assert baked.irradiance[-1].max() == 0
    assert baked.occlusion[-1] == 0
    assert baked.rim[-1] == 0


def test_baked_light_does_not_depend_on_the_number_of_threads() -> None:
    vertices, triangles = _sphere(0.1, 24)
    directions = _around(64)
    radiance = np.random.default_rng(0).random((64, 3), np.float32)
    baked = []
    for threads in (1, 3):
        with pool.use_threads(threads):
            biases = np.full(len(vertices), 0.005, np.float32)
            weight = np.ones(64, np.float32)
            baked.append(bake_light(vertices, vertices / 0.1, biases, triangles, directions, radiance, weight))
    np.testing.assert_array_equal(baked[0].irradiance, baked[1].irradiance)
    np.testing.assert_array_equal(baked[0].occlusion, baked[1].occlusion)
