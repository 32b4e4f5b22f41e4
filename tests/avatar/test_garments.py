"""The clothes' stages of `tools/build_avatar.py` keep their promises on shapes that need no data folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

needs_numba = pytest.mark.skipif(
    find_spec("numba") is None, reason="numba, which drapes the clothes of tools/, is not installed"
)
TOOLS = Path(__file__).resolve().parents[2] / "tools"

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def tools_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))


def tube(radius_m: float = 0.055) -> tuple[Floats, NDArray[np.int64]]:
    """A round neck that widens into the shoulders, as a mesh."""
    height, around = np.meshgrid(np.linspace(-0.20, 0, 60), np.linspace(0, 2 * np.pi, 121)[:-1], indexing="ij")
    reach = radius_m + 0.9 * np.clip(-0.11 - height, 0, None)
    points = np.stack([reach * np.sin(around), height, -0.018 + 0.8 * reach * np.cos(around)], -1)
    index = np.arange(height.size).reshape(height.shape)
    a, b = index[:-1], index[1:]
    c, d = np.roll(b, -1, axis=1), np.roll(a, -1, axis=1)
    triangles = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    return points.reshape(-1, 3), triangles


@pytest.fixture(scope="module")
def body() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOLS))
        from avatar.garment.body import BodyRecipe, measure_body

        return measure_body(*tube(), BodyRecipe())


def outward_share(vertices: Floats, triangles: NDArray[np.int64], outward: Floats) -> float:
    """Share of triangles whose front looks along the directions [V, 3] of their corners."""
    corner = vertices[triangles]
    facing = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return float(((facing * outward[triangles].mean(1)).sum(1) > 0).mean())


def test_points_lifted_off_the_body_are_at_that_height(body: Any) -> None:
    directions = np.random.default_rng(1).standard_normal((300, 3)) * [1, 0.5, 1] - [0, 0.3, 0]
    points = body.lifted(body.cast(directions), 0.006)
    inside = (points[:, 1] > -0.5) & (points[:, 1] < -0.1)
    assert np.abs(body.distance(points[inside]) - 0.006).max() < 0.0012


@needs_numba
def test_cloth_falls_but_stays_off_the_body_and_hangs_from_its_neckline(body: Any) -> None:
    from avatar.garment.drape import DrapeRecipe, drape
    from avatar.garment.sheet import lay_columns, spread_azimuth

    azimuth = spread_azimuth(40)
    line = body.ring(np.array([0, -0.15, 0.04]), np.array([0, -0.11, -0.07]), azimuth)
    columns = lay_columns(body, line, azimuth)
    flat = body.lifted(columns.at(columns.length_m[:, None] * np.linspace(0, 1, 24)), 0.005)
    recipe = DrapeRecipe(steps=40)
    fallen = drape(flat, body, recipe, closed=True)
    np.testing.assert_array_equal(fallen[:, 0], flat[:, 0])
    assert body.distance(fallen[:, 1:-3]).min() > 0.5 * recipe.lift_m
    assert (fallen[:, 4:, 1] - flat[:, 4:, 1]).mean() < 0
    np.testing.assert_array_equal(fallen, drape(flat, body, recipe, closed=True))


def test_a_flat_piece_stays_flat_and_a_roof_is_unfolded() -> None:
    from avatar.garment.flatten import lay_flat
    from avatar.garment.sheet import grid_triangles

    across, down = np.meshgrid(np.linspace(0.3, -0.3, 13), -np.linspace(0, 0.4, 9), indexing="ij")
    roof = np.stack([across, down, -np.abs(across)], -1).reshape(-1, 3)
    triangles = grid_triangles(13, 9, closed=False)
    placed = lay_flat(roof, triangles, roof[:, :2] * [1.3, 1.0], rounds=60)
    length = np.linalg.norm(placed[triangles[:, 0]] - placed[triangles[:, 1]], axis=1)
    goal = np.linalg.norm(roof[triangles[:, 0]] - roof[triangles[:, 1]], axis=1)
    assert np.abs(length / goal - 1).max() < 0.03


@needs_numba
def test_a_sweater_covers_the_body_and_its_texture_keeps_the_true_size(body: Any) -> None:
    from avatar.garment.sweater import SweaterRecipe, knit_sweater

    pieces, _ = knit_sweater(body, SweaterRecipe(columns=56, rows=28, band_columns=80))
    sheet, _, band = pieces
    # The band has an inner face too.
    for piece in pieces:
        assert piece.triangles.max() < len(piece.vertices_m)
        assert outward_share(piece.vertices_m, piece.triangles, body.outward(piece.vertices_m)) > 0.7
    assert body.distance(sheet.vertices_m[sheet.vertices_m[:, 1] > -0.4]).min() > 0.0005
    edge = sheet.triangles[:, :2]
    length = np.linalg.norm(np.diff(sheet.vertices_m[edge], axis=1)[:, 0], axis=1)
    drawn = np.linalg.norm(np.diff(sheet.texture_coordinates[edge], axis=1)[:, 0], axis=1) * sheet.cloth.width_m
    assert 0.8 < np.median(drawn / length) < 1.1
    turn = band.texture_coordinates.reshape(-1, 15, 2)
    assert turn[-1, 0, 0] - turn[0, 0, 0] == pytest.approx(round(turn[-1, 0, 0] - turn[0, 0, 0]))


@needs_numba
def test_a_shirt_stands_open_in_front_and_its_collar_folds_over(body: Any) -> None:
    from avatar.garment.shirt import ShirtRecipe, make_shirt

    recipe = ShirtRecipe()
    (shirt, _, buttons), _ = make_shirt(body, recipe)
    # Nothing in front of the throat above the place where the opening ends.
    throat = (np.abs(shirt.vertices_m[:, 0]) < 0.012) & (shirt.vertices_m[:, 2] > 0)
    assert shirt.vertices_m[throat, 1].max() < recipe.opening_bottom_m + 0.012
    fold = shirt.vertices_m[:, 1].max()
    assert fold > recipe.fold_back_m[0] - 0.01
    assert body.distance(shirt.vertices_m).min() > -0.001
    assert shirt.light().min() > 0.2 and shirt.light().max() == 1
    facing = buttons.vertices_m[:, 2] - body.lifted(buttons.vertices_m, recipe.lift_m)[:, 2]
    assert facing.max() > 0.002


@needs_numba
def test_a_blazer_is_the_same_left_and_right_and_lies_outside_of_a_shirt(body: Any) -> None:
    from avatar.garment.blazer import BlazerRecipe, cut_blazer

    recipe = BlazerRecipe(columns=56, rows=20)
    (blazer, _, _), _ = cut_blazer(body, recipe)
    flaps = blazer.vertices_m[blazer.light() == 1]
    mirrored = flaps * [-1, 1, 1]
    apart = np.linalg.norm(flaps[:, None, :] - mirrored[None], axis=2).min(1)
    assert np.median(apart) < 0.0015
    chest = (flaps[:, 2] > 0.03) & (np.abs(flaps[:, 0]) > 0.03) & (flaps[:, 1] > -0.38)
    assert body.distance(flaps[chest]).min() > 0.005


@needs_numba
def test_clothes_hide_the_bust_below_them_and_what_stands_out_but_no_chin() -> None:
    from avatar.garment.outfit import dress
    from avatar.head_target import load_head_target
    from avatar.people import PEOPLE

    target = load_head_target()
    hidden = np.zeros(len(target.triangles), bool)
    hidden[dress(target, target.mean_m, PEOPLE["ava"].outfit).hidden] = True
    middle = target.mean_m[target.triangles].mean(1)
    low = (target.part == "bust") & (middle[:, 1] < -0.19)
    assert hidden[low].mean() > 0.98
    assert not hidden[(middle[:, 1] > -0.085) | ((middle[:, 2] > 0.06) & (middle[:, 1] > -0.12))].any()


def test_a_fold_rises_along_its_line_and_its_valleys_are_darker(body: Any) -> None:
    from avatar.garment.flap import front_points
    from avatar.garment.folds import Fold, lay_folds

    place = np.stack(np.meshgrid(np.linspace(0.10, 0.02, 41), np.linspace(-0.2, -0.3, 21), indexing="ij"), -1)
    flat = body.lifted(front_points(body, place.reshape(-1, 2)), 0.005).reshape(41, 21, 3)
    fold = Fold((0.06, -0.19), (0.06, -0.33), height_m=0.004, width_m=0.008, sides=(1.0,))
    folded, light = lay_folds(flat, body, (fold,), 0.003)
    height = body.distance(folded)
    assert height[20, 8] > 0.0075 and height.min() > 0.0025
    assert light[20, 8] == 1 and light.min() < 0.95
    assert np.abs(folded[0] - flat[0]).max() < 1e-4


def test_a_seam_lies_close_over_its_cloth_and_shows_only_its_own_line(body: Any) -> None:
    from avatar.garment.cloth import ClothRecipe, make_cloth
    from avatar.garment.flap import front_points
    from avatar.garment.seam import STITCH, seam_cloth, sew_seam

    cloth = seam_cloth(make_cloth(ClothRecipe(make="linen"), 192))
    line = front_points(body, np.stack([np.linspace(0.08, 0.02, 20), np.full(20, -0.24)], -1))
    seam = sew_seam(line, body.outward(line), cloth, STITCH)
    assert np.abs(body.distance(seam.vertices_m)).max() < 0.0015
    assert np.abs(seam.texture_coordinates[:, 1] - STITCH).max() < 0.25
    assert outward_share(seam.vertices_m, seam.triangles, body.outward(seam.vertices_m)) == 1


@needs_numba
def test_collars_follow_the_neck_a_little_and_shoulders_do_not() -> None:
    from avatar.garment.outfit import MOST_FOLLOWED, follows_neck

    share = follows_neck(np.array([[0, -0.130, 0.036], [0, -0.088, -0.065], [0.15, -0.17, -0.03], [0, -0.20, 0.06]]))
    assert share[0] > 0.8 * MOST_FOLLOWED and share[1] > 0.8 * MOST_FOLLOWED
    assert share[2] == 0 and share[3] == 0


@pytest.mark.parametrize("make", ["jersey", "rib", "twill", "plain", "linen"])
@pytest.mark.parametrize("axis", [0, 1])
def test_cloth_goes_on_at_its_borders(axis: int, make: str) -> None:
    from avatar.garment.cloth import ClothRecipe, make_cloth

    cloth = make_cloth(ClothRecipe(make=make), size=192)
    for tile in (cloth.albedo.mean(2), cloth.height):
        inside = np.abs(np.diff(tile, axis=axis)).mean()
        border = np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis)).mean()
        assert border < 2.2 * inside
