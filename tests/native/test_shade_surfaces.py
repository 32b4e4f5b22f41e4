"""How the portrait kernels shade each kind of surface, against formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.native.shade import (
    RECORD_LENGTH,
    Portrait,
    RecordField,
    SurfaceKind,
)
from avatron.render.light import LIGHTS, LightRig, unit
from avatron.render.scattering import skin_table
from avatron.render.textures import data_texels
from avatron.render.tone import toned
from reference import shade as reference
from reference.portrait_scene import DARK, EVEN, EYE_M, NO_TRIANGLES, Array, Picture, drawn, placed, set_mesh

NO_TEXELS = np.zeros((0, 0), np.int32)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


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


def test_the_key_light_at_the_vertices_of_a_fine_mesh_is_nearly_that_of_every_point() -> None:
    size, side = (96, 96), 33
    middle = (np.arange(side) - side // 2) * 0.0035
    grid = np.stack([*np.meshgrid(middle, middle), np.zeros((side, side))], -1).reshape(-1, 3)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    cells = np.stack([corner, corner + 1, corner + side, corner + 1, corner + side + 1, corner + side], 1).reshape(
        -1, 3
    )
    blind = np.array([[-0.02, -0.02, 0.03], [0.02, -0.02, 0.03], [-0.02, 0.02, 0.03]])
    positions = np.concatenate([grid, blind]).astype(np.float32)
    count = len(positions)
    solid = np.column_stack([cells, np.zeros(len(cells))]).astype(np.int32)
    hidden = np.array([[count - 3, count - 2, count - 1, 0]], np.int32)
    records = np.zeros((count, RECORD_LENGTH), np.float32)
    records[:, RecordField.COVER] = 1
    records[:, RecordField.NORMAL + 2] = 1
    matrix = np.array([[1000, 0, 0, 96], [0, 1000, 0, 96], [0, 0, 1, 0]])
    shadow = {"shadow_matrix": matrix, "shadow_radius": 5.0, "shadow_softness": 0.001}
    light = replace(DARK, key=(0, 0, 1), key_colour=(1, 1, 1))
    pictures = []
    for coarse in (True, False):
        portrait = Portrait()
        portrait.add_surface(SurfaceKind.CLOTH, [0, 0], two_sided=True, colour=WHITE)
        portrait.set_shadow_size(192)
        portrait.set_mesh(
            *(solid, hidden, NO_TRIANGLES, np.array([len(solid)], np.int32), records),
            np.zeros((0, 12), np.float32),
            np.full(count, coarse),
        )
        behind = np.zeros((96, 96, 3), np.uint8)
        picture = drawn(portrait, positions, np.tile([0, 0, 1.0], (count, 1)), size, light, behind, **shadow)
        pictures.append(picture.astype(int))
    everywhere, at_vertices = pictures
    assert everywhere.min() < 10 < 200 < everywhere.max()
    # The penumbra is 10 mm wide and a cell 3.5 mm: straight lines between come within a tenth of its range.
    assert np.abs(everywhere - at_vertices).mean() < 3
    assert np.percentile(np.abs(everywhere - at_vertices), 99) < 40


@pytest.mark.parametrize("layer", [False, True])
def test_hair_as_solid_and_as_layer_is_lit_like_the_reference(layer: bool, generator: np.random.Generator) -> None:
    for _ in range(12):
        root, brightness = generator.uniform(0.3, 0.9, 3), float(generator.uniform(0.1, 0.9))
        texels = [np.full((2, 2), round(255 * value), np.uint8) for value in (*root, 1.0)]
        strand = np.array([*generator.uniform(-1, 1, 2), generator.uniform(-0.3, 0.3)])
        strand /= np.linalg.norm(strand)
        openness = float(generator.uniform(0.2, 1))
        light = replace(
            DARK,
            key=(*generator.uniform(-0.6, 0.6, 2), 0.8),
            key_colour=(0.9, 0.8, 0.7),
            rim=(*generator.uniform(-0.6, 0.6, 2), -0.8),
            rim_colour=(0.4, 0.5, 0.6),
        )
        fields = {RecordField.IRRADIANCE: (0.2, 0.2, 0.2), RecordField.OCCLUSION: openness, RecordField.RIM: 1.0}
        picture = _one_sheet(
            SurfaceKind.HAIR,
            [0.6, 0.5],
            light,
            size=(8, 8),
            layer=layer,
            records={**fields, RecordField.TANGENT: strand},
            colour=data_texels(*texels),
            detail=data_texels(np.full((2, 2), round(255 * brightness), np.uint8)),
        )
        expected = reference.hair_light(
            np.array([0, 0, 1.0]), strand, np.array([0, 0, 1.0]), root**2, brightness, openness, light, (0.6, 0.5), 0.2
        )
        # Gaussians are powers in the kernels.
        assert np.abs(picture[4, 4] - toned(expected) * 255).max() < 4
