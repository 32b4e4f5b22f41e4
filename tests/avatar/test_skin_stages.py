"""The skin's stages keep their promises on points that need no data folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

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


def face_points(step_m: float = 0.002) -> tuple[Floats, Floats]:
    """Points on a bowl roughly where the face is, and their normals."""
    across, up = np.meshgrid(np.arange(-0.07, 0.07, step_m), np.arange(-0.13, 0.11, step_m))
    out = 0.115 - 6.0 * across**2 - 1.5 * up**2
    normals = np.stack([12 * across, 3 * up, np.ones_like(up)], -1).reshape(-1, 3)
    points = np.stack([across, up, out], -1).reshape(-1, 3)
    return points, normals / np.linalg.norm(normals, axis=1, keepdims=True)


def test_pigments_that_are_added_are_found_again() -> None:
    from avatar.pigments import pigment_factor, separate_pigments

    amounts = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 50))
    found = separate_pigments(np.log(pigment_factor(*amounts)) + 0.1)
    np.testing.assert_allclose([found.melanin, found.blood], amounts, atol=1e-9)
    np.testing.assert_allclose(found.shade, 0.1, atol=1e-9)


def test_melanin_browns_and_blood_reddens() -> None:
    from avatar.pigments import pigment_factor

    brown, red = pigment_factor(np.array([0.3, 0.0]), np.array([0.0, 0.3]))
    assert brown[0] > brown[1] > brown[2]
    assert red[0] > 0.9 and red[1] < red[2] < 0.85


@needs_numba
def test_the_typology_angle_orders_skins_from_light_to_dark() -> None:
    from avatar.people import PEOPLE
    from avatar.pigments import typology_angle

    angles = {name: typology_angle(recipe.skin.median_albedo) for name, recipe in PEOPLE.items()}
    assert angles["henry"] > 28 and angles["ava"] > 28
    assert angles["zuri"] < -30 < angles["kenji"] < angles["henry"]


def test_lips_lie_between_their_borders() -> None:
    from avatar.skin_regions import find_regions

    points, _ = face_points(0.001)
    regions = find_regions(points, seed=3)
    lips = regions.lip > 0.5
    assert lips.any()
    assert np.abs(points[lips, 0]).max() < 0.029
    assert points[lips, 1].min() > -0.046 and points[lips, 1].max() < -0.022


def test_folds_are_deep_where_their_region_says_and_nowhere_else() -> None:
    from avatar.skin_lines import LineRecipe, draw_lines

    points, normals = face_points(0.0008)
    heights = draw_lines(points, normals, LineRecipe())
    forehead = (points[:, 1] > 0.066) & (points[:, 1] < 0.11)
    assert heights[forehead, 0].min() < -0.0001
    assert heights[points[:, 1] > 0.108].min() > -1e-5
    beside_mouth = (
        (np.abs(points[:, 0]) > 0.016) & (np.abs(points[:, 0]) < 0.04) & (np.abs(points[:, 1] + 0.015) < 0.02)
    )
    assert heights[beside_mouth, 0].min() < -0.0002
    assert heights.max() > 0


def test_folds_of_a_shallow_face_are_shallow() -> None:
    from avatar.skin_lines import LineRecipe, draw_lines
    from avatron.render.creases import CREASE_REGIONS

    points, normals = face_points()
    deep = draw_lines(points, normals, LineRecipe())
    shallow = draw_lines(points, normals, LineRecipe(depth=dict.fromkeys(CREASE_REGIONS, 0.25)))
    np.testing.assert_allclose(shallow.min(0), 0.25 * deep.min(0), rtol=1e-6)


def test_brows_grow_along_their_line_soft_at_the_inner_end_and_fading_at_the_tail() -> None:
    from avatar.brows import BrowRecipe, draw_brows

    points, _ = face_points(0.0005)
    brows = draw_brows(points, BrowRecipe())
    grown = brows.opacity > 0.3
    assert grown.any()
    assert np.abs(points[grown, 0]).min() > 0.008 and np.abs(points[grown, 0]).max() < 0.064
    left = brows.opacity * (points[:, 0] > 0)
    right = brows.opacity * (points[:, 0] < 0)
    assert left.sum() == pytest.approx(right.sum(), rel=0.1) and not np.allclose(left, right)

    def at(low: float, high: float) -> float:
        return float(brows.opacity[(points[:, 0] > low) & (points[:, 0] < high)].max())

    assert at(0.012, 0.014) < at(0.028, 0.036) and at(0.058, 0.060) < at(0.028, 0.036)


def test_the_fold_of_a_lid_lies_above_its_edge_on_both_sides_and_nothing_is_drawn_on_the_cheeks() -> None:
    from avatar.lids import lid_fold, lid_rim

    points, _ = face_points(0.0005)
    fold, rim = lid_fold(points), lid_rim(points)
    for side in (1, -1):
        middle = np.abs(points[:, 0] - side * 0.031) < 0.002
        heights = [
            np.average(points[middle & (points[:, 1] > 0.035), 1], weights=drawn)
            for drawn in (fold[middle & (points[:, 1] > 0.035)], rim[middle & (points[:, 1] > 0.035)])
        ]
        assert 0.003 < heights[0] - heights[1] < 0.006
    assert max(fold.max(), rim.max()) <= 1
    assert max(fold[points[:, 1] < 0.02].max(), rim[points[:, 1] < 0.02].max()) == 0


def test_every_lash_stays_in_its_strip_and_stands_on_the_lid() -> None:
    from avatar.eyes import LASH_CELLS, LashRecipe, draw_lashes

    lashes = draw_lashes(LashRecipe(root_shade=0.0))
    rows, columns = lashes.shape
    borders = [round(columns / LASH_CELLS * cell) for cell in range(1, LASH_CELLS)]
    # A third of a texel is left free: no lash of one eye shows at the other.
    assert lashes[:, borders].max() < 0.7
    density = lashes.mean(1)
    assert density[-1] > density[rows // 2] > density[0]


def test_teeth_are_told_apart_and_their_edges_are_clear() -> None:
    from avatar.mouth_paint import MouthRecipe, find_teeth, paint_teeth

    def tooth(middle: float) -> Floats:
        grid = np.stack(np.meshgrid([-0.004, 0.0, 0.004], [-0.035, -0.030, -0.025]), -1).reshape(-1, 2)
        return np.column_stack([grid[:, 0] + middle, grid[:, 1], np.full(9, 0.105)])

    cells = [(0, 1, 3), (1, 4, 3), (1, 2, 4), (2, 5, 4), (3, 4, 6), (4, 7, 6), (4, 5, 7), (5, 8, 7)]
    vertices = np.concatenate([tooth(-0.0045), tooth(0.0045)])
    triangles = np.concatenate([np.array(cells), np.array(cells) + 9])
    chosen = np.arange(16)
    points = vertices[triangles].mean(1)
    places = find_teeth(vertices, triangles, chosen, points, upper=True)
    assert places.number.tolist() == [0] * 8 + [1] * 8
    assert (places.beside <= 1).all()
    recipe = MouthRecipe(uneven=0.0)
    painted = paint_teeth(points, places, np.array([[0.0, -0.010, 0.1]]), recipe)
    low = places.from_edge_m < 0.002
    assert painted.albedo[low].mean() < painted.albedo[~low].mean()
