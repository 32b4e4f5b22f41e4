"""Distances to surfaces and alignments, against slow references and by construction."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import ShapeError
from avatron.evaluation.tracking.surface import Similarity, Surface, align, similarity_of_pairs

TURN = axis_angle_to_matrix(np.array([0.2, -0.4, 0.1]))


def sphere(rings: int = 24, sides: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """(vertices [V, 3], triangles [K, 3]) of a sphere of radius 0.1, open at the poles."""
    polar = np.linspace(0.05, np.pi - 0.05, rings)
    around = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    polar, around = np.meshgrid(polar, around, indexing="ij")
    places = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], -1)
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(sides), indexing="ij")
    a, b = ring * sides + side, ring * sides + (side + 1) % sides
    triangles = np.concatenate([np.stack([a, b, a + sides], -1), np.stack([b, b + sides, a + sides], -1)])
    return 0.1 * places.reshape(-1, 3), triangles.reshape(-1, 3)


def nearest_slowly(point: np.ndarray, corners: np.ndarray) -> float:
    """The distance of a point to the nearest of triangles [K, 3, 3], by fine sampling of each."""
    steps = np.linspace(0, 1, 40)
    u, v = (grid.ravel() for grid in np.meshgrid(steps, steps))
    u, v = u[u + v <= 1], v[u + v <= 1]
    share = np.stack([1 - u - v, u, v], 1)
    return float(np.linalg.norm(np.einsum("nk,jkc->jnc", share, corners) - point, axis=2).min())


def test_the_similarity_of_pairs_is_the_one_that_made_them() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3))
    made = Similarity(1.7, TURN, np.array([0.3, -2.0, 0.5]))
    found = similarity_of_pairs(points, made.applied(points))
    assert found.scale == pytest.approx(1.7)
    np.testing.assert_allclose(found.rotation, TURN, atol=1e-12)
    np.testing.assert_allclose(found.inverse().applied(made.applied(points)), points, atol=1e-12)


def test_two_points_do_not_make_a_similarity() -> None:
    with pytest.raises(ShapeError, match="3"):
        similarity_of_pairs(np.zeros((2, 3)), np.zeros((2, 3)))


def test_the_nearest_places_are_those_of_a_search_through_all_triangles() -> None:
    vertices, triangles = sphere()
    generator = np.random.default_rng(1)
    points = generator.normal(size=(30, 3))
    # A sampled distance is too long by less than the tolerance from three millimetres on.
    away = np.where(generator.random((30, 1)) < 0.5, 0.092, 0.104) + generator.uniform(0, 0.004, (30, 1))
    points *= away / np.linalg.norm(points, axis=1, keepdims=True)
    found = Surface(triangles).nearest(points, vertices)
    distance = np.linalg.norm(found.places - points, axis=1)
    slow = [nearest_slowly(point, vertices[triangles]) for point in points]
    np.testing.assert_allclose(distance, slow, atol=3e-5)


def test_a_search_from_old_vertices_finds_what_a_new_one_finds() -> None:
    vertices, triangles = sphere()
    surface = Surface(triangles)
    generator = np.random.default_rng(3)
    points = vertices[generator.choice(len(vertices), 200)] * 1.02
    old = surface.nearest(points, vertices).vertices
    moved = points @ axis_angle_to_matrix(np.array([0.0, 0.05, 0.02])).T
    walked, fresh = surface.nearest(moved, vertices, old), surface.nearest(moved, vertices)
    np.testing.assert_allclose(walked.places, fresh.places, atol=1e-9)


def test_a_face_that_was_moved_turned_and_scaled_is_brought_back_exactly() -> None:
    from avatron.evaluation.tracking.predicted import face_surface
    from avatron.face.shipped import shipped_head

    model = shipped_head()
    surface = face_surface(model)
    mesh = model.person(np.random.default_rng(4).normal(size=20))
    points = mesh[surface.vertices[::3]].astype(np.float64)
    moved = Similarity(1.25, TURN, np.array([0.1, 0.0, 0.9]))
    scan = moved.applied(points)
    turned = axis_angle_to_matrix(np.array([0.03, 0.02, 0.0]))
    middle = points.mean(0)
    start = similarity_of_pairs(scan, 1.02 * (points - middle) @ turned.T + middle + [0.002, 0.0, 0.001])
    found = align(scan, surface, mesh, start, np.ones(len(scan)), steps=20)
    assert found.scale == pytest.approx(1 / 1.25, abs=2e-4)
    distance = np.linalg.norm(surface.nearest(found.applied(scan), mesh).places - found.applied(scan), axis=1)
    assert distance.max() < 2e-5


def test_a_bump_of_two_millimetres_is_measured_where_it_is() -> None:
    vertices, triangles = sphere(40, 80)
    surface = Surface(triangles)
    scan = vertices.copy()
    bump = np.flatnonzero(vertices[:, 2] > 0.09)
    scan[bump] *= 1.02
    found = align(scan, surface, vertices, Similarity(1.0, np.eye(3), np.zeros(3)), np.ones(len(scan)))
    moved = found.applied(scan)
    distance = np.linalg.norm(surface.nearest(moved, vertices).places - moved, axis=1) / found.scale
    # A little of it goes into the alignment, which spreads what is left over the rest.
    assert 1e3 * distance[bump].mean() == pytest.approx(2.0, abs=0.35)
    assert 1e3 * np.median(distance[vertices[:, 2] < 0.05]) < 0.15
