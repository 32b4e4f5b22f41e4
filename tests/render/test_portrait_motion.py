"""What moves is seen to move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_NAMES
from avatron.face.head import HeadModel
from avatron.render.appearance import Appearance
from avatron.render.portrait import PortraitRenderer
from reference.portraits import (
    SIZE,
    differences,
    greens,
    motion_of,
    painted,
    picture_of,
    reds,
)

RendererFor = Callable[..., PortraitRenderer]


@pytest.fixture(scope="module")
def painted_renderer(head: HeadModel, ava: Appearance) -> PortraitRenderer:
    return PortraitRenderer(head, painted(ava), size=(256, 256), framing="close-up", background="transparent")


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
