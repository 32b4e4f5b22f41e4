"""The portrait renderer, on the preset avatar in small pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.errors import InvalidValueError, ShapeError, UnknownNameError
from avatron.face.head import HeadModel
from avatron.native import cpu, pool
from avatron.render.appearance import Appearance
from avatron.render.framing import FRAMINGS
from avatron.render.light import LIGHTS
from avatron.render.portrait import LARGEST_SIDE, SMALLEST_SIDE, PortraitRenderer

RendererFor = Callable[..., PortraitRenderer]
Picture = NDArray[np.uint8]

SIZE = (192, 192)
GREY = (128, 128, 128)


def motion_of(expression: dict[str, float] | None = None, **fields: Any) -> FaceMotion:
    """One frame: weights by name, and rows of other fields."""
    rest = FaceMotion.at_rest(1)
    weights = rest.expression.copy()
    for name, weight in (expression or {}).items():
        weights[0, EXPRESSION_INDEX[name]] = weight
    rows: dict[str, Any] = {name: np.asarray(value, np.float32)[None] for name, value in fields.items()}
    return replace(rest, expression=weights, **rows)


def lively_motion(frames: int, seed: int = 4) -> FaceMotion:
    """Every channel moves."""
    generator = np.random.default_rng(seed)

    def noise(*shape: int, reach: float) -> NDArray[np.float32]:
        return generator.uniform(-reach, reach, (frames, *shape)).astype(np.float32)

    return replace(
        FaceMotion.at_rest(frames),
        expression=np.abs(noise(len(EXPRESSION_NAMES), reach=0.4)),
        head_rotation=noise(3, reach=0.2),
        neck_rotation=noise(3, reach=0.1),
        torso_rotation=noise(3, reach=0.05),
        head_translation=noise(3, reach=0.003),
        torso_translation=noise(3, reach=0.01),
        gaze=noise(2, 2, reach=0.3),
    )


def picture_of(renderer: PortraitRenderer, motion: FaceMotion | None = None, camera: Camera | None = None) -> Picture:
    (picture,) = renderer.frames(motion_of() if motion is None else motion, camera)
    return picture


def differences(first: Picture, second: Picture) -> NDArray[np.int64]:
    """[H, W] the largest difference of a channel."""
    return np.asarray(np.abs(first.astype(int) - second).max(-1))


def painted(ava: Appearance) -> Appearance:
    """Skin red, irises green, everything else as it is: so parts can be found in a picture."""
    albedo = np.zeros_like(ava.skin.albedo)
    albedo[..., 0] = 200
    iris = np.zeros_like(ava.eyes.iris)
    iris[..., 1] = 255
    skin = replace(
        ava.skin, albedo=albedo, detail=np.broadcast_to(np.array([128, 128, 0, 0], np.uint8), ava.skin.detail.shape)
    )
    eyes = replace(ava.eyes, iris=iris, iris_tint=(1.0, 1.0, 1.0))
    return replace(ava, skin=skin, eyes=eyes)


def greens(picture: Picture) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(picture[..., :3].astype(int), -1, 0)
    return np.asarray((green > red + 25) & (green > blue + 25) & (picture[..., 3] == 255))


def reds(picture: Picture) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(picture[..., :3].astype(int), -1, 0)
    return np.asarray((red > green + 60) & (red > blue + 60) & (picture[..., 3] == 255))


@pytest.fixture(scope="module")
def painted_renderer(head: HeadModel, ava: Appearance) -> PortraitRenderer:
    return PortraitRenderer(head, painted(ava), size=(256, 256), framing="close-up", background="transparent")


# One motion, one picture.


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


# What is behind.


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


# Motion is seen.


def test_a_head_that_turns_left_moves_the_face_to_the_left_of_the_person(painted_renderer: PortraitRenderer) -> None:
    def face_column(yaw_rad: float) -> float:
        picture = picture_of(painted_renderer, motion_of(head_rotation=(0, yaw_rad, 0)))
        # Down to the mouth: the neck does not turn.
        return float(np.nonzero(reds(picture)[:150])[1].mean())

    # The left of the person is the right of the picture.
    assert face_column(0.3) > face_column(0) + 3
    assert face_column(-0.3) < face_column(0) - 3


def test_a_nod_moves_the_eyes_down(painted_renderer: PortraitRenderer) -> None:
    rows = [
        np.nonzero(greens(picture_of(painted_renderer, motion_of(head_rotation=(pitch, 0, 0)))))[0].mean()
        for pitch in (0.0, 0.25)
    ]
    assert rows[1] > rows[0] + 2


def test_a_gaze_to_the_left_moves_the_irises_and_nothing_else(painted_renderer: PortraitRenderer) -> None:
    ahead = picture_of(painted_renderer)
    aside = picture_of(painted_renderer, motion_of(gaze=((0.3, 0), (0.3, 0))))
    assert np.nonzero(greens(aside))[1].mean() > np.nonzero(greens(ahead))[1].mean() + 1
    changed = differences(ahead, aside) > 12
    rows, columns = np.nonzero(greens(ahead) | greens(aside))
    changed[rows.min() - 8 : rows.max() + 9, columns.min() - 12 : columns.max() + 13] = False
    assert not changed.any()


def test_a_blink_covers_the_irises(painted_renderer: PortraitRenderer) -> None:
    open_eyes = greens(picture_of(painted_renderer)).sum()
    assert open_eyes > 60
    shut = picture_of(painted_renderer, motion_of({"eyeBlinkLeft": 1, "eyeBlinkRight": 1}))
    assert greens(shut).sum() == 0
    wink = greens(picture_of(painted_renderer, motion_of({"eyeBlinkLeft": 1})))
    # The left eye is on the right.
    assert wink[:, :128].sum() > 20
    assert wink[:, 128:].sum() == 0


def test_an_open_jaw_darkens_the_gap_between_the_lips(
    renderer_for: RendererFor, head: HeadModel, ava: Appearance
) -> None:
    renderer = renderer_for((256, 256), framing="close-up")
    brightness = {}
    opened = motion_of({"jawOpen": 0.6})
    person = head.posed(ava.identity)
    upper, lower = renderer.camera.project(next(person.frames(opened))[head.lip_pairs[1]])
    assert lower[1] > upper[1] + 8
    column = round((upper[0] + lower[0]) / 2)
    # Below the upper teeth, above the tongue and the lower lip.
    middle = round(0.45 * upper[1] + 0.55 * lower[1])
    for name, motion in (("shut", motion_of()), ("open", opened)):
        brightness[name] = picture_of(renderer, motion)[middle - 1 : middle + 2, column - 6 : column + 7].mean()
    assert brightness["open"] < 0.7 * brightness["shut"]


def test_every_expression_changes_the_picture(renderer_for: RendererFor) -> None:
    renderer = renderer_for((256, 256), framing="close-up")
    rest = picture_of(renderer)
    behind_lips = {"tongueOut", "tongueL", "tongueTH", "tongueN", "tongueK", "mouthClose"}
    unseen = []
    for name in EXPRESSION_NAMES:
        wide = {"jawOpen": 0.5} if name in behind_lips else {}
        before = picture_of(renderer, motion_of(wide)) if wide else rest
        after = picture_of(renderer, motion_of({**wide, name: 0.8}))
        if (differences(before, after) > 8).sum() < 10:
            unseen.append(name)
    assert unseen == []


def test_the_rest_expression_is_where_motion_starts(head: HeadModel, ava: Appearance) -> None:
    smiling = replace(ava, rest_expression={"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5})
    bare = replace(ava, rest_expression={})
    full = {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}
    at_rest, moved = (
        [picture_of(PortraitRenderer(head, look, size=SIZE), motion_of(weights)) for look in (smiling, bare)]
        for weights in ({}, full)
    )
    assert (differences(*at_rest) > 8).sum() > 30
    # At full weight both faces smile the same; only the light baked at rest differs a little.
    assert (differences(*moved) > 24).mean() < 0.003


# Size and framing.


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


# Cameras and light.


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


# Extremes.


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
