"""`avatron.native.photometric`: gradients against finite differences, at outlines too; pictures to textures."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.photometric import (
    Outlines,
    SurfaceLook,
    VertexShapes,
    compare,
    crop,
    gather,
    normal_equations,
)
from avatron.native.raster import rasterize

SIZE = 96
CAMERA = Camera(SIZE, SIZE, 200.0, (SIZE / 2, SIZE / 2), np.eye(3), np.zeros(3))
SQUARED = Outlines(robust_scale=1e3)


def dome(rows: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(vertices in camera space, triangles, uv) of a bowl that bulges towards the camera, 40 px wide."""
    grid = np.linspace(-1, 1, rows)
    u, v = np.meshgrid(grid, grid)
    # A square that is bent into a disc, so that the outline is smooth.
    x, y = u * np.sqrt(1 - v**2 / 2), v * np.sqrt(1 - u**2 / 2)
    radius = np.minimum(np.hypot(x, y), 1)
    vertices = np.stack([0.12 * x, 0.12 * y, 1 - 0.05 * np.cos(radius * np.pi / 2)], -1).reshape(-1, 3)
    uv = np.stack([(u + 1) / 2, (1 - v) / 2], -1).reshape(-1, 2)
    corner = np.arange(rows * rows).reshape(rows, rows)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    return vertices.astype(np.float32), triangles.astype(np.int32), uv.astype(np.float32)


def smooth_texture(size: int = 64, contrast: float = 0.2) -> np.ndarray:
    place = (np.arange(size) + 0.5) / size * 2 * np.pi
    waves = [np.sin(place)[None, :], np.sin(2 * place)[:, None], np.cos(place)[None, :] * np.cos(place)[:, None]]
    return np.stack([0.5 + contrast * wave * np.ones((size, size)) for wave in waves], -1).astype(np.float32)


def seen_by(vertices: np.ndarray, texture: np.ndarray, look: SurfaceLook, seen: np.ndarray, **more):
    picture = rasterize(vertices, look.triangles, CAMERA)
    return compare(
        picture, look, CAMERA.project(vertices), vertices[:, 2], np.ones_like(vertices), texture, seen,
        outlines=SQUARED, **more,
    )  # fmt: skip


def moved_on_screen(vertices: np.ndarray, shift_px: np.ndarray) -> np.ndarray:
    moved = vertices.copy()
    moved[:, :2] += shift_px * vertices[:, 2:] / CAMERA.focal_px
    return moved


@pytest.fixture
def scene():
    vertices, triangles, uv = dome()
    return vertices, SurfaceLook.of(triangles, uv, np.ones(len(uv), np.float32))


def fields(vertices: np.ndarray) -> dict[str, np.ndarray]:
    """Smooth motions on the screen, pixels."""
    x, y = (CAMERA.project(vertices) - SIZE / 2).T / 24
    return {
        "right": np.stack([np.ones_like(x), 0 * x], -1),
        "down": np.stack([0 * x, np.ones_like(x)], -1),
        "wider": np.stack([x, y], -1),
        "turned": np.stack([-y, x], -1),
        "bent": np.stack([x * y, np.sin(2 * x)], -1),
    }


@pytest.mark.parametrize("motion", ["right", "down", "wider", "turned", "bent"])
def test_gradient_is_that_of_finite_differences_inside_the_outline(scene, motion):
    vertices, look = scene
    texture = smooth_texture()
    # Like colours beyond the outline: only the surface's own colour counts.
    seen = np.full((SIZE, SIZE, 3), 0.45, np.float32)
    inside = np.hypot(*(np.indices((SIZE, SIZE)) + 0.5 - SIZE / 2)) < 18
    shift = fields(vertices)[motion]
    step = 0.02
    result = seen_by(vertices, texture, look, seen, trust=inside.astype(np.float32))
    high, low = (
        seen_by(moved_on_screen(vertices, sign * step * shift), texture, look, seen, trust=inside.astype(np.float32))
        for sign in (1, -1)
    )
    measured = (high.loss - low.loss) / (2 * step)
    predicted = float((result.gradient * shift).sum())
    scale = float(np.abs(result.gradient * shift).sum())
    assert abs(measured - predicted) < 0.02 * scale


@pytest.fixture
def two_surfaces():
    """(vertices, look, texture): the dome in one colour before a wall in another."""
    vertices, triangles, uv = dome()
    wall = np.array([[-1, -1, 1.3], [1, -1, 1.3], [-1, 1, 1.3], [1, 1, 1.3]], np.float32)
    faces = np.concatenate([triangles, len(vertices) + np.array([[0, 2, 1], [1, 2, 3]])])
    uv = np.concatenate([np.full_like(uv, 0.25), np.full((4, 2), 0.75, np.float32)])
    texture = np.full((8, 8, 3), (0.8, 0.5, 0.4), np.float32)
    texture[:4, 4:] = (0.1, 0.2, 0.3)
    return np.concatenate([vertices, wall]), SurfaceLook.of(faces, uv, np.ones(len(uv), np.float32)), texture


@pytest.mark.parametrize("motion", ["right", "down", "wider", "turned", "bent"])
def test_gradient_is_that_of_finite_differences_at_the_outline(two_surfaces, motion):
    vertices, look, texture = two_surfaces
    dome_only = (np.arange(len(vertices)) < len(vertices) - 4)[:, None]
    nothing = np.zeros((SIZE, SIZE, 3), np.float32)
    there = moved_on_screen(vertices, dome_only * (np.array([[0.4, -0.3]]) + 0.3 * fields(vertices)["bent"]))
    seen = seen_by(there, texture, look, nothing).model
    shift = dome_only * fields(vertices)[motion]
    # Which pixels an outline mixes changes from step to step, so the gradient is summed along a way, not at a point.
    places = np.linspace(-0.5, 0.5, 41)
    results = [seen_by(moved_on_screen(vertices, place * shift), texture, look, seen) for place in places]
    slopes = np.array([float((result.gradient * shift).sum()) for result in results])
    climbed = np.concatenate([[0], np.cumsum((slopes[1:] + slopes[:-1]) / 2) * (places[1] - places[0])])
    losses = np.array([result.loss for result in results])
    # At the few places where the outline meets a pixel's centre, the centre may belong to either side.
    assert np.quantile(np.abs(climbed - (losses - losses[0])), 0.9) < 0.01 * max(np.ptp(losses), 1)


def test_an_outline_is_found_to_a_twentieth_of_a_pixel(scene):
    vertices, look = scene
    texture = np.full((8, 8, 3), (0.8, 0.5, 0.4), np.float32)
    beyond = np.full((SIZE, SIZE, 3), (0.1, 0.2, 0.3), np.float32)
    wider = fields(vertices)["wider"]
    moves = np.stack([fields(vertices)["right"], fields(vertices)["down"], wider])
    truth = np.array([0.63, -0.41, 0.55])
    seen = seen_by(moved_on_screen(vertices, np.tensordot(truth, moves, 1)), texture, look, beyond).model
    found = np.zeros(3)
    for _ in range(12):
        place = moved_on_screen(vertices, np.tensordot(found, moves, 1))
        result = seen_by(place, texture, look, seen)
        right = np.einsum("mvi,vi->m", moves, result.gradient)
        h = result.matrix
        curved = np.stack([h[:, 0] * moves[..., 0] + h[:, 1] * moves[..., 1],
                           h[:, 1] * moves[..., 0] + h[:, 2] * moves[..., 1]], -1)  # fmt: skip
        found -= np.linalg.solve(np.einsum("mvi,nvi->mn", moves, curved), right)
    assert np.abs(found - truth).max() < 0.05


def test_a_step_with_the_shared_out_matrices_never_overshoots(scene):
    vertices, look = scene
    texture = smooth_texture()
    seen = np.full((SIZE, SIZE, 3), 0.45, np.float32)
    result = seen_by(vertices, texture, look, seen)
    # The quadratic form of the pixels themselves, by finite differences of the model picture.
    for shift in fields(vertices).values():
        high, low = (seen_by(moved_on_screen(vertices, s * 0.05 * shift), texture, look, seen).model for s in (1, -1))
        inside = np.hypot(*(np.indices((SIZE, SIZE)) + 0.5 - SIZE / 2)) < 18
        pixels = float((((high - low) / 0.1)[inside] ** 2).sum())
        h = result.matrix
        vertices_say = float(
            (h[:, 0] * shift[:, 0] ** 2 + 2 * h[:, 1] * shift.prod(1) + h[:, 2] * shift[:, 1] ** 2).sum()
        )
        assert vertices_say > 0.93 * pixels


def test_edges_join_at_the_seams_of_a_texture():
    # Two triangles, one shared edge whose ends are there twice.
    triangles = np.array([[0, 1, 2], [4, 3, 5]])
    uv = np.zeros((6, 2), np.float32)
    weld = np.array([0, 1, 2, 1, 2, 5])
    edges = SurfaceLook.of(triangles, uv, np.ones(6, np.float32), weld).edges
    assert len(edges) == 5
    assert (edges[:, 3] >= 0).sum() == 1
    assert len(SurfaceLook.of(triangles, uv, np.ones(6, np.float32)).edges) == 6


def test_a_texture_is_gathered_as_it_was_drawn(scene):
    vertices, look = scene
    texture = smooth_texture()
    seen = seen_by(vertices, texture, look, np.zeros((SIZE, SIZE, 3), np.float32)).model
    picture = rasterize(vertices, look.triangles, CAMERA)
    normals = np.tile(np.float32([0, 0, -1]), (len(vertices), 1))
    rows = np.arange(len(look.triangles))
    shares = np.full((len(rows), 3), 1 / 3, np.float32)
    colour, weight = gather(picture, look, CAMERA.project(vertices), vertices, normals, (rows, shares), seen)
    uv = look.uv[look.triangles].mean(1)
    expected = np.stack([0.5 + 0.2 * np.sin(uv[:, 0] * 2 * np.pi), 0.5 + 0.2 * np.sin((1 - uv[:, 1]) * 4 * np.pi)], 1)
    visible = weight > 0
    assert visible.mean() > 0.6
    # The square's corners are squeezed into the disc's rim, finer than pixels.
    visible &= (np.abs(uv - 0.5) < 0.3).all(1)
    assert np.abs(colour[visible, :2] - expected[visible]).max() < 0.03


def test_normal_equations_are_those_of_a_dense_jacobian():
    random = np.random.default_rng(0)
    count, kinds = 40, 5
    places = np.concatenate([random.normal(0, 0.1, (count, 2)), random.uniform(0.5, 0.7, (count, 1))], 1)
    places = places.astype(np.float32)
    dense = random.normal(0, 0.01, (kinds, count, 3)) * (random.random((kinds, count, 1)) < 0.5)
    starts = np.concatenate([[0], np.cumsum((dense != 0).any(2).sum(1))])
    indices = np.concatenate([np.flatnonzero((shape != 0).any(1)) for shape in dense])
    deltas = np.concatenate([shape[(shape != 0).any(1)] for shape in dense])
    chosen = [3, 0, 4]
    shapes = VertexShapes.of((starts, indices, deltas), chosen, count)
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    pivot, focal = np.array([0.01, 0.02, 0.6]), 300.0
    root = random.normal(size=(count, 2, 2))
    full = root @ root.transpose(0, 2, 1)
    gradient = random.normal(size=(count, 2)).astype(np.float32)
    matrix = np.stack([full[:, 0, 0], full[:, 0, 1], full[:, 1, 1]], 1).astype(np.float32)
    normal, right = normal_equations(places, turn, pivot, focal, shapes, gradient, matrix)

    def project(step):
        cross = np.cross(np.broadcast_to(step[:3], places.shape), places - pivot)
        moved = places + cross + step[3:6] + np.tensordot(step[6:], dense[chosen] @ turn.T, 1)
        return moved[:, :2] / moved[:, 2:] * focal

    jacobian = np.stack([(project(1e-6 * unit) - project(-1e-6 * unit)) / 2e-6 for unit in np.eye(9)], -1)
    np.testing.assert_allclose(right, np.einsum("vip,vi->p", jacobian, gradient), rtol=2e-4, atol=2e-2)
    np.testing.assert_allclose(
        normal, np.einsum("vip,vij,vjq->pq", jacobian, full, jacobian), rtol=1e-3, atol=np.abs(normal).max() * 1e-6
    )


def test_a_crop_keeps_the_mean_and_the_place():
    random = np.random.default_rng(1)
    image = random.integers(0, 256, (60, 80, 3), np.uint8)
    np.testing.assert_allclose(crop(image, 7, 11, 1.0, 20, 10), image[11:21, 7:27] / 255, atol=1e-6)
    halves = crop(image, 8, 12, 2.0, 10, 10)
    np.testing.assert_allclose(halves, image[12:32, 8:28].reshape(10, 2, 10, 2, 3).mean((1, 3)) / 255, atol=1e-6)
    ramp = np.broadcast_to(np.arange(80, dtype=np.uint8)[None, :, None], (60, 80, 3))
    shown = crop(np.ascontiguousarray(ramp), 10.25, 5.5, 0.5, 30, 30)[0, :, 0] * 255
    np.testing.assert_allclose(shown, 10.25 + (np.arange(30) + 0.5) / 2 - 0.5, atol=1e-3)


def test_a_crop_beyond_the_picture_goes_on_with_its_border():
    image = np.zeros((4, 4, 3), np.uint8)
    image[:, 0] = 255
    assert np.allclose(crop(image, -10, -10, 1.0, 5, 5), 1)


def test_what_does_not_fit_is_refused(scene):
    vertices, look = scene
    picture = rasterize(vertices, look.triangles, CAMERA)
    with pytest.raises(ShapeError, match="seen"):
        compare(picture, look, CAMERA.project(vertices), vertices[:, 2], np.ones_like(vertices), smooth_texture(),
                np.zeros((3, 3, 3), np.float32))  # fmt: skip
    with pytest.raises(InvalidValueError, match="window"):
        crop(np.zeros((4, 4, 3), np.uint8), 0, 0, 0.0, 4, 4)
    with pytest.raises(InvalidValueError, match="edge"):
        SurfaceLook(look.triangles, np.full((1, 6), 10**6, np.int32), look.uv, look.weight)
