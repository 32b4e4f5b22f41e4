"""Idle layers: functions of the script's clock and a seed, each with a switch, none of them periodic."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.motion.idle.accents import accents_of
from avatron.motion.idle.blinks import blinks_between, blinks_of
from avatron.motion.idle.gaze import fixation_gaze
from avatron.motion.idle.head import head_turn
from avatron.motion.idle.shoulders import shoulder_turn
from avatron.motion.noise import hashed_uniform, smooth_noise
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from motion.synthetic import POP_MY_BUBBLE, SHORT_QUESTION, SHORT_STATEMENT, speech_of

CHANNELS = {
    "blinks": ("eyeBlink", "eyeSquint"),
    "gaze": ("eyeLook", "eyeBlink"),
    "head": ("eyeLook", "eyeBlink"),
    "brows": ("brow",),
    "breathing": ("eyeLook", "eyeBlink"),
}
"""Expression channels that each layer may touch; head and torso turn the eyes, which hold the camera."""
JOINTS = {
    "gaze": {"gaze"},
    "head": {"head_rotation", "neck_rotation", "torso_rotation", "gaze"},
    "breathing": {"torso_rotation", "torso_translation", "gaze"},
}
ARRAYS = ("head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation", "gaze")
STILL = MotionStyle(blinks=False, gaze=False, head=False, brows=False, breathing=False)


def animated(style: MotionStyle, text: str = POP_MY_BUBBLE, start_sample: int = 0) -> FaceMotion:
    return VisemeAnimator().animate(speech_of(text, start_sample=start_sample), style)


@pytest.mark.parametrize("layer", ["blinks", "gaze", "head", "brows", "breathing"])
def test_each_switch_changes_only_its_own_channels(layer: str) -> None:
    on = animated(MotionStyle(seed=3), start_sample=22050 * 60)
    off = animated(replace(MotionStyle(seed=3), **{layer: False}), start_sample=22050 * 60)
    changed = {
        name
        for index, name in enumerate(EXPRESSION_NAMES)
        if not np.array_equal(on.expression[:, index], off.expression[:, index])
    }
    assert all(name.startswith(CHANNELS[layer]) for name in changed)
    moved = {name for name in ARRAYS if not np.array_equal(getattr(on, name), getattr(off, name))}
    assert moved == JOINTS.get(layer, set())


def test_without_idle_layers_nothing_but_the_mouth_moves() -> None:
    motion = animated(STILL)
    upper = [i for i, name in enumerate(EXPRESSION_NAMES) if name.startswith(("eye", "brow"))]
    assert not motion.expression[:, upper].any()
    assert not any(getattr(motion, name).any() for name in ARRAYS)


def test_the_seed_changes_idle_layers_and_never_the_mouth() -> None:
    one, other = animated(MotionStyle(seed=1)), animated(MotionStyle(seed=2))
    mouth = [i for i, name in enumerate(EXPRESSION_NAMES) if name.startswith(("jaw", "mouth", "cheekPuff", "tongue"))]
    np.testing.assert_array_equal(one.expression[:, mouth], other.expression[:, mouth])
    for name in ("head_rotation", "torso_rotation", "gaze"):
        assert not np.allclose(getattr(one, name), getattr(other, name), atol=1e-4)
    again = animated(MotionStyle(seed=1))
    np.testing.assert_array_equal(one.expression, again.expression)


def test_utterances_join_without_a_jump_of_head_torso_brows_or_lids() -> None:
    style = MotionStyle(fps=Fraction(60), seed=5, gaze=False)
    pieces, start_sample = [], 0
    for text in (SHORT_QUESTION, POP_MY_BUBBLE, SHORT_STATEMENT, SHORT_QUESTION):
        speech = speech_of(text, start_sample=start_sample)
        pieces.append(VisemeAnimator().animate(speech, style))
        start_sample += len(speech.audio.samples)
    joined = FaceMotion.joined(pieces)
    seams = np.cumsum([len(piece) for piece in pieces])[:-1]
    for name in ("expression", "head_rotation", "torso_rotation", "torso_translation"):
        step = np.abs(np.diff(getattr(joined, name), axis=0))
        inside = np.delete(step, seams - 1, axis=0)
        assert (step[seams - 1] <= inside.max(axis=0) + 1e-6).all(), name


def test_any_part_of_the_clock_gives_the_same_idle_curves() -> None:
    times_s = 3600.0 + np.arange(2000) / 25
    whole = fixation_gaze(times_s, 7), smooth_noise(7, "head/x", times_s, 1.9)
    for start in range(0, 2000, 173):
        piece = times_s[start : start + 173]
        np.testing.assert_array_equal(fixation_gaze(piece, 7), whole[0][start : start + 173])
        np.testing.assert_array_equal(smooth_noise(7, "head/x", piece, 1.9), whole[1][start : start + 173])
    blinks = blinks_between(0.0, 600.0, 7).start_s
    part = blinks_between(200.0, 300.0, 7).start_s
    inside = (part >= 200) & (part <= 300)
    np.testing.assert_array_equal(part[inside], blinks[(blinks >= 200) & (blinks <= 300)])


def test_people_blink_15_to_30_times_a_minute() -> None:
    count, start_sample, seconds = 0, 0, 0.0
    speech = speech_of(POP_MY_BUBBLE)
    while seconds < 600:
        speech = speech_of(POP_MY_BUBBLE, start_sample=start_sample)
        times_s = np.arange(float(speech.start), float(speech.end), 0.04)
        starts_s = blinks_of(speech, times_s, 11).start_s
        count += int(((starts_s >= float(speech.start)) & (starts_s < float(speech.end))).sum())
        start_sample += len(speech.audio.samples)
        seconds = float(speech.end)
    assert 13 <= 60 * count / seconds <= 30
    clock = blinks_between(0.0, 600.0, 11).start_s
    intervals_s = np.diff(clock)
    assert intervals_s.std() > 0.8, "blinks keep time like a metronome"
    assert intervals_s.max() < 12


def test_every_blink_shuts_the_lids_in_some_frame_of_25_a_second() -> None:
    lids = animated(MotionStyle(seed=4), start_sample=22050 * 8).channel("eyeBlinkLeft")
    peaks = [
        float(lids[i])
        for i in range(1, len(lids) - 1)
        if lids[i] >= lids[i - 1] and lids[i] > lids[i + 1] and lids[i] > 0.3
    ]
    assert peaks and min(peaks) > 0.8


def test_gaze_stays_near_the_camera_and_moves_by_saccades() -> None:
    gaze = np.degrees(fixation_gaze(np.arange(0, 600, 0.01), 3))
    assert np.abs(gaze).max() < 9
    assert (np.linalg.norm(gaze, axis=1) < 2.2).mean() > 0.8
    speed = np.linalg.norm(np.diff(gaze, axis=0), axis=1) / 0.01
    assert 0.002 < (speed > 15).mean() < 0.08, "eyes rest most of the time"


def test_the_lids_follow_the_eyes_in_the_right_direction() -> None:
    motion = animated(MotionStyle(seed=9, blinks=False), start_sample=22050 * 30)
    yaw, pitch = motion.gaze[:, 0, 0], motion.gaze[:, 0, 1]
    to_left = yaw > 0.01
    assert to_left.any() or (yaw < -0.01).any()
    assert (motion.channel("eyeLookOutLeft")[to_left] > 0).all()
    assert (motion.channel("eyeLookInRight")[to_left] > 0).all()
    assert (motion.channel("eyeLookInLeft")[to_left] == 0).all()
    assert (motion.channel("eyeLookDownLeft")[pitch < -0.01] > 0).all()
    assert (motion.channel("eyeLookUpLeft")[pitch < -0.01] == 0).all()


def test_the_eyes_hold_the_camera_while_the_head_turns() -> None:
    style = MotionStyle(seed=2, breathing=False)
    moving, still = animated(style), animated(replace(style, head=False))
    turned = moving.head_rotation + moving.neck_rotation + moving.torso_rotation
    np.testing.assert_allclose(moving.gaze[:, 0, 0] + turned[:, 1], still.gaze[:, 0, 0], atol=1e-5)


def test_head_motion_is_a_few_degrees_and_nods_on_accents() -> None:
    times_s = np.arange(0, 300, 0.04)
    quiet = np.degrees(head_turn(speech_of("| ."), times_s, 1))
    assert 0.5 < quiet.std(axis=0).max() < 2 and np.abs(quiet).max() < 6
    speech = speech_of(POP_MY_BUBBLE)
    accents = accents_of(speech)
    assert accents
    local_s = np.arange(0, float(speech.end), 0.02)
    nods = [head_turn(speech, local_s, seed)[:, 0] for seed in range(40)]
    mean = np.degrees(np.mean(nods, axis=0))
    at_accent = np.mean([mean[round(accent.time_s / 0.02)] for accent in accents])
    assert at_accent > mean.mean() + 0.3


def test_shoulders_follow_large_turns_of_the_head_later_and_by_a_part() -> None:
    times_s = np.arange(0, 300, 0.04)
    speech = speech_of("| .", frames=[20000, 6000])
    head, shoulders = (turn(speech, times_s, 1)[:, 1] for turn in (head_turn, shoulder_turn))
    shifted = [np.corrcoef(head[100 : -100 - lag], shoulders[100 + lag : -100])[0, 1] for lag in range(15)]
    assert 0.16 <= 0.04 * int(np.argmax(shifted)) <= 0.32 and max(shifted) > 0.9
    assert 0.05 * head.std() < shoulders.std() < 0.25 * head.std()
    assert np.abs(shoulders[np.abs(head) < np.radians(0.1)]).mean() < 0.3 * np.abs(shoulders).max()


def test_questions_raise_the_brows_at_their_end() -> None:
    question = animated(MotionStyle(), SHORT_QUESTION).channel("browInnerUp")
    assert question.max() > 0.3


def test_noise_does_not_repeat_and_fills_its_range() -> None:
    curve = smooth_noise(0, "test", np.arange(0, 400, 0.05), 1.0)
    assert 0.35 < curve.std() < 0.65 and np.abs(curve).max() <= 1
    centred = curve - curve.mean()
    echo = [abs(np.corrcoef(centred[:-lag], centred[lag:])[0, 1]) for lag in range(100, 2000, 20)]
    assert max(echo) < 0.35
    uniform = hashed_uniform(5, "test", np.arange(-50000, 50000))
    assert abs(uniform.mean() - 0.5) < 0.005 and uniform.min() >= 0 and uniform.max() < 1


def test_liveliness_scales_the_body_and_not_the_lids() -> None:
    full, half = animated(MotionStyle(gaze=False)), animated(MotionStyle(gaze=False, liveliness=0.5))
    np.testing.assert_allclose(half.head_rotation, 0.5 * full.head_rotation, atol=1e-6)
    np.testing.assert_array_equal(half.channel("eyeBlinkLeft"), full.channel("eyeBlinkLeft"))
