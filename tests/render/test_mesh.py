"""The mesh renderer: bare heads and any moving mesh."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion, MeshSequence
from avatron.errors import InvalidValueError, UnknownNameError
from avatron.face.head import HeadModel
from avatron.native import pool
from avatron.render.light import LIGHTS
from avatron.render.mesh import MeshRenderer

Picture = NDArray[np.uint8]
SIZE = (128, 128)


def ball(rings: int = 24) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """(vertices, triangles) of a ball of radius 10 cm."""
    polar, around = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.linspace(0, 2 * np.pi, 2 * rings + 1)[:-1])
    points = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], -1) * 0.1
    number = np.arange(polar.size).reshape(polar.shape)
    after = np.roll(number, -1, 0)
    quads = np.stack([number[:, :-1], number[:, 1:], after[:, 1:], after[:, :-1]], -1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 2, 1]], quads[:, [0, 3, 2]]])
    return points.reshape(-1, 3).astype(np.float32), triangles.astype(np.int32)


def sequence(*frames: NDArray[np.float32], triangles: NDArray[np.int32]) -> MeshSequence:
    return MeshSequence(np.stack(frames), triangles, Fraction(25))


@pytest.fixture(scope="module")
def renderer(head: HeadModel) -> MeshRenderer:
    return MeshRenderer(head, size=SIZE, background="transparent")


def opened(frames: int) -> FaceMotion:
    motion = FaceMotion.at_rest(frames)
    expression = motion.expression.copy()
    expression[:, EXPRESSION_INDEX["jawOpen"]] = np.linspace(0, 0.8, frames)
    return replace(motion, expression=expression)


def test_a_plain_head_is_drawn_whole_with_the_background_about_it(renderer: MeshRenderer) -> None:
    (picture,) = renderer.frames(FaceMotion.at_rest(1))
    assert picture.shape == (128, 128, 4)
    alpha = picture[..., 3]
    assert alpha[[0, -1]].max() == 0 and alpha[:, [0, -1]].max() == 0
    assert alpha[64, 64] == 255
    assert 0.2 < (alpha > 0).mean() < 0.9
    grey = picture[alpha == 255][:, :3].astype(int)
    assert grey.std() > 15, "shaded, not flat"


def test_an_opening_mouth_changes_the_mouth_and_leaves_the_forehead(renderer: MeshRenderer, head: HeadModel) -> None:
    shut, wide = renderer.frames(opened(2))
    changed = np.abs(shut.astype(int) - wide).max(-1) > 8
    assert changed.sum() > 50
    rows = np.nonzero((shut[..., 3] > 0).any(1))[0]
    assert not changed[: rows[0] + len(rows) // 8].any()


def test_a_frame_does_not_depend_on_others_once_the_camera_is_given(renderer: MeshRenderer) -> None:
    motion = opened(3)
    first = list(renderer.frames(motion))
    np.testing.assert_array_equal(np.stack(first), np.stack([*renderer.frames(motion)]))
    with pool.use_threads(2):
        np.testing.assert_array_equal(np.stack(first), np.stack([*renderer.frames(motion)]))


def test_a_moving_mesh_is_framed_once_and_then_seen_to_move(head: HeadModel) -> None:
    points, triangles = ball()
    moved = points + np.array([0.03, 0, 0], np.float32)
    renderer = MeshRenderer(head, size=SIZE, background="transparent")
    still, right = renderer.mesh_frames(sequence(points, moved, triangles=triangles))
    columns = [np.nonzero(picture[..., 3])[1].mean() for picture in (still, right)]
    assert columns[0] == pytest.approx(63.5, abs=0.5)
    assert columns[1] > columns[0] + 8


@pytest.mark.parametrize("size", [(128, 128), (320, 100), (100, 320), (16, 16)])
def test_a_ball_is_drawn_round_and_whole_in_pictures_of_any_shape(head: HeadModel, size: tuple[int, int]) -> None:
    points, triangles = ball()
    renderer = MeshRenderer(head, size=size, background="transparent")
    (picture,) = renderer.mesh_frames(sequence(points, triangles=triangles))
    cover = picture[..., 3] / 255
    width, height = (cover.max(axis) > 0.5 for axis in (0, 1))
    assert width.sum() == pytest.approx(height.sum(), abs=1)
    assert cover[0].max() == 0 and cover[:, 0].max() == 0
    assert width.sum() > 0.75 * min(size)
    # As much as a disc covers.
    assert cover.sum() == pytest.approx(np.pi / 4 * width.sum() * height.sum(), rel=0.2)


def test_a_mirrored_light_gives_the_mirrored_picture_of_a_ball(head: HeadModel) -> None:
    points, triangles = ball()
    pictures = []
    for light in (LIGHTS["studio"], LIGHTS["studio"].mirrored()):
        renderer = MeshRenderer(head, size=SIZE, background=(128, 128, 128), light=light)
        pictures.append(next(renderer.mesh_frames(sequence(points, triangles=triangles))).astype(int))
    difference = np.abs(pictures[0] - pictures[1][:, ::-1]).max(-1)
    # The samples of a pixel are not mirrored: its edge may differ.
    assert np.percentile(difference, 97) <= 2
    assert pictures[0][50, 40].mean() > pictures[0][50, 87].mean() + 10, "the key comes from the left of the picture"


def test_both_sides_of_an_open_mesh_are_drawn(head: HeadModel) -> None:
    points = np.array([[-0.1, -0.1, 0], [0.1, -0.1, 0], [0, 0.1, 0]], np.float32)
    for triangles in (np.array([[0, 1, 2]], np.int32), np.array([[0, 2, 1]], np.int32)):
        renderer = MeshRenderer(head, size=SIZE, background="transparent")
        (picture,) = renderer.mesh_frames(sequence(points, triangles=triangles))
        assert picture[64, 64, 3] == 255
        assert picture[64, 64, :3].min() > 60, "lit from both sides"


def test_the_colour_is_that_of_the_surface(head: HeadModel) -> None:
    points, triangles = ball()
    renderer = MeshRenderer(head, size=SIZE, background="transparent", colour=(0.6, 0.1, 0.1))
    (picture,) = renderer.mesh_frames(sequence(points, triangles=triangles))
    red, green, _ = picture[picture[..., 3] == 255][:, :3].astype(int).T
    assert (red > green + 10).mean() > 0.9


class TwoTriangles:
    """A face model that is not ours."""

    def vertices(self, motion: FaceMotion, identity: object = None) -> NDArray[np.float32]:
        square = np.array([[-0.1, -0.1, 0], [0.1, -0.1, 0], [0.1, 0.1, 0], [-0.1, 0.1, 0]], np.float32)
        return np.asarray(square + 0.05 * motion.channel("jawOpen")[:, None, None], np.float32)


def test_another_face_model_needs_its_triangles() -> None:
    with pytest.raises(InvalidValueError, match="triangles"):
        MeshRenderer(TwoTriangles(), size=SIZE)
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    frames = list(MeshRenderer(TwoTriangles(), triangles, size=SIZE, background="transparent").frames(opened(2)))
    assert frames[0][64, 64, 3] == 255
    assert (frames[0] != frames[1]).any()


def test_sizes_and_lights_that_cannot_be_are_refused(head: HeadModel) -> None:
    with pytest.raises(InvalidValueError, match=r"8x128.*16 \.\. 4096"):
        MeshRenderer(head, size=(8, 128))
    with pytest.raises(UnknownNameError, match=r"studio"):
        MeshRenderer(head, light="candle")


def test_a_camera_of_another_size_is_refused(renderer: MeshRenderer) -> None:
    camera = Camera.looking_at(np.zeros(3), np.array([0, 0, 1.2]), 64, 128, 300.0)
    with pytest.raises(InvalidValueError, match=r"64x128.*128x128"):
        next(renderer.frames(FaceMotion.at_rest(1), camera))


def test_a_mesh_without_triangles_is_refused(head: HeadModel) -> None:
    points, triangles = ball()
    with pytest.raises(InvalidValueError, match="no triangles"):
        MeshRenderer(head, triangles[:0])
    with pytest.raises(InvalidValueError, match="no triangles"):
        next(MeshRenderer(head).mesh_frames(sequence(points, triangles=triangles[:0])))


@pytest.mark.parametrize("flat", [(1, 0, 1), (0, 1, 1), (0, 0, 0)])
def test_a_mesh_without_height_or_width_is_drawn_all_the_same(head: HeadModel, flat: tuple[float, ...]) -> None:
    points, triangles = ball(8)
    renderer = MeshRenderer(head, size=SIZE)
    assert next(renderer.mesh_frames(sequence(points * np.array(flat, np.float32), triangles=triangles))).shape[2] == 3


def test_no_motion_gives_no_picture(renderer: MeshRenderer) -> None:
    assert list(renderer.frames(FaceMotion.at_rest(0))) == []
