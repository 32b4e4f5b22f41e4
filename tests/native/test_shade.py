"""The shading kernels: parity with the slow reference, and what has to hold whatever is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.errors import ShapeError
from avatron.native import cpu, pool
from avatron.native.shade import (
    RECORD_LENGTH,
    Portrait,
    RecordField,
    SurfaceKind,
    bake_light,
    pack_frame,
)
from avatron.render.light import LIGHTS, LightRig, unit
from avatron.render.mesh import plain_frame_values
from avatron.render.scattering import skin_table
from avatron.render.textures import data_texels
from avatron.render.tone import toned
from reference import shade as reference

Array = NDArray[Any]
Picture = NDArray[np.uint8]

EYE_M = np.array([0.0, 0.0, 1.0])
"""The camera of every scene looks along -Z from here; the plane z = 0 is one metre away."""
NO_TRIANGLES = np.zeros((0, 4), np.int32)
NO_TEXELS = np.zeros((0, 0), np.int32)
STILL = np.eye(3, 4, dtype=np.float32)
DARK = LightRig(
    key=(0, 0, 1),
    key_colour=(0, 0, 0),
    rim=(0, 0, 1),
    rim_colour=(0, 0, 0),
    softboxes=(),
    floor=(0, 0, 0),
    ceiling=(0, 0, 0),
    exposure=1.0,
    window=(0, 0, 0),
    backdrop_centre=(0, 0, 0),
    backdrop_edge=(0, 0, 0),
)
EVEN = replace(DARK, floor=(1, 1, 1), ceiling=(1, 1, 1))
"""The same radiance from everywhere."""


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


def frame_values(size: tuple[int, int], light: LightRig, **changed: Any) -> NDArray[np.float32]:
    """One pixel is 1 / 1000 m on the plane z = 0, whose origin is in the picture's middle."""
    camera = Camera(*size, 1000.0, (size[0] / 2, size[1] / 2), np.diag([1.0, -1.0, -1.0]), EYE_M)
    values = plain_frame_values(light, camera)
    return pack_frame({**values, **changed})


def placed(corners_px: Array, depths_m: Array, size: tuple[int, int]) -> NDArray[np.float32]:
    """[..., 3] points that appear at `corners_px` [..., 2] and lie `depths_m` [...] before the camera."""
    offset = (corners_px - np.array(size) / 2) / 1000 * depths_m[..., None]
    return np.stack([offset[..., 0], -offset[..., 1], EYE_M[2] - depths_m], -1).astype(np.float32)


def set_mesh(
    portrait: Portrait,
    solid: Array,
    records: Array,
    *,
    hidden: Array = NO_TRIANGLES,
    layers: Array = NO_TRIANGLES,
    casters: tuple[int, ...] = (),
    attached: Array | None = None,
) -> None:
    portrait.set_mesh(
        solid.astype(np.int32),
        hidden,
        layers,
        np.array(casters, np.int32),
        records.astype(np.float32),
        np.zeros((0, 12), np.float32) if attached is None else attached.astype(np.float32),
    )


def drawn(
    portrait: Portrait,
    positions: Array,
    normals: Array,
    size: tuple[int, int],
    light: LightRig,
    background: Picture | None = None,
    creases: NDArray[np.float32] | None = None,
    **changed: Any,
) -> Picture:
    image = np.empty((size[1], size[0], 4 if background is None else 3), np.uint8)
    places, facing = np.asarray(positions, np.float32), np.asarray(normals, np.float32)
    values = frame_values(size, light, **changed)
    portrait.draw(places, facing, STILL, STILL, values, background, image, creases=creases)
    return image


class RandomScene:
    """Plain triangles of every size and shape, each with its own colour, before and behind the camera."""

    size = (75, 53)

    def __init__(self, seed: int, two_sided: bool = True) -> None:
        generator = np.random.default_rng(seed)
        count = 40
        middle = generator.uniform(-20, 95, (count, 1, 2))
        reach = generator.choice([0.3, 2.0, 10.0, 40.0, 600.0], (count, 1, 1))
        corners = middle + reach * generator.uniform(-1, 1, (count, 3, 2))
        # Every fifth is a sliver.
        corners[::5, 2] = corners[::5, 0] + 0.999 * (corners[::5, 1] - corners[::5, 0]) + 0.01
        self.depths = generator.uniform(0.3, 3.0, (count, 1)) * generator.uniform(0.7, 1.3, (count, 3))
        self.depths[7::9, 1] *= -1
        # As the kernels see them: rounded to float32.
        self.positions = placed(corners, self.depths, self.size).reshape(-1, 3)
        exact = self.positions.astype(float) - EYE_M
        self.depths = -exact[:, 2].reshape(count, 3)
        self.corners_px = (exact[:, :2] * [1, -1] / -exact[:, 2:] * 1000 + np.array(self.size) / 2).reshape(count, 3, 2)
        self.colours = generator.uniform(0.05, 1.0, (count, 3))
        self.normals = np.tile(np.array([0, 0, 1], np.float32), (3 * count, 1))
        self.triangles = np.column_stack([np.arange(3 * count).reshape(count, 3), np.arange(count)]).astype(np.int32)
        self.two_sided = two_sided

    def portrait(self, order: Array | None = None) -> Portrait:
        portrait = Portrait()
        for colour in self.colours:
            portrait.add_surface(SurfaceKind.PLAIN, colour.tolist(), two_sided=self.two_sided)
        triangles = self.triangles if order is None else self.triangles[order]
        records = np.zeros((len(self.positions), RECORD_LENGTH), np.float32)
        set_mesh(portrait, triangles, records)
        return portrait

    def picture(self, order: Array | None = None) -> Picture:
        return drawn(self.portrait(order), self.positions, self.normals, self.size, EVEN)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("two_sided", [True, False])
def test_every_pixel_shows_the_nearest_triangles_by_the_samples_they_cover(seed: int, two_sided: bool) -> None:
    scene = RandomScene(seed, two_sided)
    expected = reference.visible_triangles(scene.corners_px, scene.depths, scene.size, two_sided)
    picture = scene.picture()
    seen, certain = expected.triangle >= 0, expected.certain
    assert certain.mean() > 0.5
    covered = seen.sum(-1)
    np.testing.assert_array_equal(picture[..., 3][certain], np.rint(covered * 255 / 4 + 1e-3)[certain])
    light = (
        np.where(seen[..., None], 0.5 * scene.colours[expected.triangle], 0).sum(2) / np.maximum(covered, 1)[..., None]
    )
    difference = np.abs(picture[..., :3] - toned(light) * 255.0)
    assert difference[certain & (covered > 0)].max() < 1.0


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_triangles_does_not_change_the_picture(seed: int) -> None:
    scene = RandomScene(seed)
    order = np.random.default_rng(seed).permutation(len(scene.triangles))
    certain = reference.visible_triangles(scene.corners_px, scene.depths, scene.size).certain
    np.testing.assert_array_equal(scene.picture()[certain], scene.picture(order)[certain])


def test_the_number_of_threads_does_not_change_a_pixel() -> None:
    scene = RandomScene(3)
    pictures = []
    for threads in (1, 2, 3):
        with pool.use_threads(threads):
            pictures.append(scene.picture())
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("name", cpu.available_instruction_sets())
@pytest.mark.parametrize("seed", range(3))
def test_every_instruction_set_sees_the_same_triangles(name: str, seed: int) -> None:
    scene = RandomScene(seed)
    certain = reference.visible_triangles(scene.corners_px, scene.depths, scene.size).certain
    with cpu.use_instruction_set("portable"):
        expected = scene.picture()
    with cpu.use_instruction_set(name):
        picture = scene.picture()
    assert np.abs(picture[certain].astype(int) - expected[certain]).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (31, 33), (64, 64), (129, 17)])
def test_neighbours_that_share_edges_leave_no_gap_at_any_size(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(5)
    steps = 9
    across = np.linspace(-5, size[0] + 5, steps)
    down = np.linspace(-5, size[1] + 5, steps)
    corners = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
    inner = np.ones((steps, steps), bool)
    inner[[0, -1]] = inner[:, [0, -1]] = False
    corners[inner.ravel()] += generator.uniform(-0.3, 0.3, (inner.sum(), 2)) * (np.array(size) + 10) / (steps - 1)
    cell = np.array([(row * steps + column) for row in range(steps - 1) for column in range(steps - 1)])
    triangles = np.concatenate(
        [np.stack([cell, cell + steps, cell + 1], 1), np.stack([cell + 1, cell + steps, cell + steps + 1], 1)]
    )
    positions = placed(corners, generator.uniform(0.8, 1.2, len(corners)), size)
    portrait = Portrait()
    portrait.add_surface(SurfaceKind.PLAIN, [0.5, 0.5, 0.5])
    solid = np.column_stack([triangles, np.zeros(len(triangles))])
    set_mesh(portrait, solid, np.zeros((len(positions), RECORD_LENGTH)))
    normals = np.tile([0, 0, 1.0], (len(positions), 1))
    assert (drawn(portrait, positions, normals, size, EVEN)[..., 3] == 255).all()


@pytest.mark.parametrize("light", [*LIGHTS.values(), EVEN], ids=[*LIGHTS, "even"])
def test_plain_surfaces_and_the_tone_curve_equal_the_reference(light: LightRig, generator: np.random.Generator) -> None:
    colour = np.array([0.7, 0.4, 0.2])
    normals = generator.normal(size=(16, 3)) * [1, 1, 0.6] + [0, 0, 0.8]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals[normals[:, 2] > 0.1]
    assert len(normals) > 8
    for normal in normals:
        painted = _one_sheet(SurfaceKind.PLAIN, colour.tolist(), light, normal=normal)
        expected = toned(reference.plain_light(normal, colour, light), light.exposure) * 255
        assert np.abs(painted[8, 8] - expected).max() < 1.5


def _one_sheet(
    kind: SurfaceKind,
    parameters: list[float],
    light: LightRig,
    *,
    size: tuple[int, int] = (16, 16),
    normal: Array = EYE_M,
    layer: bool = False,
    transparent: bool = False,
    table: NDArray[np.float32] | None = None,
    records: Mapping[RecordField, Any] | None = None,
    uv_of: Callable[[Array], Array] | None = None,
    creases: tuple[float, float] | None = None,
    folds: NDArray[np.int32] | None = None,
    colour: NDArray[np.int32] = NO_TEXELS,
    detail: NDArray[np.int32] = NO_TEXELS,
    **changed: Any,
) -> Picture:
    """[H, W, 3 or 4] a sheet on z = 0 that fills the picture; `uv_of` maps pixels [..., 2] to texture coordinates."""
    corners = np.array([[-8, -8], [2 * size[0] + 16, -8], [-8, 2 * size[1] + 16]], float)
    positions = placed(corners, np.ones(3), size)
    rows = np.zeros((3, RECORD_LENGTH), np.float32)
    rows[:, RecordField.OCCLUSION] = rows[:, RecordField.COVER] = 1
    for field, value in (records or {}).items():
        rows[:, field : field + np.size(value)] = value
    if uv_of is not None:
        rows[:, RecordField.U : RecordField.U + 2] = uv_of(corners)
    portrait = Portrait()
    texels = NO_TEXELS if folds is None else folds
    portrait.add_surface(kind, parameters, two_sided=True, colour=colour, detail=detail, creases=texels)
    sheet = np.array([[0, 1, 2, 0]], np.int32)
    if layer:
        set_mesh(portrait, NO_TRIANGLES, rows, layers=sheet)
    else:
        set_mesh(portrait, sheet, rows)
    portrait.set_skin_table(skin_table() if table is None else table)
    background = None if transparent else np.zeros((size[1], size[0], 3), np.uint8)
    strength = None if creases is None else np.tile(np.array(creases, np.float32), (3, 1))
    return drawn(portrait, positions, np.tile(normal, (3, 1)), size, light, background, strength, **changed)


def _pixel_middles(size: tuple[int, int]) -> Array:
    return np.asarray(np.stack(np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5), -1))


def test_clamped_textures_are_sampled_like_the_reference(generator: np.random.Generator) -> None:
    texture = generator.integers(8, 256, (5, 7), dtype=np.uint8)
    texels = data_texels(texture, texture, texture, texture)
    size = (40, 30)

    # Beyond the texture on all four sides.
    def uv_of(pixels: Array) -> Array:
        return np.asarray(pixels / np.array(size) * 1.6 - 0.3)

    picture = _one_sheet(
        SurfaceKind.LASH,
        [1, 1, 1, 1],
        DARK,
        size=size,
        layer=True,
        transparent=True,
        uv_of=uv_of,
        colour=texels,
    )
    uv = uv_of(_pixel_middles(size))
    expected = np.array([[reference.sampled(texture[..., None] / 255, u, v)[0] for u, v in row] for row in uv])
    assert np.abs(picture[..., 3] - expected * 255).max() < 1.0


@pytest.mark.parametrize("repeats", [1.0, 3.7])
def test_repeating_textures_are_sampled_like_the_reference(repeats: float, generator: np.random.Generator) -> None:
    texture = generator.integers(60, 256, (6, 5, 3), dtype=np.uint8)
    texels = data_texels(*np.moveaxis(texture, 2, 0))
    size = (40, 30)

    def uv_of(pixels: Array) -> Array:
        return np.asarray((pixels / np.array(size) - 0.4) * repeats)

    open_sky = {RecordField.IRRADIANCE: (1.0, 1.0, 1.0)}
    picture = _one_sheet(SurfaceKind.CLOTH, [0, 0], DARK, size=size, uv_of=uv_of, records=open_sky, colour=texels)
    uv = uv_of(_pixel_middles(size))
    # Colours are stored as their square roots.
    expected = np.array([[reference.sampled_tiled(texture / 255, u, v) ** 2 for u, v in row] for row in uv])
    assert np.abs(picture - toned(expected) * 255).max() < 1.6


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_light_on_cloth_scales_what_the_cloth_gives_back(share: float) -> None:
    sky = {RecordField.IRRADIANCE: (0.5, 0.5, 0.5), RecordField.COVER: share}
    picture = _one_sheet(SurfaceKind.CLOTH, [0, 0], DARK, records=sky, colour=WHITE)
    assert np.abs(picture - toned(np.full((*picture.shape[:2], 3), 0.5 * share)) * 255).max() < 1.6


FLAT = [np.full((2, 2), value, np.uint8) for value in (128, 128, 255, 0)]
"""Skin without relief, with full sheen, not of a lip."""
WHITE = data_texels(*[np.full((2, 2), 255, np.uint8)] * 4)
BLACK = data_texels(*[np.zeros((2, 2), np.uint8)] * 4)


def test_the_sheen_of_skin_is_two_ggx_lobes_of_the_reference(generator: np.random.Generator) -> None:
    normal = np.array([0.0, 0.0, 1.0])
    compared = 0
    for _ in range(12):
        direction = unit(generator.normal(size=3) * [1, 1, 0.5] + [0, 0, 1])
        if direction[2] < 0.15:
            continue
        roughness = float(generator.uniform(0.25, 0.7))
        sheen = int(generator.integers(60, 256))
        wide, tall = (float(half) for half in generator.uniform(0.0, 0.5, 2))
        light = replace(DARK, key=tuple(direction), key_colour=(1.0, 1.0, 1.0), window=(wide, tall, 0.0))
        picture = _one_sheet(
            SurfaceKind.SKIN,
            [0.03, 1, 0.005, roughness],
            light,
            normal=normal,
            colour=BLACK,
            detail=data_texels(*_slopes(128, 128), np.full((2, 2), sheen, np.uint8), FLAT[3]),
        )
        to_eye = unit([0.5e-3, 0.5e-3, 1.0])
        expected = reference.skin_sheen(normal, direction, to_eye, roughness, sheen / 255, 0.14 * (wide + tall))
        assert np.abs(picture[7, 8] - toned(np.full(3, expected)) * 255).max() < 1.6
        compared += 1
    assert compared > 5


def _slopes(u: int, v: int) -> list[NDArray[np.uint8]]:
    return [np.full((2, 2), value, np.uint8) for value in (u, v)]


@pytest.mark.parametrize(("first", "second"), [(0.5, 0.0), (0.0, 1.0), (0.5, 0.5)])
def test_a_fold_tilts_the_skin_by_its_slope_times_its_strength(first: float, second: float) -> None:
    light = replace(DARK, key=(0.6, 0.3, 0.8), key_colour=(1.0, 1.0, 1.0))
    along_u = {RecordField.TANGENT: (60.0, 0.0, 0.0), RecordField.TANGENT_RATIO: 1.0}
    flat, full = (128, 128), ((168, 88), (68, 148))
    folds = data_texels(*_slopes(*full[0]), *_slopes(*full[1]))
    folded = _one_sheet(
        SurfaceKind.SKIN,
        [0.03, 1, 0.005, 0.4, 0.03],
        light,
        records=along_u,
        creases=(first, second),
        colour=WHITE,
        detail=data_texels(*_slopes(*flat), FLAT[2], FLAT[3]),
        folds=folds,
    )
    tilt = [round(128 + first * (a - 128) + second * (b - 128)) for a, b in zip(*full, strict=True)]
    tilted = _one_sheet(
        SurfaceKind.SKIN,
        [0.03, 1, 0.005, 0.4, 0.03],
        light,
        records=along_u,
        colour=WHITE,
        detail=data_texels(*_slopes(tilt[0], tilt[1]), FLAT[2], FLAT[3]),
    )
    level = _one_sheet(
        SurfaceKind.SKIN, [0.03, 1, 0.005, 0.4], light, records=along_u, colour=WHITE, detail=data_texels(*FLAT)
    )
    assert np.abs(folded.astype(int) - tilted).max() <= 1
    assert np.abs(folded.astype(int) - level).max() > 3


@pytest.mark.parametrize("curvature", [0.0, 40.0, 97.0, 150.0])
@pytest.mark.parametrize("cosine", [-0.2, 0.05, 0.3, 0.9])
def test_skin_takes_its_diffuse_light_from_the_scattering_table(curvature: float, cosine: float) -> None:
    light = replace(DARK, key=(float(np.sqrt(1 - cosine**2)), 0, cosine), key_colour=(1.0, 1.0, 1.0))
    matte = data_texels(FLAT[0], FLAT[1], np.zeros((2, 2), np.uint8), FLAT[3])
    picture = _one_sheet(
        SurfaceKind.SKIN,
        [0.03, 1, 0.005, 0.4],
        light,
        normal=np.array([0.0, 0.0, 1.0]),
        records={RecordField.CURVATURE: curvature},
        colour=WHITE,
        detail=matte,
    )
    table = skin_table()
    row = table[round(curvature / 150 * (len(table) - 1))]
    expected = [np.interp(cosine, np.linspace(-1, 1, len(row)), row[:, channel]) for channel in range(3)]
    assert np.abs(picture[8, 8] - toned(np.array(expected)) * 255).max() < 1.5


def test_soft_layers_let_through_what_each_leaves_and_hide_behind_solid_triangles() -> None:
    size = (8, 8)
    sheet = np.array([[-8.0, -8], [40, -8], [-8, 40]])
    depths = np.repeat([1.0, 1.1, 1.2], 3)
    positions = placed(np.tile(sheet, (3, 1)), depths, size)
    normals = np.tile([0, 0, 1.0], (9, 1))

    def picture(order: tuple[int, ...], solid: int | None) -> Picture:
        portrait = Portrait()
        alphas = (0.5, 0.25, 0.75)
        for alpha in alphas:
            channel = np.full((2, 2), round(alpha * 255), np.uint8)
            colour = (alpha, 1 - alpha, 0.2)
            portrait.add_surface(SurfaceKind.LASH, [*colour, 1.0], two_sided=True, colour=data_texels(*[channel] * 4))
        portrait.add_surface(SurfaceKind.PLAIN, [0.3, 0.3, 0.3], two_sided=True)
        layers = np.array([[3 * k, 3 * k + 1, 3 * k + 2, k] for k in order if k != solid], np.int32)
        solids = NO_TRIANGLES if solid is None else np.array([[3 * solid, 3 * solid + 1, 3 * solid + 2, 3]], np.int32)
        records = np.zeros((9, RECORD_LENGTH))
        records[:, RecordField.COVER] = 1
        set_mesh(portrait, solids, records, layers=layers)
        return drawn(portrait, positions, normals, size, EVEN)

    clear = picture((0, 1, 2), None)
    assert np.abs(clear[..., 3] - 255 * (1 - 0.5 * 0.75 * 0.25)).max() < 1.5
    np.testing.assert_array_equal(clear, picture((2, 0, 1), None))
    with_solid = picture((0, 1, 2), 1)
    light = 0.5 * np.array([0.5, 0.5, 0.2]) + 0.5 * 0.5 * np.array([0.3, 0.3, 0.3])
    assert (with_solid[..., 3] == 255).all()
    assert np.abs(with_solid[..., :3] - toned(light) * 255).max() < 2


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_attached_meshes_follow_torso_or_skull(weight: float) -> None:
    size = (64, 64)
    corners = placed(np.array([[10.0, 10], [22, 10], [10, 22]]), np.ones(3), size)
    portrait = Portrait()
    portrait.add_surface(SurfaceKind.PLAIN, [0.5, 0.5, 0.5], two_sided=True)
    attached = np.zeros((3, 12), np.float32)
    attached[:, :3], attached[:, 3:6], attached[:, 9] = corners, (0, 0, 1), weight
    solid = np.array([[0, 1, 2, 0]], np.int32)
    set_mesh(portrait, solid, np.zeros((3, RECORD_LENGTH)), attached=attached)
    head, torso = STILL.copy(), STILL.copy()
    head[0, 3], torso[1, 3] = 0.030, -0.020
    image = np.empty((64, 64, 4), np.uint8)
    nothing = np.zeros((0, 3), np.float32)
    portrait.draw(nothing, nothing, head, torso, frame_values(size, EVEN), None, image)
    rows, columns = np.nonzero(image[..., 3] == 255)
    moved = (30, 0) if weight else (0, 20)
    assert (columns.min(), rows.min()) == (10 + moved[0], 10 + moved[1])


def test_hidden_triangles_are_drawn_only_from_anywhere() -> None:
    size = (16, 16)
    positions = placed(np.array([[-8.0, -8], [40, -8], [-8, 40]]), np.ones(3), size)
    portrait = Portrait()
    portrait.add_surface(SurfaceKind.PLAIN, [0.5, 0.5, 0.5], two_sided=True)
    sheet = np.array([[0, 1, 2, 0]], np.int32)
    set_mesh(portrait, NO_TRIANGLES, np.zeros((3, RECORD_LENGTH)), hidden=sheet)
    for from_anywhere, alpha in ((False, 0), (True, 255)):
        image = np.empty((16, 16, 4), np.uint8)
        normals = np.tile(np.array([0, 0, 1], np.float32), (3, 1))
        values = frame_values(size, EVEN)
        portrait.draw(positions, normals, STILL, STILL, values, None, image, from_anywhere=from_anywhere)
        assert (image[..., 3] == alpha).all()


def test_a_caster_between_key_light_and_cloth_throws_a_shadow_on_what_it_hides() -> None:
    size = (64, 64)
    floor = placed(np.array([[-20.0, -20], [200, -20], [-20, 200]]), np.ones(3), size)
    blind = np.array([[-0.012, -0.012, 0.02], [0.012, -0.012, 0.02], [-0.012, 0.012, 0.02]], np.float32)
    positions = np.concatenate([floor, blind])
    light = replace(DARK, key=(0, 0, 1), key_colour=(1, 1, 1))
    # Texels of half a millimetre, the light straight from the camera.
    matrix = np.array([[2000, 0, 0, 96], [0, 2000, 0, 96], [0, 0, 1, 0]])
    shadow = {"shadow_matrix": matrix, "shadow_radius": 1.0, "shadow_softness": 0.001}
    portrait = Portrait()
    portrait.add_surface(SurfaceKind.CLOTH, [0, 0], two_sided=True, colour=WHITE)
    portrait.set_shadow_size(192)
    # The caster itself is not drawn from the front: what it hides is seen.
    blinds = np.array([[3, 4, 5, 0]], np.int32)
    records = np.zeros((6, RECORD_LENGTH))
    records[:, RecordField.COVER] = 1
    set_mesh(portrait, np.array([[0, 1, 2, 0]]), records, hidden=blinds, casters=(1,))
    behind = np.zeros((64, 64, 3), np.uint8)
    picture = drawn(portrait, positions, np.tile([0, 0, 1.0], (6, 1)), size, light, behind, **shadow)
    grey = picture.mean(-1)
    # (-6, -6) mm is under the blind, (+6, +6) mm is not.
    assert grey[38, 26] < 5
    assert grey[26, 38] > 150
    assert grey[:8].min() > 150


@pytest.mark.parametrize("tilt", [0.0, 0.5, 1.0, 1.2])
def test_a_plane_that_light_grazes_does_not_shadow_itself(tilt: float) -> None:
    size = (48, 48)
    floor = placed(np.array([[-40.0, -40], [200, -40], [-40, 200]]), np.ones(3), size)
    towards = np.array([np.sin(tilt), 0, np.cos(tilt)])
    across = np.array([np.cos(tilt), 0, -np.sin(tilt)])
    light = replace(DARK, key=tuple(towards), key_colour=(1, 1, 1))
    matrix = np.zeros((3, 4))
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = across * 1000, np.array([0, 1, 0]) * 1000, towards
    matrix[:2, 3] = 200
    picture = {}
    for casting in (False, True):
        portrait = Portrait()
        portrait.add_surface(SurfaceKind.CLOTH, [0, 0], two_sided=True, colour=WHITE)
        portrait.set_shadow_size(400)
        sheet = np.array([[0, 1, 2, 0]])
        set_mesh(portrait, sheet, np.zeros((3, RECORD_LENGTH)), casters=(0,) if casting else ())
        picture[casting] = drawn(
            portrait,
            floor,
            np.tile([0, 0, 1.0], (3, 1)),
            size,
            light,
            np.zeros((48, 48, 3), np.uint8),
            shadow_matrix=matrix,
            shadow_radius=5.0,
            shadow_softness=0.001,
        ).astype(int)
    assert np.abs(picture[True] - picture[False]).max() <= 1


def _mouth(depth_m: float, half_gap_m: float, aside_m: float = 0.0) -> float:
    """Brightness of white teeth that lie so deep behind lips that are so far open."""
    even = replace(EVEN, floor=(0.5, 0.5, 0.5), ceiling=(0.5, 0.5, 0.5))
    picture = _one_sheet(
        SurfaceKind.MOUTH,
        [0.0, 0.1],
        even,
        colour=WHITE,
        lip_point=(aside_m, 0.0, depth_m),
        mouth_opening=(half_gap_m, 0.025),
    )
    return float(picture[8, 8].mean())


def test_the_deeper_in_the_mouth_and_the_narrower_its_opening_the_darker() -> None:
    for half_gap in (0.001, 0.005, 0.012):
        by_depth = [_mouth(depth, half_gap) for depth in (0.002, 0.006, 0.015, 0.04)]
        assert by_depth == sorted(by_depth, reverse=True)
        assert by_depth[-1] < 0.85 * by_depth[0]
    by_gap = [_mouth(0.006, half_gap) for half_gap in (0.0, 0.002, 0.006, 0.012)]
    assert by_gap == sorted(by_gap)


def test_teeth_beside_the_corners_of_the_mouth_lie_in_the_dark() -> None:
    middle, side = _mouth(0.006, 0.006), _mouth(0.020, 0.006, aside_m=0.028)
    assert side < 0.7 * middle


@pytest.mark.parametrize(
    ("half_gap", "height", "depth"), [(0.005, 0.0, 0.004), (0.003, 0.005, 0.01), (0.01, -0.004, 0.02)]
)
def test_a_slot_sheds_its_form_factor_on_what_lies_behind_it(half_gap: float, height: float, depth: float) -> None:
    # By definition: cosine here times cosine there over the distance, along the slot's whole length.
    steps = np.linspace(-half_gap, half_gap, 20001)
    distance2 = depth**2 + (steps - height) ** 2
    expected = np.trapezoid(depth**2 / (2 * distance2**1.5), steps)
    assert reference.through_slot(half_gap - height, half_gap + height, depth) == pytest.approx(expected, rel=1e-5)


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


def test_a_frame_with_missing_unknown_or_misshapen_fields_is_refused() -> None:
    with pytest.raises(ShapeError, match="key_colour"):
        frame_values((4, 4), DARK, key_colour=(1.0, 1.0))
    with pytest.raises(ShapeError, match="moonlight"):
        frame_values((4, 4), DARK, moonlight=1.0)
    with pytest.raises(ShapeError, match="eye"):
        pack_frame({})


def test_meshes_that_name_what_is_not_there_are_refused() -> None:
    portrait = Portrait()
    records, triangle = np.zeros((3, RECORD_LENGTH)), np.array([[0, 1, 2, 0]], np.int32)
    with pytest.raises(ShapeError, match="surface"):
        set_mesh(portrait, triangle, records)
    portrait.add_surface(SurfaceKind.PLAIN, [1, 1, 1])
    with pytest.raises(ShapeError, match="vertex"):
        set_mesh(portrait, triangle + np.array([0, 0, 1, 0]), records)
    with pytest.raises(ShapeError, match="vertex"):
        set_mesh(portrait, triangle - np.array([1, 0, 0, 0]), records)
    with pytest.raises(ShapeError, match="caster"):
        set_mesh(portrait, triangle, records, casters=(1,))


def test_surfaces_beyond_what_the_kernels_hold_are_refused() -> None:
    portrait = Portrait()
    with pytest.raises(ShapeError, match="2 x 2"):
        portrait.add_surface(SurfaceKind.PLAIN, [1, 1, 1], colour=np.zeros((1, 5), np.int32))
    with pytest.raises(ShapeError, match="at most 8"):
        portrait.add_surface(SurfaceKind.PLAIN, [1.0] * 9)
    for _ in range(64):
        portrait.add_surface(SurfaceKind.PLAIN, [1, 1, 1])
    with pytest.raises(ShapeError, match="64"):
        portrait.add_surface(SurfaceKind.PLAIN, [1, 1, 1])


def test_pictures_and_positions_of_another_shape_are_refused() -> None:
    scene = RandomScene(0)
    portrait = scene.portrait()
    values = frame_values(scene.size, EVEN)
    behind = np.zeros((53, 75, 3), np.uint8)
    for positions, background, image in (
        (scene.positions[:-1], None, np.empty((53, 75, 4), np.uint8)),
        (scene.positions, None, np.empty((53, 75, 3), np.uint8)),
        (scene.positions, behind, np.empty((53, 75, 4), np.uint8)),
        (scene.positions, behind[:-1], np.empty((53, 75, 3), np.uint8)),
        (scene.positions, behind, np.empty((53, 75, 6), np.uint8)[..., ::2]),
        (np.full_like(scene.positions, np.nan), behind, np.empty((53, 75, 3), np.uint8)),
    ):
        with pytest.raises(ShapeError):
            portrait.draw(positions, scene.normals, STILL, STILL, values, background, image)
