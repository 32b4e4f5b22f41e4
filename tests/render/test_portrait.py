"""The portrait renderer, on the preset avatar in small pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.errors import ShapeError
from avatron.face.head import HeadModel
from avatron.native import cpu, pool
from avatron.render.appearance import Appearance
from avatron.render.portrait import PortraitRenderer
from reference.portraits import (
    SIZE,
    differences,
    lively_motion,
    motion_of,
    picture_of,
)

RendererFor = Callable[..., PortraitRenderer]


def test_the_same_motion_gives_the_same_pictures_bit_for_bit(head: HeadModel, ava: Appearance) -> None:
    motion = lively_motion(3)
    first, second = (np.stack([*PortraitRenderer(head, ava, size=SIZE).frames(motion)]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).mean() > 0.05, "another motion is another picture"


def test_a_frame_does_not_depend_on_the_frames_before(renderer_for: RendererFor) -> None:
    motion = lively_motion(4)
    renderer = renderer_for(SIZE)
    whole = list(renderer.frames(motion))
    for number in (2, 0, 3, 1):
        np.testing.assert_array_equal(picture_of(renderer, motion.part(number, number + 1)), whole[number])


def test_a_long_motion_is_the_same_as_its_parts(renderer_for: RendererFor) -> None:
    motion = lively_motion(259)
    renderer = renderer_for((16, 16))
    whole = np.stack([*renderer.frames(motion)])
    assert len(whole) == 259
    # Joints are moved many frames at a time: a part may not begin where such a batch does.
    for start, stop in ((100, 103), (254, 259)):
        part = np.stack([*renderer.frames(motion.part(start, stop))])
        np.testing.assert_array_equal(part, whole[start:stop])


def test_two_motions_drawn_in_turns_do_not_disturb_each_other(renderer_for: RendererFor) -> None:
    renderer = renderer_for(SIZE)
    one, other = lively_motion(2, seed=1), lively_motion(2, seed=2)
    alone = [list(renderer.frames(motion)) for motion in (one, other)]
    for number, (first, second) in enumerate(zip(renderer.frames(one), renderer.frames(other), strict=True)):
        np.testing.assert_array_equal(first, alone[0][number])
        np.testing.assert_array_equal(second, alone[1][number])


def test_a_frame_stays_as_it_was_when_the_next_is_drawn(renderer_for: RendererFor) -> None:
    frames = renderer_for(SIZE).frames(lively_motion(2))
    first = next(frames)
    kept = first.copy()
    next(frames)
    np.testing.assert_array_equal(first, kept)


def test_pictures_that_nobody_waits_for_leave_no_thread(renderer_for: RendererFor) -> None:
    pictures = renderer_for().frames(FaceMotion.at_rest(5))
    next(pictures)
    assert any(thread.name.startswith("avatron-head") for thread in threading.enumerate())
    pictures.close()
    assert not any(thread.name.startswith("avatron-head") for thread in threading.enumerate())


def test_the_number_of_threads_does_not_change_a_pixel(head: HeadModel, ava: Appearance) -> None:
    pictures = []
    for threads in (1, 2, 3):
        with pool.use_threads(threads):
            renderer = PortraitRenderer(head, ava, size=SIZE)
            pictures.append(np.stack([*renderer.frames(lively_motion(2))]))
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize("name", cpu.available_instruction_sets()[1:])
def test_the_pictures_of_the_instruction_sets_agree(name: str, head: HeadModel, ava: Appearance) -> None:
    motion = lively_motion(2)
    pictures = []
    for each in ("portable", name):
        with cpu.use_instruction_set(each):
            renderer = PortraitRenderer(head, ava, size=(256, 256))
            pictures.append(np.stack([*renderer.frames(motion)]))
    assert (differences(*pictures) > 2).mean() < 0.001


def test_a_transparent_picture_over_a_colour_is_the_picture_drawn_over_it(renderer_for: RendererFor) -> None:
    motion = lively_motion(1)
    clear = picture_of(renderer_for(SIZE, background="transparent"), motion)
    assert clear.shape == (192, 192, 4)
    alpha = clear[..., 3:] / 255.0
    assert 0.3 < alpha.mean() < 0.9
    for colour in ((255, 255, 255), (10, 200, 90)):
        over = clear[..., :3] * alpha + np.array(colour) * (1 - alpha)
        drawn = picture_of(renderer_for(SIZE, background=colour), motion)
        assert np.abs(drawn - over).max() <= 2


def test_what_is_clear_holds_no_colour(renderer_for: RendererFor) -> None:
    clear = picture_of(renderer_for(SIZE, background="transparent"))
    assert (clear[clear[..., 3] == 0] == 0).all()
    assert (clear[..., 3] == 0).mean() > 0.1


def test_only_the_background_shows_where_the_person_is_not(
    renderer_for: RendererFor, head: HeadModel, ava: Appearance
) -> None:
    clear = picture_of(renderer_for(SIZE, background="transparent"))
    behind = np.random.default_rng(0).integers(0, 256, (192, 192, 3), dtype=np.uint8)
    over = picture_of(PortraitRenderer(head, ava, size=SIZE, background=behind))
    empty, full = clear[..., 3] == 0, clear[..., 3] == 255
    np.testing.assert_array_equal(over[empty], behind[empty])
    # Light through the last hair may be rounded otherwise.
    assert differences(over, clear[..., :3])[full].max() <= 1


def test_a_film_behind_gives_one_picture_a_frame(head: HeadModel, ava: Appearance) -> None:
    film = [np.full((192, 192, 3), level, np.uint8) for level in (10, 200)]
    renderer = PortraitRenderer(head, ava, size=SIZE, background=film)
    corners = [int(picture[0, 0, 0]) for picture in renderer.frames(FaceMotion.at_rest(3))]
    assert corners == [10, 200, 200]


def test_wild_motion_is_drawn_without_complaint(renderer_for: RendererFor) -> None:
    renderer = renderer_for((64, 64))
    wild = [
        motion_of(dict.fromkeys(EXPRESSION_NAMES, 1.0)),
        motion_of(head_rotation=(0, 3.0, 0)),
        motion_of(torso_translation=(0, 0, 1.3)),
        motion_of(torso_translation=(50, 0, 0)),
        motion_of(torso_translation=(0, 0, -100)),
        motion_of(gaze=((1.5, 1.5), (-1.5, -1.5))),
    ]
    for motion in wild:
        assert picture_of(renderer, motion).shape == (64, 64, 3)


def test_motion_that_is_not_a_number_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(ShapeError, match="head_rotation"):
        motion_of(head_rotation=(0, np.nan, 0))


def test_no_motion_gives_no_picture(renderer_for: RendererFor) -> None:
    assert list(renderer_for((16, 16)).frames(FaceMotion.at_rest(0))) == []


def test_a_person_without_hair_and_clothes_is_drawn(head: HeadModel, ava: Appearance) -> None:
    bare = replace(ava, hair=(), garments=(), hidden_triangles=np.zeros(0, np.int32))
    picture = picture_of(PortraitRenderer(head, bare, size=(96, 96), background="transparent"))
    assert picture[48, 48, 3] == 255
    with_hair = picture_of(PortraitRenderer(head, ava, size=(96, 96), background="transparent"))
    above_eyes = slice(0, 36)
    assert picture[above_eyes, :, 3].sum() < 0.95 * with_hair[above_eyes, :, 3].sum()


def test_the_last_times_are_those_of_the_last_frame(head: HeadModel, ava: Appearance) -> None:
    renderer = PortraitRenderer(head, ava, size=(16, 16))
    times = [renderer.last_times]
    for _ in range(2):
        picture_of(renderer)
        times.append(renderer.last_times)
    assert times[0] is None
    assert times[1] is not None and times[2] is not None
    assert times[2].tiles_ms > 0
    assert times[1] is not times[2]
