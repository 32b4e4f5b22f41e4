"""What is seen of a person in a track whose every habit is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX
from avatron.errors import DamagedModelError, InvalidValueError
from avatron.motion.personal.habits import MotionHabits
from avatron.motion.personal.limits import soft_clamp
from avatron.motion.personal.observe import PersonSeen, observe_person
from avatron.motion.personal.reel import FACE_CHANNELS, WIDTH, Reel, closed_loop
from reference.personal_clip import BLINK_EVERY_S, FPS, OFFSET_S, REST_SMILE, personal_clip


@pytest.fixture(scope="module")
def seen() -> PersonSeen:
    clip = personal_clip()
    return observe_person(clip.track, clip.speeches, range(len(clip.track)), offset_s=OFFSET_S)


def test_a_person_who_blinks_like_a_clock_is_seen_to_blink_at_that_rate(seen: PersonSeen) -> None:
    clip = personal_clip()
    assert seen.habits.blinks.count == int(len(clip.track) / FPS / BLINK_EVERY_S)
    assert seen.habits.blinks.closing_s < seen.habits.blinks.opening_s
    assert seen.habits.blinks.depth == pytest.approx(0.9, abs=0.08)


def test_a_mouth_that_rests_in_a_smile_is_seen_to_rest_in_it(seen: PersonSeen) -> None:
    assert seen.habits.rest[EXPRESSION_INDEX["mouthSmileLeft"]] == pytest.approx(REST_SMILE, abs=0.05)
    assert seen.habits.rest[EXPRESSION_INDEX["jawOpen"]] < 0.1


def test_frames_that_are_held_out_have_no_say_in_habits_and_reels() -> None:
    clip = personal_clip()
    learned = range(round(0.8 * len(clip.track)))
    changed = clip.track.motion.expression.copy()
    changed[learned.stop :] = 1.0
    wild = np.full_like(clip.track.motion.head_rotation, 0.5)
    wild[: learned.stop] = clip.track.motion.head_rotation[: learned.stop]
    other = replace(clip.track, motion=replace(clip.track.motion, expression=changed, head_rotation=wild))
    one, two = (observe_person(track, clip.speeches, learned, offset_s=OFFSET_S) for track in (clip.track, other))
    assert one.habits.to_json() == two.habits.to_json()
    assert np.array_equal(one.talk.values, two.talk.values)
    assert np.array_equal(one.idle.values, two.idle.values)


def test_a_reel_holds_the_persons_lids_without_their_blinks(seen: PersonSeen) -> None:
    lids = seen.talk.values[:, FACE_CHANNELS.index("eyeBlinkLeft")]
    assert np.ptp(lids) < 0.05
    assert np.median(lids) == pytest.approx(0.1, abs=0.02)


def test_a_reel_goes_on_where_it_began_without_a_jump(seen: PersonSeen) -> None:
    for reel in (seen.talk, seen.idle):
        times_s = np.arange(-0.5, 0.5, 1 / 100) + 3 * reel.seconds
        speed = np.abs(np.diff(reel.at(times_s), axis=0)).max(0)
        usual = np.abs(np.diff(reel.at(np.arange(0, reel.seconds, 1 / 100)), axis=0)).max(0)
        assert (speed <= usual + 1e-9).all()


def test_any_piece_of_a_reel_is_what_it_is_in_the_whole(seen: PersonSeen) -> None:
    times_s = np.arange(0, 40, 1 / 25)
    whole = seen.talk.at(times_s, seed=3)
    assert np.array_equal(whole[317:500], seen.talk.at(times_s[317:500], seed=3))
    assert not np.array_equal(whole, seen.talk.at(times_s, seed=4))


def test_the_loop_that_is_chosen_is_the_one_that_closes() -> None:
    rng = np.random.default_rng(0)
    wander = np.cumsum(rng.standard_normal((400, WIDTH)), axis=0)
    wander[300] = wander[60]
    wander[301], wander[299] = wander[61], wander[59]
    reel, frames = closed_loop(wander, 25.0, np.full(WIDTH, 0.3), shortest_s=4.0, longest_s=15.0)
    assert (frames.start, frames.stop) == (60, 300)
    assert np.allclose(reel.values, wander[60:300], atol=1e-5)


def test_a_soft_clamp_changes_nothing_inside_and_never_leaves_the_margin() -> None:
    low, high, margin = np.zeros(1), np.ones(1), np.full(1, 0.1)
    inside = np.linspace(0, 1, 50)[:, None]
    assert np.array_equal(soft_clamp(inside, low, high, margin), inside)
    far = soft_clamp(np.array([[-5.0], [7.0], [1.05]]), low, high, margin)[:, 0]
    assert far[0] >= -0.1 and far[1] <= 1.1 and 1 < far[2] < 1.05


def test_habits_come_back_from_their_file_and_damage_is_refused(seen: PersonSeen) -> None:
    written = seen.habits.to_json()
    assert MotionHabits.from_json(written, "habits.json").to_json() == written
    for damage in (b"{}", written[:-20], written.replace(b'"rate_hz": ', b'"rate_hz": "x", "y": ')):
        with pytest.raises(DamagedModelError, match=r"habits\.json"):
            MotionHabits.from_json(damage, "habits.json")


def test_a_reel_comes_back_from_its_arrays_to_what_half_precision_keeps(seen: PersonSeen) -> None:
    again = Reel.of(seen.talk.tensors(), "reels.safetensors")
    assert again.rate_hz == seen.talk.rate_hz
    assert np.allclose(again.values, seen.talk.values, atol=1e-3)
    with pytest.raises(DamagedModelError):
        Reel.of({"values": seen.talk.values[:, :-1], "rate_hz": np.array([25.0])}, "reels.safetensors")


def test_a_face_that_is_hardly_seen_is_refused() -> None:
    clip = personal_clip()
    valid = np.zeros(len(clip.track), bool)
    valid[: 2 * FPS] = True
    with pytest.raises(InvalidValueError, match="can be trusted"):
        observe_person(replace(clip.track, valid=valid), clip.speeches, range(len(clip.track)))
