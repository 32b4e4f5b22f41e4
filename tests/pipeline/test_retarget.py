"""A performance on another head: what was closed is closed, what was open is open, and the eyes look where they did."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.avatar.store import load_avatar
from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, TONGUE_NAMES, FaceMotion
from avatron.core.rotation import gaze_to_matrix
from avatron.core.track import FaceTrack
from avatron.errors import UnknownNameError
from avatron.face.head import PosedHead
from avatron.face.openings import OpeningMeter
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.pipeline.retarget.match import CLOSED_M, Openings, measured_openings
from avatron.pipeline.retarget.retarget import Performer, RetargetOptions, retarget
from avatron.pipeline.retarget.steady import steadied

PEOPLE = ("ava", "zuri", "kenji", "henry")
FRAMES = 50


@lru_cache
def person(name: str) -> tuple[PosedHead, NDArray[np.float32]]:
    look = load_avatar(name).look
    return shipped_head().posed(look.identity, look.displacement), look.rest_weights()


def curve(name: str, values: NDArray[np.float64], expression: NDArray[np.float32]) -> None:
    expression[:, EXPRESSION_INDEX[name]] = values


def talking(frames: int = FRAMES) -> FaceMotion:
    """A mouth that opens and closes three times, blinks twice, and a head that turns."""
    time = np.linspace(0, 1, frames)
    rest = FaceMotion.at_rest(frames)
    expression = np.zeros_like(rest.expression)
    opening = np.clip(np.sin(6 * np.pi * time), 0, None)
    curve("jawOpen", 0.08 + 0.35 * opening, expression)
    curve("mouthClose", np.where(opening > 0, 0.0, 0.085), expression)
    curve("mouthLowerDownLeft", 0.3 * opening, expression)
    curve("mouthLowerDownRight", 0.25 * opening, expression)
    curve("mouthSmileLeft", 0.3 * time, expression)
    for side in ("Left", "Right"):
        blink = np.exp(-(((time[:, None] - [0.3, 0.7]) / 0.03) ** 2)).sum(1)
        curve(f"eyeBlink{side}", blink.clip(0, 1), expression)
    rotation = np.zeros((frames, 3), np.float32)
    rotation[:, 1] = 0.3 * np.sin(2 * np.pi * time)
    gaze = np.zeros((frames, 2, 2), np.float32)
    gaze[..., 0] = -rotation[:, 1:2]
    return replace(rest, expression=expression, head_rotation=rotation, gaze=gaze)


def performer(motion: FaceMotion, name: str = "ava") -> Performer:
    posed = person(name)[0]
    return Performer(motion, posed, np.ones(len(motion), bool), np.array([0.0, 0.036, 1.2]), True)


def seen(name: str, motion: FaceMotion) -> Openings:
    """The openings that are drawn of a retargeted motion."""
    posed, rest = person(name)
    return measured_openings(OpeningMeter(posed), rest + (1 - rest) * motion.expression, np.ones(len(motion), bool))


def moved(name: str, source: Performer, options: RetargetOptions | None = None) -> FaceMotion:
    posed, rest = person(name)
    return retarget(source, posed, rest, options)


@pytest.mark.parametrize("target", PEOPLE)
@pytest.mark.parametrize("source", ["ava", "henry"])
def test_lips_are_closed_wherever_the_performers_are(source: str, target: str) -> None:
    given = performer(talking(), source)
    wanted = measured_openings(OpeningMeter(given.posed), given.motion.expression, given.valid)
    assert 10 < wanted.closed.sum() < FRAMES - 10
    shown = seen(target, moved(target, given))
    assert shown.lips_m[wanted.closed, 1].max() < CLOSED_M


@pytest.mark.parametrize("target", PEOPLE)
def test_mouths_open_in_relation_to_their_width(target: str) -> None:
    given = performer(talking(), "zuri")
    meter = OpeningMeter(given.posed)
    wanted = measured_openings(meter, given.motion.expression, given.valid)
    shown = seen(target, moved(target, given))
    ratio = OpeningMeter(person(target)[0]).mouth_width_m / meter.mouth_width_m
    wide = wanted.lips_m[:, 1] > 0.003
    assert wide.sum() > 8
    error_m = shown.lips_m[wide, 1] - ratio * wanted.lips_m[wide, 1]
    assert np.abs(error_m).max() < 0.0008


@pytest.mark.parametrize("target", PEOPLE)
def test_lids_shut_where_the_performers_do_and_are_open_otherwise(target: str) -> None:
    given = performer(talking())
    wanted = measured_openings(OpeningMeter(given.posed), given.motion.expression, given.valid)
    assert wanted.shut.any()
    shown = seen(target, moved(target, given))
    posed, rest = person(target)
    open_m = OpeningMeter(posed).of(rest).lids_m
    assert shown.lids_m[wanted.shut].max() < 0.001
    awake = (wanted.lids_m > 0.95 * wanted.usual_lids_m).all(1)
    assert awake.sum() > 10
    assert (shown.lids_m[awake] / open_m).min() > 0.8


@pytest.mark.parametrize("head", ["keep", "soft", "still"])
def test_whoever_looks_at_the_camera_goes_on_looking_at_it(head: str) -> None:
    posed, _ = person("zuri")
    out = moved("zuri", performer(talking()), RetargetOptions(head=head))  # type: ignore[arg-type]
    rotations, translations = posed.joint_motions(out)
    eyes = [JOINTS.index("eye_left"), JOINTS.index("eye_right")]
    middle = (np.einsum("tij,ej->tei", rotations[:, 2], posed.joints[eyes]) + translations[:, None, 2]).mean(1)
    resting = posed.joints[eyes].mean(0)
    to_camera = np.array([resting[0], resting[1], 1.2]) - middle
    to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
    ahead = rotations[:, eyes][..., 2].mean(1)
    angle = np.degrees(np.arccos((ahead * to_camera).sum(1).clip(-1, 1)))
    assert np.median(angle) < 2
    assert angle.max() < 4


def test_eyes_converge_on_one_point_and_never_part() -> None:
    motion = talking()
    gaze = np.array(motion.gaze)
    gaze[:, 0, 0] += 0.12
    out = moved("kenji", performer(replace(motion, gaze=gaze)))
    assert (out.gaze[:, 1, 0] - out.gaze[:, 0, 0]).min() >= 0
    assert np.abs(out.gaze[:, 0, 1] - out.gaze[:, 1, 1]).max() < 0.02


def test_lids_follow_the_gaze_of_the_new_head() -> None:
    out = moved("ava", performer(talking()))
    left_in = out.expression[:, EXPRESSION_INDEX["eyeLookInLeft"]]
    assert np.corrcoef(left_in, np.clip(-out.gaze[:, 0, 0], 0, None))[0, 1] > 0.99


def test_the_head_moves_as_far_as_it_was_asked_to() -> None:
    source = performer(talking())
    turns = {
        head: np.abs(moved("ava", source, RetargetOptions(head=head)).head_rotation).max()  # type: ignore[arg-type]
        for head in ("keep", "soft", "still")
    }
    assert turns["still"] == 0
    assert 0.08 < turns["soft"] < turns["keep"] <= 0.3 + 1e-3
    with pytest.raises(UnknownNameError, match="known: keep, soft, still"):
        RetargetOptions(head="wild")  # type: ignore[arg-type]


def test_a_performer_off_centre_is_brought_to_the_middle() -> None:
    motion = talking()
    aside = motion.torso_translation + np.array([0.2, -0.1, 0.3])
    out = moved("ava", performer(replace(motion, torso_translation=aside.astype(np.float32))))
    assert np.abs(np.median(out.torso_translation, 0)).max() < 1e-4


def test_a_tongue_that_no_camera_saw_rests(tmp_path: object) -> None:
    motion = talking()
    expression = np.array(motion.expression)
    for name in (*TONGUE_NAMES, "tongueOut"):
        expression[:, EXPRESSION_INDEX[name]] = 0.2
    identity = load_avatar("ava").look.identity
    camera = Camera.looking_at(np.zeros(3), np.array([0, 0, 1.0]), 64, 64, 80.0)
    track = FaceTrack(
        identity,
        np.zeros((0, 3), np.float32),
        replace(motion, expression=expression),
        camera,
        0.0,
        np.zeros(FRAMES, np.float32),
        np.ones(FRAMES, bool),
    )
    tongue = [EXPRESSION_INDEX[name] for name in (*TONGUE_NAMES, "tongueOut")]
    assert not moved("ava", Performer.of_track(track, shipped_head())).expression[:, tongue].any()
    heard = Performer.of_track(replace(track, audio_evidence=True), shipped_head())
    assert moved("ava", heard).expression[:, tongue[:-1]].any()


def test_jitter_goes_and_a_closure_of_one_frame_stays() -> None:
    random = np.random.default_rng(0)
    clean = np.full((200, 1), 0.3)
    clean[100] = 0.0
    noisy = clean + random.normal(0, 0.008, clean.shape)
    smooth = steadied(noisy, 25.0, width_s=0.035, most_noise=0.012)
    away = np.arange(200) != 100
    assert np.std(np.diff(smooth[away, 0], 2)) < 0.6 * np.std(np.diff(noisy[away, 0], 2))
    assert smooth[100, 0] < 0.02
    assert np.abs(smooth[[99, 101], 0] - 0.3).max() < 0.03


def test_the_same_motion_at_another_rate_is_steadied_over_the_same_time() -> None:
    still = np.zeros((5, 2))
    assert not steadied(still, 25.0, width_s=0.05, most_noise=0.01).any()
    assert steadied(still[:2], 25.0, width_s=0.05, most_noise=0.01).shape == (2, 2)


def test_motion_without_frames_stays_so() -> None:
    empty = FaceMotion.at_rest(0, Fraction(30))
    assert len(moved("ava", performer(empty))) == 0


def test_gaze_angles_are_those_of_the_eyeballs() -> None:
    from avatron.pipeline.retarget.gaze import _angles, _directions

    angles = np.array([[0.2, -0.1], [-0.4, 0.3]])
    np.testing.assert_allclose(_angles(gaze_to_matrix(angles)[..., 2]), angles, atol=1e-9)
    np.testing.assert_allclose(_directions(angles), gaze_to_matrix(angles)[..., 2], atol=1e-9)


@pytest.mark.parametrize("target", PEOPLE)
def test_a_mouth_that_rounds_rounds_on_a_face_that_smiles_at_rest(target: str) -> None:
    motion = talking()
    expression = np.array(motion.expression)
    curve("mouthPucker", np.linspace(0, 0.8, FRAMES), expression)
    curve("mouthSmileLeft", np.zeros(FRAMES), expression)
    given = performer(replace(motion, expression=expression), "kenji")
    wanted = measured_openings(OpeningMeter(given.posed), expression, given.valid)
    shown = seen(target, moved(target, given))
    narrow = (shown.mouth_m / shown.mouth_m[0]) / (wanted.mouth_m / wanted.mouth_m[0])
    assert wanted.mouth_m[-1] < 0.85 * wanted.mouth_m[0]
    assert np.abs(narrow - 1).max() < 0.06


def test_what_a_face_does_all_the_time_is_its_shape_and_stays_with_its_owner() -> None:
    motion = talking(200)
    expression = np.array(motion.expression)
    brow = EXPRESSION_INDEX["browInnerUp"]
    expression[:, brow] = 0.4 + 0.3 * (np.arange(200) > 150)
    source = performer(replace(motion, expression=expression))
    out = moved("zuri", source).expression[:, brow]
    assert out[:140].max() < 0.02
    assert out[160:].min() > 0.45
    kept = moved("zuri", source, RetargetOptions(own_neutral=False)).expression[:, brow]
    assert kept[:140].min() > 0.35
    short = replace(source, motion=source.motion.part(0, 40), valid=source.valid[:40])
    assert moved("zuri", short).expression[:, brow].min() > 0.35
