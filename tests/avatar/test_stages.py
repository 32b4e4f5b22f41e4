"""The stages of `tools/build_avatar.py` keep their promises on shapes that need no data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

TOOLS = Path(__file__).resolve().parents[2] / "tools"

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def tools_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))


def ball(radius_m: float, centre_m: tuple[float, float, float], steps: int = 48) -> tuple[Floats, NDArray[np.int64]]:
    """Vertices and triangles of a ball."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, steps), np.linspace(0, 2 * np.pi, 2 * steps), indexing="ij")
    rays = np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], -1)
    index = np.arange(polar.size).reshape(polar.shape)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return np.array(centre_m) + radius_m * rays.reshape(-1, 3), triangles


def skull() -> Any:
    """A round skull about the size of a head."""
    from avatar.radial_shape import measure_shape

    vertices, triangles = ball(0.105, (0, 0.032, 0.014))
    return measure_shape(vertices, triangles, np.array([0, 0.032, 0.014]))


def test_the_shape_of_a_ball_is_its_radius() -> None:
    directions = np.random.default_rng(1).standard_normal((200, 3))
    assert np.abs(skull().radius(directions) - 0.105).max() < 0.0008


def test_a_texel_shows_the_point_that_its_centre_lies_in() -> None:
    from avatar.atlas import rasterise_atlas

    corners = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float64)
    atlas = rasterise_atlas(corners, 16)
    assert atlas.inside().all()
    uv = np.einsum("nk,nkc->nc", atlas.barycentric, corners[atlas.triangle])
    np.testing.assert_allclose(uv[:, 0], (atlas.columns + 0.5) / 16, atol=1e-12)
    np.testing.assert_allclose(uv[:, 1], 1 - (atlas.rows + 0.5) / 16, atol=1e-12)


def test_triangles_that_are_not_drawn_leave_no_texel() -> None:
    from avatar.atlas import rasterise_atlas

    corners = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float64)
    atlas = rasterise_atlas(corners, 16, np.array([False, True]))
    assert set(atlas.triangle) == {1}


def test_noise_in_space_depends_on_the_place_alone_and_has_unit_spread() -> None:
    from avatar.skin_noise import space_noise

    points = np.random.default_rng(2).uniform(-0.1, 0.1, (20000, 3))
    noise = space_noise(points, (0.002, 0.006), seed=3)
    assert noise.std() == pytest.approx(1, abs=0.1)
    order = np.random.default_rng(3).permutation(len(points))
    np.testing.assert_allclose(space_noise(points[order], (0.002, 0.006), seed=3), noise[order], atol=1e-4)


def test_places_on_a_mesh_are_found_again() -> None:
    from avatar.nearest_skin import find_surface_points, vertex_normals

    vertices, triangles = ball(0.1, (0, 0, 0))
    # Away from the poles, where the ball's triangles are needles.
    triangles = triangles[np.abs(vertices[triangles][:, :, 1]).max(1) < 0.08]
    generator = np.random.default_rng(4)
    chosen = generator.integers(0, len(triangles), 300)
    weight = generator.dirichlet((1, 1, 1), 300)
    points = np.einsum("nk,nkc->nc", weight, vertices[triangles[chosen]])
    found = find_surface_points(vertices, triangles, points, vertex_normals(vertices, triangles)[triangles[chosen, 0]])
    again = np.einsum("nk,nkc->nc", found.barycentric, vertices[triangles[found.triangle]])
    assert np.linalg.norm(again - points, axis=1).max() < 1e-6


def test_an_attached_mesh_is_back_where_it_was_built() -> None:
    from avatar.attach import attach_mesh

    generator = np.random.default_rng(5)
    mean = generator.uniform(-0.1, 0.1, (400, 3))
    person = mean + generator.normal(0, 0.003, mean.shape)
    built = generator.uniform(-0.1, 0.1, (50, 3))
    mesh = attach_mesh(
        built,
        np.array([[0, 1, 2]]),
        np.zeros((50, 2)),
        np.ones(50),
        anchors=np.arange(0, 400, 2),
        person_m=person,
        mean_m=mean,
    )
    shift = np.einsum("na,nad->nd", mesh.anchor_weight, (person - mean)[mesh.anchor_index])
    np.testing.assert_allclose(mesh.vertices + shift, built, atol=1e-7)
    assert (mesh.anchor_index % 2 == 0).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_pores_go_on_at_their_borders(axis: int) -> None:
    from avatar.pore_tile import draw_pore_tile

    tile = draw_pore_tile(1, size=96, pores=90)
    inside = np.abs(np.diff(tile, axis=axis)).mean()
    border = np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis)).mean()
    assert border < 1.6 * inside


def test_the_iris_is_darkest_in_the_pupil_and_dark_at_its_rim() -> None:
    from avatar.eyes import IrisRecipe, draw_iris

    iris = draw_iris(IrisRecipe(), size=128).mean(2)
    rows, columns = np.mgrid[0:128, 0:128]
    radius = np.hypot(rows - 63.5, columns - 63.5) / 64
    pupil, ring, rim = (
        iris[radius < 0.25],
        iris[(radius > 0.45) & (radius < 0.75)],
        iris[(radius > 0.96) & (radius < 1)],
    )
    assert pupil.mean() < 0.5 * ring.mean() and rim.mean() < 0.8 * ring.mean()


def test_a_stroke_moves_both_sides_of_the_face_alike_and_never_the_eyeballs() -> None:
    from avatar.head_target import load_head_target
    from avatar.sculpt import RIGID_PARTS, Stroke, displace

    target = load_head_target()
    moved = displace(target, [Stroke((31, 36, 90), (1, 2, -1), 12)])
    assert np.abs(moved[target.vertices_of(*RIGID_PARTS)]).max() == 0
    skin = target.vertices_of("skin")
    assert 0.0010 < np.linalg.norm(moved[skin], axis=1).max() < 0.0026
    left = skin[target.mean_m[skin, 0] > 0.02]
    mirror = target.mean_m[left] * np.array([-1, 1, 1])
    gap = np.linalg.norm(target.mean_m[skin][None, :] - mirror[::40, None], axis=2)
    twin = skin[gap.argmin(1)]
    paired = gap.min(1) < 1e-4
    difference = moved[twin] * np.array([-1, 1, 1]) - moved[left[::40]]
    assert paired.sum() > 20 and np.abs(difference[paired]).max() < 2e-5


def test_eyes_grow_about_the_middle_of_their_balls_and_the_mouth_stays() -> None:
    from avatar.head_target import load_head_target
    from avatar.sculpt import enlarge_eyes

    target = load_head_target()
    grown = target.mean_m + enlarge_eyes(target, 0.05)
    for name in ("eye_left", "eye_right"):
        ball = target.vertices_of(name)
        before, after = target.mean_m[ball], grown[ball]
        np.testing.assert_allclose(np.ptp(after, axis=0), 1.05 * np.ptp(before, axis=0), rtol=1e-9)
        middle = [(points.min(0) + points.max(0))[:2] / 2 for points in (before, after)]
        np.testing.assert_allclose(middle[0], middle[1], atol=1e-9)
    mouth = target.mean_m[:, 1] < -0.01
    assert np.abs(grown - target.mean_m)[mouth].max() < 1e-4


def test_a_stroke_ends_where_it_is_told_to_and_above_the_clothes() -> None:
    from avatar.head_target import load_head_target
    from avatar.sculpt import Stroke, displace

    target = load_head_target()
    moved = displace(target, [Stroke((0, -33, 115), (0, 1, 0), 20, mirrored=False, above=-33)])
    assert np.abs(moved[target.mean_m[:, 1] < -0.036]).max() < 1e-9
    everywhere = displace(target, [Stroke((0, -100, 60), (0, 0, 5), 60)])
    assert np.abs(everywhere[target.mean_m[:, 1] < -0.121]).max() == 0
