"""What is measured once on a mesh."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.native.mesh import VertexNormals
from avatron.render.geometry import texture_gradients, vertex_curvature

Floats = NDArray[np.float32]


def _grid(steps: int = 20) -> tuple[Floats, NDArray[np.int32]]:
    """(parameters [N, 2] in 0 .. 1, triangles counter-clockwise in them)."""
    across, up = np.meshgrid(np.linspace(0, 1, steps), np.linspace(0, 1, steps))
    cell = (np.arange(steps - 1)[:, None] * steps + np.arange(steps - 1)).ravel()
    first = np.stack([cell, cell + 1, cell + steps], 1)
    second = np.stack([cell + 1, cell + steps + 1, cell + steps], 1)
    return np.stack([across, up], -1).reshape(-1, 2).astype(np.float32), np.concatenate([first, second]).astype(
        np.int32
    )


@pytest.mark.parametrize("radius_m", [0.012, 0.03, 0.09])
def test_a_ball_has_the_curvature_of_its_radius(radius_m: float) -> None:
    parameters, triangles = _grid(24)
    around, up = (parameters * [1.2, 1.0] - [0.6, 0.5]).T
    normals = np.stack([np.sin(around) * np.cos(up), np.sin(up), np.cos(around) * np.cos(up)], 1)
    found = vertex_curvature((radius_m * normals).astype(np.float32), normals.astype(np.float32), triangles)
    np.testing.assert_allclose(found, 1 / radius_m, rtol=0.02)


def test_curvature_stays_within_what_the_scattering_table_covers(head: HeadModel) -> None:
    skin = head.weld[head.triangles_of("skin", "bust")]
    normals = VertexNormals(head.triangles, len(head.neutral), head.weld).of(head.neutral)
    curvature = vertex_curvature(head.neutral, normals, skin)
    assert 5 <= curvature.min() <= curvature.max() <= 150
    used = np.unique(skin)
    nose, forehead = (curvature[used][head.regions[name][used] > 0.9].mean() for name in ("nose", "forehead"))
    assert nose > 1.5 * forehead


def test_the_gradients_of_a_flat_chart_are_exact() -> None:
    parameters, triangles = _grid()
    vertices = np.column_stack([0.2 * parameters[:, 0], 0.1 * parameters[:, 1], np.zeros(len(parameters))])
    normals = np.tile([0.0, 0.0, 1.0], (len(vertices), 1))
    gradient, ratio = texture_gradients(vertices, normals, parameters, triangles)
    np.testing.assert_allclose(gradient, np.tile([5.0, 0, 0], (len(vertices), 1)), atol=1e-3)
    np.testing.assert_allclose(ratio, 2.0, rtol=1e-4)


def test_a_mirrored_chart_has_a_negative_ratio() -> None:
    parameters, triangles = _grid()
    vertices = np.column_stack([0.1 * parameters, np.zeros(len(parameters))])
    normals = np.tile([0.0, 0.0, 1.0], (len(vertices), 1))
    _, ratio = texture_gradients(vertices, normals, parameters, triangles)
    _, mirrored = texture_gradients(vertices, normals, parameters * np.array([1, -1], np.float32), triangles)
    np.testing.assert_allclose(ratio, 1, rtol=1e-3)
    np.testing.assert_allclose(mirrored, -1, rtol=1e-3)


def test_gradients_lie_in_the_surface(head: HeadModel) -> None:
    normals = VertexNormals(head.triangles, len(head.neutral), head.weld).of(head.neutral)
    gradient, _ = texture_gradients(head.neutral, normals, head.uv, head.triangles)
    forehead = head.regions["forehead"] > 0.9
    length = np.linalg.norm(gradient[forehead], axis=1)
    assert (length > 0.1).all()
    assert np.abs((gradient * normals).sum(1)[forehead] / length).max() < 0.3


def test_triangles_without_area_give_no_gradient_and_no_nonsense() -> None:
    vertices = np.zeros((3, 3))
    uv = np.array([[0.0, 0], [1, 0], [0, 1]])
    gradient, ratio = texture_gradients(vertices, np.tile([0, 0, 1.0], (3, 1)), uv, np.array([[0, 1, 2]], np.int32))
    assert np.isfinite(gradient).all()
    assert np.isfinite(ratio).all()
