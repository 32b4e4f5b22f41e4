"""Textures: parity with a slow reference, and pictures whose colour is known."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool, raster, texture
from reference import texture as reference

SQUARE = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
SQUARE_TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
SQUARE_UV = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


def noise(height: int, width: int, channels: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def checkerboard(size: int) -> np.ndarray:
    return ((np.indices((size, size)).sum(0) % 2) * 255).astype(np.uint8)[..., None]


def facing(distance_m: float, size: int = 64, focal_px: float = 64.0) -> Camera:
    """Sees the square from the front."""
    return Camera.looking_at(np.zeros(3), np.array([0.0, 0.0, distance_m]), size, size, focal_px)


def seen(camera: Camera, picture: texture.Texture, repeats: float = 1.0, **options: float) -> texture.SampledSurface:
    drawn = raster.rasterize(SQUARE, SQUARE_TRIANGLES, camera)
    return texture.sample_surface(drawn, SQUARE, SQUARE_TRIANGLES, camera, SQUARE_UV * repeats, picture, **options)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (7, 5), (1, 9), (33, 17), (64, 3)])
@pytest.mark.parametrize("srgb", [False, True])
def test_every_level_is_the_mean_of_the_area_it_covers(size: tuple[int, int], srgb: bool) -> None:
    for channels in (1, 2, 3, 4):
        image = noise(*size, channels)
        got = texture.Texture.from_image(image, srgb=srgb)
        want = reference.pyramid(image, srgb=srgb)
        assert len(got.levels) == len(want)
        for number, level in enumerate(want):
            assert got.level(number).shape == level.shape
            # Half a step of rounding, and float32 sums.
            assert np.abs(got.level(number) - level).max() <= 0.51
        np.testing.assert_array_equal(got.level(0), image)
        if not srgb:
            assert np.abs(got.level(len(want) - 1) - image.mean((0, 1))).max() <= 0.51


def test_black_and_white_become_the_middle_in_bytes_or_in_light() -> None:
    board = checkerboard(16)
    assert texture.Texture.from_image(board).level(4).item() == 128
    assert texture.Texture.from_image(board, srgb=True).level(4).item() == 188  # half the light


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
@pytest.mark.parametrize("wrap", texture.WRAPS)
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (13, 7), (64, 32)])
def test_samples_equal_the_reference(isa: str, wrap: texture.Wrap, size: tuple[int, int]) -> None:
    generator = np.random.default_rng(5)
    for channels in (1, 3, 4):
        got_texture = texture.Texture.from_image(noise(*size, channels), wrap=wrap)
        levels = [got_texture.level(number).astype(float) for number in range(len(got_texture.levels))]
        uv = generator.uniform(-3, 3, (4000, 2)).astype(np.float32)
        uv[:200] = generator.integers(-2, 3, (200, 2))  # the corners of the picture
        level = generator.uniform(-1, len(levels) + 1, 4000).astype(np.float32)
        with cpu.use_instruction_set(isa):
            bilinear = texture.sample(got_texture, uv)
            trilinear = texture.sample(got_texture, uv, level)
        # Places are float32: 1e-7 of three pictures of 64 texels, at up to one whole channel a texel.
        np.testing.assert_allclose(bilinear, reference.bilinear(levels[0], uv.astype(float), wrap), atol=5e-5)
        np.testing.assert_allclose(
            trilinear, reference.trilinear(levels, uv.astype(float), level.astype(float), wrap), atol=5e-5
        )


def tilted_net(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A bumpy net of triangles that fills the picture, near and far: vertices, triangles, uv."""
    generator = np.random.default_rng(seed)
    count = 9
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, count), np.linspace(-1, 1, count)), -1).reshape(-1, 2)
    depth = 2.0 + 1.5 * grid[:, 0] + generator.uniform(-0.1, 0.1, len(grid))
    vertices = np.column_stack([grid * depth[:, None], depth]).astype(np.float32)
    cells = (np.arange(count - 1)[:, None] * count + np.arange(count - 1)).reshape(-1)
    triangles = np.concatenate(
        [
            np.stack([cells, cells + 1, cells + count], 1),
            np.stack([cells + 1, cells + count + 1, cells + count], 1),
        ]
    ).astype(np.int32)
    return vertices, triangles, generator.uniform(-2, 2, (len(grid), 2)).astype(np.float32)


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_the_level_of_a_pixel_is_its_size_in_texels(isa: str) -> None:
    camera = Camera(60, 45, 40.0, (29.0, 23.5), np.eye(3), np.zeros(3))
    for seed in range(3):
        vertices, triangles, uv = tilted_net(seed)
        picture = texture.Texture.from_image(noise(128, 256, 3, seed))
        drawn = raster.rasterize(vertices, triangles, camera, cull_back_faces=False)
        with cpu.use_instruction_set(isa):
            got = texture.sample_surface(drawn, vertices, triangles, camera, uv, picture)
        assert drawn.covered.mean() > 0.5
        level = reference.surface_level(vertices, triangles, camera, uv, drawn.triangle_ids, (256, 128))
        want = level.clip(0, len(picture.levels) - 1)
        assert np.ptp(want[drawn.covered]) > 2
        np.testing.assert_allclose(got.level[drawn.covered], want[drawn.covered], atol=2e-3)
        places = raster.interpolate(drawn, triangles, uv)[drawn.covered]
        np.testing.assert_allclose(
            got.colour[drawn.covered], texture.sample(picture, places, got.level[drawn.covered]), atol=1e-6
        )


def test_all_instruction_sets_and_thread_counts_agree_to_the_last_bit() -> None:
    camera = Camera(61, 45, 40.0, (29.0, 23.5), np.eye(3), np.zeros(3))
    vertices, triangles, uv = tilted_net(7)
    drawn = raster.rasterize(vertices, triangles, camera, cull_back_faces=False)
    for wrap in texture.WRAPS:
        picture = texture.Texture.from_image(noise(37, 64, 3), wrap=wrap)
        results = []
        for isa in cpu.available_instruction_sets():
            for threads in (1, 2):
                with cpu.use_instruction_set(isa), pool.use_threads(threads):
                    results.append(texture.sample_surface(drawn, vertices, triangles, camera, uv, picture))
        for result in results[1:]:
            np.testing.assert_array_equal(result.level, results[0].level)
            np.testing.assert_array_equal(result.colour, results[0].colour)


def test_a_constant_texture_is_constant_at_every_distance_and_place() -> None:
    picture = texture.Texture.from_image(np.full((48, 20, 3), (10, 130, 255), np.uint8), srgb=True)
    for distance_m in (0.5, 3.0, 40.0):
        got = seen(facing(distance_m), picture, repeats=5.0)
        shown = got.colour[got.colour.any(-1)]
        assert len(shown)
        np.testing.assert_allclose(shown, np.tile(np.array([10, 130, 255]) / 255, (len(shown), 1)), atol=2e-6)


def test_a_checkerboard_far_away_is_grey_and_without_mipmaps_is_not() -> None:
    board = checkerboard(64)
    far = facing(6.17)  # no whole number of texels a pixel, so that the pixels' centres fall anywhere
    grey = seen(far, texture.Texture.from_image(board), repeats=8.0).colour
    shown = raster.rasterize(SQUARE, SQUARE_TRIANGLES, far).covered
    assert shown.sum() > 300
    assert np.abs(grey[shown] - 0.5).max() < 0.01
    aliased = seen(far, texture.Texture.from_image(board, mipmaps=False), repeats=8.0).colour
    assert aliased[shown].std() > 0.1


def test_a_checkerboard_seen_one_texel_a_pixel_is_sharp() -> None:
    # 64 texels over 2 m, seen by 64 px of focal length at 2 m: 64 pixels.
    got = seen(facing(2.0), texture.Texture.from_image(checkerboard(64)))
    np.testing.assert_allclose(got.level, 0, atol=1e-4)
    np.testing.assert_allclose(got.colour, checkerboard(64) / 255.0, atol=0.01)


def test_twice_the_distance_or_twice_the_repeats_raise_the_level_by_one() -> None:
    picture = texture.Texture.from_image(noise(256, 256, 1))
    near, far, often = seen(facing(2.0), picture), seen(facing(4.0), picture), seen(facing(2.0), picture, repeats=2.0)
    np.testing.assert_allclose(near.level, 2.0, atol=1e-4)
    np.testing.assert_allclose(far.level[20:44, 20:44], 3.0, atol=1e-4)
    np.testing.assert_allclose(often.level, 3.0, atol=1e-4)
    np.testing.assert_allclose(seen(facing(2.0), picture, level_bias=-0.5).level, 1.5, atol=1e-4)


def test_a_texture_repeats_or_its_border_goes_on() -> None:
    image = noise(16, 32, 3)
    uv = np.random.default_rng(1).uniform(0, 1, (500, 2)).astype(np.float32)
    repeating = texture.Texture.from_image(image)
    np.testing.assert_allclose(
        texture.sample(repeating, uv + np.array([3, -2])), texture.sample(repeating, uv), atol=1e-4
    )
    clamped = texture.Texture.from_image(image, wrap="clamp")
    np.testing.assert_allclose(texture.sample(clamped, [[-4, 9], [7, -1]]), image[[0, -1], [0, -1]] / 255, atol=1e-6)


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
@pytest.mark.parametrize("wrap", texture.WRAPS)
def test_coordinates_without_measure_give_some_colour_of_the_texture(isa: str, wrap: texture.Wrap) -> None:
    picture = texture.Texture.from_image(np.full((5, 6, 3), 51, np.uint8), wrap=wrap)
    most = np.finfo(np.float32).max
    camera = facing(2.5)
    drawn = raster.rasterize(SQUARE, SQUARE_TRIANGLES, camera)
    with cpu.use_instruction_set(isa):
        np.testing.assert_allclose(texture.sample(picture, [[most, -most], [-1e-38, 1e9]]), 0.2, atol=1e-6)
        for scale in (most, 1e20, 1e-38):
            uv = (SQUARE_UV * 2 - 1) * np.float32(scale)
            got = texture.sample_surface(drawn, SQUARE, SQUARE_TRIANGLES, camera, uv, picture)
            np.testing.assert_allclose(got.colour[drawn.covered], 0.2, atol=1e-6)
            assert np.isfinite(got.level).all()


def test_v_points_up_and_texels_have_their_colour_at_their_centre() -> None:
    image = noise(4, 8, 2)
    column, row = np.meshgrid(np.arange(8), np.arange(4))
    uv = np.stack([(column + 0.5) / 8, 1 - (row + 0.5) / 4], -1).reshape(-1, 2)
    got = texture.sample(texture.Texture.from_image(image), uv)
    np.testing.assert_allclose(got, image.reshape(-1, 2) / 255, atol=1e-6)


def test_corners_may_have_texture_coordinates_of_their_own() -> None:
    picture = texture.Texture.from_image(noise(32, 32, 3))
    camera = facing(2.5)
    drawn = raster.rasterize(SQUARE, SQUARE_TRIANGLES, camera)
    whole = texture.sample_surface(drawn, SQUARE, SQUARE_TRIANGLES, camera, SQUARE_UV, picture)
    split = texture.sample_surface(
        drawn,
        SQUARE,
        SQUARE_TRIANGLES,
        camera,
        SQUARE_UV[SQUARE_TRIANGLES].reshape(-1, 2),
        picture,
        uv_triangles=np.arange(6).reshape(2, 3),
        empty=0.25,
    )
    np.testing.assert_array_equal(split.colour[drawn.covered], whole.colour[drawn.covered])
    assert (split.colour[~drawn.covered] == 0.25).all()
    assert (split.level[~drawn.covered] == 0).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ShapeError, match="uint8"):
        texture.Texture.from_image(np.zeros((4, 4, 3)))
    with pytest.raises(ShapeError, match="C of 1 to 4"):
        texture.Texture.from_image(np.zeros((4, 4, 5), np.uint8))
    with pytest.raises(ShapeError, match="C of 1 to 4"):
        texture.Texture.from_image(np.zeros((0, 4, 3), np.uint8))
    with pytest.raises(InvalidValueError, match="16384"):
        texture.Texture.from_image(np.zeros((1, 16385, 1), np.uint8))
    with pytest.raises(InvalidValueError, match="repeat, clamp"):
        texture.Texture.from_image(np.zeros((4, 4, 3), np.uint8), wrap="mirror")  # type: ignore[arg-type]
    picture = texture.Texture.from_image(noise(4, 4, 3))
    with pytest.raises(InvalidValueError, match="levels 0 to 2"):
        picture.level(3)
    with pytest.raises(ShapeError, match="uv"):
        texture.sample(picture, [0.0, 1.0])
    with pytest.raises(ShapeError, match="level"):
        texture.sample(picture, [[0.0, 1.0]], [0.0, 1.0])
    camera = facing(2.0)
    drawn = raster.rasterize(SQUARE, SQUARE_TRIANGLES, camera)
    with pytest.raises(ShapeError, match="as many"):
        texture.sample_surface(
            drawn, SQUARE, SQUARE_TRIANGLES, camera, SQUARE_UV, picture, uv_triangles=SQUARE_TRIANGLES[:1]
        )
    with pytest.raises(ShapeError, match="only 1"):
        texture.sample_surface(drawn, SQUARE, SQUARE_TRIANGLES[:1], camera, SQUARE_UV, picture)
    with pytest.raises(InvalidValueError, match="level_bias"):
        seen(camera, picture, level_bias=np.nan)
    with pytest.raises(InvalidValueError, match="there are 3"):
        texture.sample_surface(drawn, SQUARE, SQUARE_TRIANGLES, camera, SQUARE_UV[:3], picture)
