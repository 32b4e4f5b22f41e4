"""Sizes, framings, cameras and light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, UnknownNameError
from avatron.face.head import HeadModel
from avatron.render.appearance import Appearance
from avatron.render.framing import FRAMINGS
from avatron.render.light import LIGHTS
from avatron.render.portrait import LARGEST_SIDE, SMALLEST_SIDE, PortraitRenderer
from reference.portraits import (
    GREY,
    SIZE,
    differences,
    greens,
    motion_of,
    painted,
    picture_of,
)

RendererFor = Callable[..., PortraitRenderer]


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (333, 777)])
def test_the_head_is_scaled_for_another_size_and_never_stretched(
    renderer_for: RendererFor, size: tuple[int, int]
) -> None:
    square = renderer_for((512, 512), background=GREY)
    other = renderer_for(size, background=GREY)
    # The same camera but for focal length and middle: one picture is the other scaled evenly and shifted.
    scale = other.camera.focal_px / square.camera.focal_px
    across, down = np.meshgrid(np.arange(512) + 0.5, np.arange(512) + 0.5)
    places = (np.stack([across, down], -1) - square.camera.centre_px) * scale + other.camera.centre_px
    column, row = np.moveaxis(np.floor(places).astype(int), -1, 0)
    within = (column >= 1) & (column < size[0] - 1) & (row >= 1) & (row < size[1] - 1)
    assert within[100:400, 150:360].all()
    taken = picture_of(other)[np.where(within, row, 0), np.where(within, column, 0)]
    difference = differences(picture_of(square), taken)[within]
    assert np.median(difference) <= 3
    assert (difference > 40).mean() < 0.02


@pytest.mark.parametrize("size", [(512, 512), (1920, 1080), (1080, 1920), (333, 777)])
def test_eyes_and_chin_keep_their_distances_at_every_size(
    renderer_for: RendererFor, head: HeadModel, ava: Appearance, size: tuple[int, int]
) -> None:
    person = head.person(ava.identity)
    points = person[head.multi_pie]
    left, right, chin = points[42:48].mean(0), points[36:42].mean(0), points[8]

    def ratio(at: tuple[int, int]) -> float:
        camera = renderer_for(at, background=GREY).camera
        a, b, c = camera.project(np.stack([left, right, chin]))
        return float(np.linalg.norm(a - b) / np.linalg.norm((a + b) / 2 - c))

    assert ratio(size) == pytest.approx(ratio((512, 512)), rel=1e-6)


@pytest.mark.parametrize("size", [(192, 192), (320, 180), (180, 320)])
def test_the_head_is_seen_whole_and_no_bust_floats_in_the_air(renderer_for: RendererFor, size: tuple[int, int]) -> None:
    clear = picture_of(renderer_for(size, background="transparent"))[..., 3]
    assert clear[0].max() == 0
    assert clear[: size[1] // 2, [0, -1]].max() == 0
    assert clear[-1, size[0] // 2] == 255


def test_a_close_up_shows_the_irises_larger(head: HeadModel, ava: Appearance) -> None:
    areas = [
        greens(
            picture_of(PortraitRenderer(head, painted(ava), size=(256, 256), framing=name, background="transparent"))
        ).sum()
        for name in ("head-and-shoulders", "close-up")
    ]
    assert areas[1] > 1.6 * areas[0]


def test_the_smallest_picture_shows_a_person(renderer_for: RendererFor) -> None:
    picture = picture_of(renderer_for((SMALLEST_SIDE, SMALLEST_SIDE), background="transparent"))
    assert picture.shape == (16, 16, 4)
    assert picture[8, 8, 3] == 255
    assert picture[8, 8, 0] > picture[8, 8, 2], "skin is warm"


@pytest.mark.parametrize("size", [(15, 512), (512, 15), (0, 0), (-512, 512), (4097, 512), (512, 100_000)])
def test_sizes_out_of_range_are_refused_with_what_is_possible(
    head: HeadModel, ava: Appearance, size: tuple[int, int]
) -> None:
    with pytest.raises(InvalidValueError, match=f"{size[0]}x{size[1]}.*{SMALLEST_SIDE} .. {LARGEST_SIDE}"):
        PortraitRenderer(head, ava, size=size)


def test_unknown_names_list_the_known(head: HeadModel, ava: Appearance) -> None:
    for option, known in (("light", LIGHTS), ("framing", FRAMINGS)):
        with pytest.raises(UnknownNameError, match="nonesuch") as caught:
            PortraitRenderer(head, ava, size=SIZE, **{option: "nonesuch"})
        assert all(name in str(caught.value) for name in known)


def test_a_camera_of_ones_own_replaces_the_framing(renderer_for: RendererFor) -> None:
    renderer = renderer_for(SIZE, background="transparent")
    framed = renderer.camera
    wider = replace(framed, focal_px=framed.focal_px / 2)
    shares = [(picture_of(renderer, camera=camera)[..., 3] > 0).mean() for camera in (framed, wider)]
    assert shares[1] < 0.6 * shares[0]
    np.testing.assert_array_equal(picture_of(renderer, camera=framed), picture_of(renderer))


def test_a_camera_of_another_size_is_refused(renderer_for: RendererFor) -> None:
    renderer = renderer_for(SIZE)
    camera = replace(renderer.camera, width=100)
    with pytest.raises(InvalidValueError, match=r"100x192.*192x192"):
        picture_of(renderer, camera=camera)


@pytest.mark.parametrize("side", [(1.4, 0.0), (-1.4, 0.0), (0.9, 0.9)])
def test_from_the_side_nothing_is_seen_through_the_head(
    renderer_for: RendererFor, head: HeadModel, side: tuple[float, float]
) -> None:
    renderer = renderer_for(SIZE, background="transparent")
    camera = Camera.looking_at(np.array([0.0, 0.03, 0.0]), np.array([side[0], 0.03, side[1]]), 192, 192, 500.0)
    alpha = picture_of(renderer, camera=camera)[..., 3]
    column, row = camera.project(head.person()[head.regions["scalp"] > 0.9]).mean(0).astype(int)
    assert alpha[row - 12 : row + 13, column - 12 : column + 13].min() > 220


def test_a_person_who_turns_round_shows_the_back_of_the_head(renderer_for: RendererFor) -> None:
    renderer = renderer_for(SIZE, background="transparent")
    face = (slice(70, 110), slice(80, 112))
    front = picture_of(renderer)[face]
    back = picture_of(renderer, motion_of(torso_rotation=(0, np.pi, 0)))[face]
    assert (back[..., 3] > 220).mean() > 0.97
    # Hair where the face was: darker.
    assert back[..., :3].mean() < 0.7 * front[..., :3].mean()


def test_the_key_light_comes_from_where_the_rig_says(
    head: HeadModel, ava: Appearance, renderer_for: RendererFor
) -> None:
    plain = picture_of(renderer_for(SIZE, background=GREY)).astype(float)
    mirrored = picture_of(PortraitRenderer(head, ava, size=SIZE, light=LIGHTS["studio"].mirrored(), background=GREY))
    # Cheeks, left and right in the picture.
    left, right = (slice(95, 115), slice(75, 88)), (slice(95, 115), slice(104, 117))
    assert plain[left].mean() > plain[right].mean() + 8
    assert mirrored[right].mean() > mirrored[left].mean() + 8


def test_every_light_shows_the_person_neither_black_nor_burnt_out(renderer_for: RendererFor) -> None:
    for name in LIGHTS:
        face = picture_of(renderer_for(SIZE, light=name))[75:115, 75:117]
        assert 70 < face.mean() < 210
        assert (face.min(-1) > 250).mean() < 0.01
