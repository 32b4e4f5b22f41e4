"""Moving a mesh: parity with the slow reference, and what has to hold whatever the mesh."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import mesh, pool
from reference import mesh as reference


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def test_blended_vertices_equal_the_reference(generator: np.random.Generator) -> None:
    neutral = generator.normal(size=(3000, 3)).astype(np.float32)
    deltas = generator.normal(size=(20, 3000, 3)).astype(np.float32)
    deltas[generator.random((20, 3000)) < 0.7] = 0.0
    weights = np.where(generator.random(20) < 0.5, 0.0, generator.random(20)).astype(np.float32)
    shapes = mesh.Blendshapes.from_dense(neutral, deltas)
    np.testing.assert_allclose(shapes.vertices(weights), reference.blend(neutral, deltas, weights), atol=1e-5)
    moved = neutral + 1.0
    np.testing.assert_allclose(
        shapes.vertices(weights, neutral=moved), reference.blend(moved, deltas, weights), atol=1e-5
    )


def test_half_precision_deltas_are_blended_as_they_are_stored(generator: np.random.Generator) -> None:
    neutral = np.zeros((10, 3), np.float32)
    deltas = generator.normal(size=(4, 3)).astype(np.float16)
    shapes = mesh.Blendshapes(neutral, [0, 4], [1, 3, 5, 9], deltas)
    np.testing.assert_array_equal(shapes.vertices([1.0])[[1, 3, 5, 9]], deltas.astype(np.float32))


def test_no_weight_gives_back_the_neutral_exactly(generator: np.random.Generator) -> None:
    neutral = generator.normal(size=(50, 3)).astype(np.float32)
    shapes = mesh.Blendshapes.from_dense(neutral, generator.normal(size=(3, 50, 3)).astype(np.float32))
    np.testing.assert_array_equal(shapes.vertices(np.zeros(3)), neutral)


def test_results_do_not_depend_on_the_number_of_threads(generator: np.random.Generator) -> None:
    vertices = generator.normal(size=(9000, 3)).astype(np.float32)
    triangles = generator.integers(0, 9000, (18000, 3)).astype(np.int32)
    shapes = mesh.Blendshapes.from_dense(vertices, generator.normal(size=(5, 9000, 3)).astype(np.float32))
    normals = mesh.VertexNormals(triangles, 9000)
    results = []
    for threads in (1, 2, 3):
        with pool.use_threads(threads):
            moved = shapes.vertices(np.linspace(0.1, 1.0, 5))
            results.append((moved, normals.of(moved)))
    for moved, normal in results[1:]:
        np.testing.assert_array_equal(moved, results[0][0])
        np.testing.assert_array_equal(normal, results[0][1])


def test_normals_equal_the_reference_with_degenerate_triangles_and_lone_vertices(
    generator: np.random.Generator,
) -> None:
    vertices = generator.normal(size=(400, 3)).astype(np.float32)
    triangles = generator.integers(0, 390, (700, 3)).astype(np.int32)
    triangles[:50, 1] = triangles[:50, 0]
    got = mesh.VertexNormals(triangles, 400).of(vertices)
    np.testing.assert_allclose(got, reference.normals(vertices, triangles), atol=2e-5)
    np.testing.assert_array_equal(got[390:], np.tile([0.0, 0.0, 1.0], (10, 1)))


def test_skinning_equals_the_reference(generator: np.random.Generator) -> None:
    vertices = generator.normal(size=(500, 3)).astype(np.float32)
    weights = generator.dirichlet(np.ones(5), size=500).astype(np.float32)
    rotations = axis_angle_to_matrix(generator.normal(size=(5, 3))).astype(np.float32)
    translations = generator.normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_allclose(
        mesh.skin(vertices, weights, rotations, translations),
        reference.skin(vertices, weights, rotations, translations),
        atol=1e-5,
    )


def test_joints_that_move_alike_move_the_mesh_rigidly(generator: np.random.Generator) -> None:
    vertices = generator.normal(size=(100, 3)).astype(np.float32)
    weights = generator.dirichlet(np.ones(3), size=100).astype(np.float32)
    rotation = axis_angle_to_matrix(np.array([0.3, -0.2, 0.9]))
    moved = mesh.skin(vertices, weights, np.tile(rotation, (3, 1, 1)), np.tile([0.1, 0.2, 0.3], (3, 1)))
    np.testing.assert_allclose(moved, vertices @ rotation.T + [0.1, 0.2, 0.3], atol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    neutral = np.zeros((4, 3), np.float32)
    with pytest.raises(ShapeError, match="weights"):
        mesh.Blendshapes(neutral, [0], np.zeros(0, int), np.zeros((0, 3))).vertices([1.0])
    with pytest.raises(InvalidValueError, match="0 to 3"):
        mesh.Blendshapes(neutral, [0, 1], [4], np.zeros((1, 3)))
    with pytest.raises(InvalidValueError, match="ascend"):
        mesh.Blendshapes(neutral, [0, 2], [2, 1], np.zeros((2, 3)))
    with pytest.raises(ShapeError, match="starts"):
        mesh.Blendshapes(neutral, [0, 1], [0, 1], np.zeros((2, 3)))
    with pytest.raises(InvalidValueError, match="there are 4"):
        mesh.VertexNormals([[0, 1, 4]], 4)
    with pytest.raises(ShapeError, match="triangles"):
        mesh.VertexNormals([[0.0, 1.0, 2.0]], 4)
    with pytest.raises(ShapeError, match="vertices"):
        mesh.VertexNormals([[0, 1, 2]], 4).of(np.zeros((5, 3)))
    with pytest.raises(ShapeError, match="NaN"):
        mesh.skin(np.full((1, 3), np.nan), [[1.0]], np.eye(3)[None], np.zeros((1, 3)))


def test_vertices_that_share_a_place_share_a_normal(generator: np.random.Generator) -> None:
    # Two triangles with a seam along their common edge: vertices 3 and 4 stand where 1 and 2 do.
    place = generator.normal(size=(3, 3))
    vertices = np.concatenate([place, place[1:], generator.normal(size=(1, 3))]).astype(np.float32)
    split = np.array([[0, 1, 2], [4, 3, 5]], np.int32)
    whole = np.array([[0, 1, 2], [2, 1, 5]], np.int32)
    weld = np.array([0, 1, 2, 1, 2, 5], np.int32)
    expected = mesh.VertexNormals(whole, 6).of(vertices)[weld]
    np.testing.assert_array_equal(mesh.VertexNormals(split, 6, weld).of(vertices), expected)
    with pytest.raises(InvalidValueError, match="weld"):
        mesh.VertexNormals(split, 6, np.full(6, 6))
