"""Antialiased edges: coverage against exact areas."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import antialias, cpu, raster, texture

SIZE = 48
CAMERA = Camera(SIZE, SIZE, 1.0, (0.0, 0.0), np.eye(3), np.zeros(3))
"""Sees a mesh at a depth of 1 m with one metre a pixel: a vertex (x, y, 1) is drawn at pixel place (x, y)."""


def flat(places: np.ndarray) -> np.ndarray:
    return np.column_stack([places, np.ones(len(places))]).astype(np.float32)


def half_plane(angle: float, offset_px: float) -> tuple[np.ndarray, np.ndarray]:
    """What lies to one side of a line, `offset_px` from the picture's middle: vertices and triangles."""
    normal, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    on = SIZE / 2 + normal * offset_px
    corners = [on - along * 200, on + along * 200, on + along * 200 - normal * 200, on - along * 200 - normal * 200]
    return flat(np.array(corners)), np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def exact_half_plane(angle: float, offset_px: float) -> np.ndarray:
    """[H, W] area of each pixel on that side, by 32 x 32 places in it."""
    fine = (np.arange(SIZE * 32) + 0.5) / 32 - SIZE / 2
    inside = fine[None] * np.cos(angle) + fine[:, None] * np.sin(angle) < offset_px
    return inside.reshape(SIZE, 32, SIZE, 32).mean((1, 3))


@pytest.mark.parametrize(
    ("samples", "worst", "typical"), [(1, 0.50, 0.25), (2, 0.50, 0.16), (4, 0.31, 0.092), (8, 0.23, 0.057)]
)
def test_the_coverage_of_a_half_plane_is_its_area_within_the_stated_error(
    samples: int, worst: float, typical: float
) -> None:
    # What the patterns themselves allow, over all lines (numerically, once): no kernel could do better with them.
    errors = []
    for angle in np.linspace(0, 2 * np.pi, 41):
        for offset_px in (0.0, 0.3, -5.37):
            drawn = antialias.rasterize_samples(
                *half_plane(angle, offset_px), CAMERA, samples=samples, cull_back_faces=False
            )
            want = exact_half_plane(angle, offset_px)
            error = drawn.coverage - want
            edge = (want > 0) & (want < 1)
            errors.append(error[edge])
            # Away from the edge it is exact.
            assert (error[~edge] == 0).all()
    every = np.concatenate(errors)
    # Snapping by 1/512 pixel and the 32 x 32 places of the exact area.
    assert np.abs(every).max() < worst + 0.02
    assert np.sqrt(np.square(every).mean()) < 1.1 * typical
    assert abs(every.mean()) < 0.02


def test_the_area_of_a_disc_is_right_and_its_rim_is_soft() -> None:
    turn = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    rim = np.stack([24.3 + 17.6 * np.cos(turn), 23.8 + 17.6 * np.sin(turn)], 1)
    vertices = flat(np.concatenate([rim, [[24.3, 23.8]]]))
    triangles = np.stack([np.arange(200), (np.arange(200) + 1) % 200, np.full(200, 200)], 1).astype(np.int32)
    fine = (np.arange(SIZE * 16) + 0.5) / 16
    inside = (fine[None] - 24.3) ** 2 + (fine[:, None] - 23.8) ** 2 < 17.6**2
    want = inside.reshape(SIZE, 16, SIZE, 16).mean((1, 3))
    errors = {}
    for samples in (1, 4, 8):
        drawn = antialias.rasterize_samples(vertices, triangles, CAMERA, samples=samples, cull_back_faces=False)
        errors[samples] = np.sqrt(((drawn.coverage - want) ** 2)[(want > 0) & (want < 1)].mean())
        assert abs(drawn.coverage.sum() / want.sum() - 1) < 0.003
    assert errors[4] < 0.1 < errors[1]
    assert errors[8] < 0.07


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, np.pi / 2, 2.5, np.pi])
@pytest.mark.parametrize("samples", [4, 8])
def test_an_edge_that_moves_over_a_pixel_covers_it_more_and_more(angle: float, samples: int) -> None:
    alphas = []
    for offset_px in np.linspace(-1.5, 1.5, 61):
        # The line's zero is the middle of the pixel's centre.
        vertices, triangles = half_plane(angle, offset_px)
        drawn = antialias.rasterize_samples(
            vertices + np.array([0.5, 0.5, 0], np.float32), triangles, CAMERA, samples=samples, cull_back_faces=False
        )
        alphas.append(float(drawn.coverage[SIZE // 2, SIZE // 2]))
    assert alphas[0] == 0
    assert alphas[-1] == 1
    assert (np.diff(alphas) >= 0).all()
    assert len(set(alphas)) >= samples // 2 + 1
    # The samples lie evenly about the centre.
    assert np.mean(alphas) == pytest.approx(0.5, abs=0.02)


def test_level_and_upright_edges_take_every_step_of_alpha() -> None:
    for angle in (0.0, np.pi / 2):
        for samples in (2, 4, 8):
            steps = {
                float(
                    antialias.rasterize_samples(
                        *half_plane(angle, offset_px), CAMERA, samples=samples, cull_back_faces=False
                    ).coverage[SIZE // 2, SIZE // 2]
                )
                for offset_px in np.linspace(-0.05, 1.05, 45)
            }
            assert steps == {step / samples for step in range(samples + 1)}


def random_scene() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    return generator.uniform([-5, -5, 0.8], [55, 55, 1.2], (90, 3)).astype(np.float32), np.arange(
        90, dtype=np.int32
    ).reshape(-1, 3)


def test_samples_are_the_pixels_of_a_larger_picture() -> None:
    # Sixteen times the size has a pixel's centre 1/32 pixel beside each sample: alike but where an edge runs between.
    vertices, triangles = random_scene()
    large = Camera(SIZE * 16, SIZE * 16, 16.0, (0.0, 0.0), np.eye(3), np.zeros(3))
    fine = raster.rasterize(vertices, triangles, large, cull_back_faces=False).triangle_ids
    drawn = antialias.rasterize_samples(vertices, triangles, CAMERA, samples=8, cull_back_faces=False)
    for picture, (x, y) in zip(drawn.pictures, antialias.SAMPLE_OFFSETS_PX[8], strict=True):
        beside = fine[int(8 + 16 * y) :: 16, int(8 + 16 * x) :: 16]
        assert (picture.triangle_ids == beside).mean() > 0.97


def test_inner_edges_of_a_mesh_stay_opaque() -> None:
    generator = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.linspace(-3, 51, 15), np.linspace(-3, 51, 15)), -1).reshape(-1, 2)
    cells = (np.arange(14)[:, None] * 15 + np.arange(14)).reshape(-1)
    triangles = np.concatenate(
        [np.stack([cells, cells + 1, cells + 15], 1), np.stack([cells + 1, cells + 16, cells + 15], 1)]
    )
    vertices = flat(grid + generator.uniform(-0.9, 0.9, grid.shape))
    drawn = antialias.rasterize_samples(vertices, triangles, CAMERA, samples=8, cull_back_faces=False)
    assert (drawn.coverage == 1).all()
    one = antialias.resolve(drawn, lambda picture: raster.interpolate(picture, triangles, np.ones((225, 1))))
    np.testing.assert_allclose(one.premultiplied, 1, atol=1e-5)


def test_the_resolved_colour_is_the_mean_of_the_samples_that_see_something() -> None:
    vertices, triangles = random_scene()
    colours = np.random.default_rng(1).random((90, 3))
    drawn = antialias.rasterize_samples(vertices, triangles, CAMERA, cull_back_faces=False)
    got = antialias.resolve(drawn, lambda picture: raster.interpolate(picture, triangles, colours, empty=9.0))
    each = np.stack([raster.interpolate(picture, triangles, colours) for picture in drawn.pictures])
    np.testing.assert_allclose(got.premultiplied, each.mean(0), atol=1e-6)
    np.testing.assert_array_equal(got.alpha, drawn.coverage)
    behind = np.array([0.2, 0.4, 0.6])
    with_background = np.stack(
        [np.where(p.covered[..., None], raster.interpolate(p, triangles, colours), behind) for p in drawn.pictures]
    ).mean(0)
    np.testing.assert_allclose(got.over(behind), with_background, atol=1e-6)
    np.testing.assert_allclose(got.over(np.tile(behind, (SIZE, SIZE, 1))), with_background, atol=1e-6)


def test_one_sample_is_the_plain_picture_and_textures_resolve_too() -> None:
    vertices, triangles = random_scene()
    plain = raster.rasterize(vertices, triangles, CAMERA, cull_back_faces=False)
    one = antialias.rasterize_samples(vertices, triangles, CAMERA, samples=1, cull_back_faces=False)
    np.testing.assert_array_equal(one.pictures[0].barycentrics, plain.barycentrics)
    picture = texture.Texture.from_image(np.full((8, 8, 3), 51, np.uint8))
    uv = np.random.default_rng(0).random((90, 2))
    four = antialias.rasterize_samples(vertices, triangles, CAMERA, cull_back_faces=False)
    got = antialias.resolve(
        four, lambda sample: texture.sample_surface(sample, vertices, triangles, CAMERA, uv, picture).colour
    )
    np.testing.assert_allclose(got.premultiplied, 0.2 * np.repeat(four.coverage[..., None], 3, -1), atol=1e-6)


def test_all_instruction_sets_agree_to_the_last_bit() -> None:
    vertices, triangles = random_scene()
    results = []
    for isa in cpu.available_instruction_sets():
        with cpu.use_instruction_set(isa):
            drawn = antialias.rasterize_samples(vertices, triangles, CAMERA, cull_back_faces=False)
            results.append(antialias.resolve(drawn, lambda picture: raster.interpolate(picture, triangles, vertices)))
    for result in results[1:]:
        np.testing.assert_array_equal(result.premultiplied, results[0].premultiplied)


def test_drawing_into_used_memory_leaves_nothing_of_the_picture_before() -> None:
    vertices, triangles = random_scene()
    memory = antialias.rasterize_samples(*half_plane(0.3, 2.0), CAMERA, cull_back_faces=False)
    again = antialias.rasterize_samples(vertices, triangles, CAMERA, cull_back_faces=False, into=memory)
    fresh = antialias.rasterize_samples(vertices, triangles, CAMERA, cull_back_faces=False)
    for used, new in zip(again.pictures, fresh.pictures, strict=True):
        np.testing.assert_array_equal(used.triangle_ids, new.triangle_ids)


def test_what_does_not_fit_is_refused() -> None:
    vertices, triangles = random_scene()
    with pytest.raises(InvalidValueError, match="1, 2, 4, 8"):
        antialias.rasterize_samples(vertices, triangles, CAMERA, samples=3)
    drawn = antialias.rasterize_samples(vertices, triangles, CAMERA)
    with pytest.raises(ShapeError, match="holds 4 samples"):
        antialias.rasterize_samples(vertices, triangles, CAMERA, samples=8, into=drawn)
    with pytest.raises(ShapeError, match="one picture or more"):
        antialias.Samples(())
    with pytest.raises(ShapeError, match="values"):
        antialias.resolve(drawn, lambda picture: picture.depth)
    mean = antialias.resolve(drawn, lambda picture: picture.barycentrics)
    with pytest.raises(ShapeError, match="background"):
        mean.over([0.0, 1.0])


def test_the_example_of_the_kernels_page_runs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "kernels.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    program = [sys.executable, "-W", "error", "-c", example + "\nprint(frame.shape)"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(256, 256, 3)"
