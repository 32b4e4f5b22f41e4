"""What the portrait kernels see: samples, edges, layers, hidden triangles."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.native import cpu, pool
from avatron.native.shade import (
    RECORD_LENGTH,
    Portrait,
    RecordField,
    SurfaceKind,
)
from avatron.render.textures import data_texels
from avatron.render.tone import toned
from reference import shade as reference
from reference.portrait_scene import (
    EVEN,
    NO_TRIANGLES,
    STILL,
    Picture,
    RandomScene,
    drawn,
    frame_values,
    placed,
    set_mesh,
)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


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


@pytest.mark.parametrize(("left_px", "seen"), [(2.0, True), (40.0, False)])
def test_what_lies_behind_the_lips_shows_only_where_they_are(left_px: float, seen: bool) -> None:
    size = (64, 64)
    inside = placed(np.array([[1.0, 1], [12, 1], [1, 12]]), np.ones(3), size)
    lips = placed(np.array([[left_px, 2.0], [left_px + 7, 9], [left_px, 9]]), np.ones(3), size)
    positions = np.concatenate([inside, lips])
    portrait = Portrait()
    portrait.add_surface(SurfaceKind.PLAIN, [1, 1, 1], two_sided=True, behind_lips=True)
    set_mesh(portrait, np.array([[0, 1, 2, 0]]), np.zeros((6, RECORD_LENGTH)))
    portrait.set_lips(np.array([3, 4, 5], np.int32))
    picture = drawn(portrait, positions, np.tile([0, 0, 1.0], (6, 1)), size, EVEN)
    assert bool(picture[3, 3, 3] == 255) == seen
