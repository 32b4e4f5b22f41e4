"""The rasteriser: parity with ray casting, and what has to hold for every mesh."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool, raster
from reference import raster as reference

FORWARD = Camera(72, 61, 70.0, (36.3, 29.9), np.eye(3), np.zeros(3))
"""Looks along +z from the origin; a size that no tile or block divides."""

SNAPPING_PX = np.sqrt(2) / 512
"""A corner moves by at most half of 1/256 pixel along each axis."""


def scene(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices [V, 3] and triangles [K, 3] of a random scene."""
    generator = np.random.default_rng(seed)
    count = 60
    centre = generator.uniform([-1.5, -1.5, 1.0], [1.5, 1.5, 5.0], (count, 1, 3))
    spread = generator.uniform(0.02, 1.5, (count, 1, 1))
    corners = centre + generator.normal(size=(count, 3, 3)) * spread
    if kind == "slivers":
        corners[:, 2] = corners[:, 0] * 0.5 + corners[:, 1] * 0.5 + generator.normal(size=(count, 3)) * 0.004
    elif kind == "crossing the camera":
        corners = generator.normal(size=(count, 3, 3)) * 2.0
    elif kind == "off the screen":
        corners[:, :, :2] *= generator.choice([1.0, 30.0, 3000.0], (count, 1, 1))
    elif kind == "degenerate":
        corners[::3, 2] = corners[::3, 1]
        corners[1::3] = corners[1::3, :1]
    return corners.reshape(-1, 3).astype(np.float32), np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


KINDS = ("plain", "slivers", "crossing the camera", "off the screen", "degenerate")


def bumpy_sphere(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed mesh about the origin, radius about 1, counter-clockwise from outside."""
    theta = np.linspace(0, np.pi, rows + 1)[1:-1, None]
    phi = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    radius = 1 + 0.08 * np.sin(5 * theta) * np.cos(4 * phi)
    ring = np.stack(
        [radius * np.sin(theta) * np.cos(phi), radius * np.cos(theta), radius * np.sin(theta) * np.sin(phi)], -1
    ).reshape(-1, 3)
    vertices = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]]).astype(np.float32)
    triangles = []
    top, bottom = len(ring), len(ring) + 1
    for column in range(columns):
        after = (column + 1) % columns
        triangles.append((top, after, column))
        for row in range(rows - 2):
            a, b = row * columns + column, row * columns + after
            triangles += [(a, b, a + columns), (b, b + columns, a + columns)]
        last = (rows - 2) * columns
        triangles.append((bottom, last + column, last + after))
    return vertices, np.array(triangles, np.int32)


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cull", [False, True])
def test_pixels_equal_ray_casting_wherever_rounding_cannot_decide(isa: str, kind: str, cull: bool) -> None:
    compared = 0
    for seed in range(4):
        vertices, triangles = scene(kind, seed)
        with cpu.use_instruction_set(isa):
            got = raster.rasterize(vertices, triangles, FORWARD, cull_back_faces=cull, near_m=0.1)
        want = reference.cast(vertices, triangles, FORWARD, cull=cull, near_m=0.1)
        assert (got.triangle_ids == want.triangle_ids)[want.certain].all()
        hit = want.certain & (want.triangle_ids >= 0)
        compared += int(hit.sum())
        # What snapping moves, it may change by as much as a move changes it, and by rounding, but not more.
        depth_bound = SNAPPING_PX * want.depth_per_px[hit] + 1e-5 * want.depth[hit]
        assert (np.abs(got.depth[hit] - want.depth[hit]) <= depth_bound).all()
        share_bound = SNAPPING_PX * want.barycentrics_per_px[hit] + 1e-4
        assert (np.abs(got.barycentrics[hit] - want.barycentrics[hit]) <= share_bound).all()
    assert compared > (20 if kind == "slivers" else 2000)


@pytest.mark.parametrize("kind", KINDS)
def test_all_instruction_sets_and_thread_counts_agree_to_the_last_bit(kind: str) -> None:
    vertices, triangles = scene(kind, 11)
    pictures = []
    for isa in cpu.available_instruction_sets():
        for threads in (1, 2):
            with cpu.use_instruction_set(isa), pool.use_threads(threads):
                pictures.append(raster.rasterize(vertices, triangles, FORWARD, cull_back_faces=False))
    for picture in pictures[1:]:
        np.testing.assert_array_equal(picture.triangle_ids, pictures[0].triangle_ids)
        np.testing.assert_array_equal(picture.depth, pictures[0].depth)
        np.testing.assert_array_equal(picture.barycentrics, pictures[0].barycentrics)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_every_value_is_finite_and_barycentrics_are_shares(kind: str, scale: float) -> None:
    for seed in range(8):
        vertices, triangles = scene(kind, seed)
        picture = raster.rasterize(
            vertices * np.float32(scale), triangles, FORWARD, cull_back_faces=False, near_m=0.1 * scale
        )
        covered = picture.covered
        assert not np.isnan(picture.depth).any()
        assert np.isfinite(picture.depth[covered]).all()
        assert np.isinf(picture.depth[~covered]).all()
        assert (picture.depth[covered] > 0.099 * scale).all()
        assert (picture.barycentrics >= 0).all()
        np.testing.assert_allclose(picture.barycentrics[covered].sum(axis=-1), 1, atol=1e-5)
        assert (picture.barycentrics[~covered] == 0).all()


@pytest.mark.parametrize("tilt", [0.0, 0.9])
def test_triangles_that_share_edges_leave_no_hole_and_draw_no_pixel_twice(tilt: float) -> None:
    # A net of triangles over the whole picture, some corners on pixel centres; at a tilt it reaches behind the camera.
    generator = np.random.default_rng(3)
    count = 24
    grid = np.stack(np.meshgrid(np.linspace(-3, 3, count), np.linspace(-3, 3, count)), -1).reshape(-1, 2)
    grid = grid + generator.uniform(-0.1, 0.1, grid.shape)
    grid[::5] = np.round(grid[::5] * FORWARD.focal_px) / FORWARD.focal_px
    vertices = np.concatenate([grid, 1.0 + tilt * grid[:, :1]], axis=1).astype(np.float32)
    cells = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).reshape(-1)
    triangles = np.concatenate(
        [
            np.stack([cells, cells + 1, cells + count], 1),
            np.stack([cells + 1, cells + count + 1, cells + count], 1),
        ]
    ).astype(np.int32)
    times = np.zeros((FORWARD.height, FORWARD.width), int)
    for triangle in triangles:
        times += raster.rasterize(vertices, triangle[None], FORWARD, cull_back_faces=False).covered
    assert times.max() == 1
    whole = raster.rasterize(vertices, triangles, FORWARD, cull_back_faces=False).covered
    np.testing.assert_array_equal(whole, times == 1)
    if tilt == 0.0:
        assert whole.all()


def test_a_closed_mesh_shows_the_same_with_and_without_its_back() -> None:
    vertices, triangles = bumpy_sphere(80, 50)
    camera = Camera.looking_at(np.zeros(3), np.array([0.6, 0.5, 3.2]), 200, 150, 190.0)
    front = raster.rasterize(vertices, triangles, camera)
    both = raster.rasterize(vertices, triangles, camera, cull_back_faces=False)
    np.testing.assert_array_equal(front.triangle_ids, both.triangle_ids)
    assert 0.2 < front.covered.mean() < 0.9
    behind = raster.rasterize(vertices, triangles[:, ::-1], camera)
    assert (behind.depth[behind.covered & front.covered] > front.depth[behind.covered & front.covered]).mean() > 0.99


def test_of_two_triangles_at_one_depth_the_lower_number_is_seen() -> None:
    vertices = np.array([[-1, -1, 2], [1, -1, 2], [0, 1, 2]], np.float32)
    picture = raster.rasterize(vertices, [[0, 1, 2], [0, 1, 2], [2, 1, 0]], FORWARD, cull_back_faces=False)
    assert set(np.unique(picture.triangle_ids)) == {-1, 0}


def test_interpolated_positions_are_where_the_pixels_rays_are() -> None:
    vertices, triangles = bumpy_sphere(60, 40)
    camera = Camera.looking_at(np.zeros(3), np.array([0.0, 0.2, 3.0]), 128, 128, 150.0)
    picture = raster.rasterize(vertices, triangles, camera)
    places = raster.interpolate(picture, triangles, vertices)
    pixel = camera.project(places[picture.covered])
    row, column = np.nonzero(picture.covered)
    np.testing.assert_allclose(pixel, np.stack([column, row], 1) + 0.5, atol=0.01)
    np.testing.assert_allclose(
        camera.to_camera(places[picture.covered])[:, 2], picture.depth[picture.covered], atol=1e-4
    )


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 8])
def test_interpolation_is_the_weighted_sum_of_the_corners(channels: int) -> None:
    vertices, triangles = bumpy_sphere(30, 20)
    camera = Camera.looking_at(np.zeros(3), np.array([0.0, 0.2, 3.0]), 65, 47, 60.0)
    picture = raster.rasterize(vertices, triangles, camera)
    values = np.random.default_rng(0).normal(size=(len(vertices), channels)).astype(np.float32)
    want = (values[triangles[picture.triangle_ids]] * picture.barycentrics[..., None]).sum(axis=-2)
    want[~picture.covered] = -7.0
    np.testing.assert_allclose(raster.interpolate(picture, triangles, values, empty=-7.0), want, atol=1e-5)


def test_drawing_into_used_memory_leaves_nothing_of_the_picture_before() -> None:
    vertices, triangles = scene("plain", 1)
    memory = raster.Rasterization.empty(FORWARD.width, FORWARD.height)
    raster.rasterize(*scene("plain", 2), FORWARD, into=memory)
    again = raster.rasterize(vertices, triangles, FORWARD, into=memory)
    fresh = raster.rasterize(vertices, triangles, FORWARD)
    assert again is memory
    np.testing.assert_array_equal(again.depth, fresh.depth)
    np.testing.assert_array_equal(again.barycentrics, fresh.barycentrics)


def test_no_triangles_make_an_empty_picture() -> None:
    picture = raster.rasterize(np.zeros((0, 3)), np.zeros((0, 3), np.int32), FORWARD)
    assert not picture.covered.any()


def test_what_does_not_fit_is_refused() -> None:
    corner = np.zeros((3, 3), np.float32)
    with pytest.raises(ShapeError, match="vertices"):
        raster.rasterize(np.zeros((3, 2)), [[0, 1, 2]], FORWARD)
    with pytest.raises(ShapeError, match="NaN"):
        raster.rasterize(np.full((3, 3), np.nan), [[0, 1, 2]], FORWARD)
    with pytest.raises(InvalidValueError, match="there are 3"):
        raster.rasterize(corner, [[0, 1, 3]], FORWARD)
    with pytest.raises(InvalidValueError, match="near_m"):
        raster.rasterize(corner, [[0, 1, 2]], FORWARD, near_m=0.0)
    with pytest.raises(InvalidValueError, match="8192"):
        raster.rasterize(corner, [[0, 1, 2]], Camera(9000, 10, 10.0, (5, 5), np.eye(3), np.zeros(3)))
    with pytest.raises(ShapeError, match="into"):
        raster.rasterize(corner, [[0, 1, 2]], FORWARD, into=raster.Rasterization.empty(5, 5))
    vertices, triangles = scene("plain", 0)
    picture = raster.rasterize(vertices, triangles, FORWARD)
    with pytest.raises(ShapeError, match="only 1"):
        raster.interpolate(picture, triangles[:1], vertices)
