"""What the portrait kernels refuse."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import ShapeError
from avatron.native.shade import (
    RECORD_LENGTH,
    Portrait,
    SurfaceKind,
    pack_frame,
)
from reference.portrait_scene import DARK, EVEN, STILL, RandomScene, frame_values, set_mesh


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(11)


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
