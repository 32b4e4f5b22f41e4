"""The animator of one person: theirs, within what was seen, and an animator like every other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import DamagedModelError, InvalidValueError, UnknownNameError
from avatron.evaluation.lips import bilabial_closures, lip_gap_of
from avatron.face.shipped import shipped_head
from avatron.io.folders import load_folder
from avatron.motion.animators import load_animator
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.decoder.speech_input import columns_of
from avatron.motion.personal.animator import PersonalAnimator
from avatron.motion.personal.folder import (
    PersonalMotion,
    load_personal_motion,
    personal_decoders,
    write_personal_motion,
)
from avatron.motion.personal.habits import POSE_NAMES
from avatron.motion.personal.limits import (
    EXPRESSION_MARGIN,
    EXPRESSION_SHARE,
    POSE_SHARE,
    expression_limits,
    pose_of,
)
from avatron.motion.personal.mouth import learn_mouth, person_curves
from avatron.motion.personal.observe import observe_person
from avatron.motion.style import MotionStyle
from reference.personal_clip import OFFSET_S, personal_clip, spoken

TEXT = "Bob may put my map by the pump, before Pam bumps into my boat."


@pytest.fixture(scope="module")
def person() -> PersonalMotion:
    clip, base = personal_clip(), load_folder(find_weights("avatron"), "animator")
    learned = range(round(0.8 * len(clip.track)))
    seen = observe_person(clip.track, clip.speeches, learned, offset_s=OFFSET_S)
    mouth = learn_mouth(clip.track, clip.speeches, learned, MotionDecoder.load(base), offset_s=OFFSET_S)
    return PersonalMotion(seen, mouth, None, "avatron", base.files["decoder.onnx"])


@pytest.fixture(scope="module")
def animator(person: PersonalMotion) -> PersonalAnimator:
    return PersonalAnimator(person)


def test_a_filter_moves_as_the_person_on_what_it_has_never_seen(person: PersonalMotion) -> None:
    clip, decoder = personal_clip(), MotionDecoder.load(find_weights("avatron"))
    held_out = range(round(0.8 * len(clip.track)), len(clip.track))
    errors: dict[str, list[np.ndarray]] = {"shipped": [], "filtered": []}
    for speech in clip.speeches:
        curves = decoder.curves(speech)
        wanted, seen = person_curves(
            clip.track, speech, held_out, decoder.config.channels, len(curves), decoder.config.frame_rate,
            offset_s=OFFSET_S,
        )  # fmt: skip
        errors["shipped"].append(np.abs(curves - wanted)[seen])
        errors["filtered"].append(np.abs(person.mouth.of(speech, decoder, curves) - wanted)[seen])
    shipped, filtered = (np.concatenate(found).mean(0) for found in errors.values())
    smile = decoder.config.channels.index("mouthSmileLeft")
    assert filtered[smile] < 0.3 * shipped[smile]
    assert filtered.mean() < 0.8 * shipped.mean()


def test_a_filter_is_refused_where_hardly_anything_is_said() -> None:
    clip, decoder = personal_clip(), MotionDecoder.load(find_weights("avatron"))
    with pytest.raises(InvalidValueError, match="hardly anything is heard"):
        learn_mouth(clip.track, clip.speeches, range(20), decoder, offset_s=OFFSET_S)


def test_lips_close_on_every_p_b_and_m_whatever_is_felt(animator: PersonalAnimator) -> None:
    speech, head = spoken(TEXT), shipped_head()
    for emotion in ("neutral", "happy", "surprised"):
        motion = animator.animate(speech, MotionStyle(emotion=emotion))
        closed = bilabial_closures(lip_gap_of(motion, head), motion, speech)
        assert len(closed) > 10 and closed.all(), emotion


def test_motion_stays_within_what_was_seen_and_its_margin(animator: PersonalAnimator, person: PersonalMotion) -> None:
    habits = person.seen.habits
    styles = (
        MotionStyle(),
        MotionStyle(liveliness=2.0, intensity=2.0),
        MotionStyle(emotion="angry"),
        MotionStyle(emotion="surprised", seed=7),
    )
    for style in styles:
        motion = animator.animate(spoken(TEXT), style)
        low, high = expression_limits(habits)
        margin = EXPRESSION_MARGIN + EXPRESSION_SHARE * (high - low) + 1e-5
        assert (motion.expression >= low - margin).all() and (motion.expression <= high + margin).all()
        pose, room = pose_of(motion), POSE_SHARE * (habits.pose_high - habits.pose_low) + 1e-6
        assert (pose >= habits.pose_low - room).all() and (pose <= habits.pose_high + room).all()


def test_the_mouth_rests_as_the_person_does_at_both_ends(animator: PersonalAnimator, person: PersonalMotion) -> None:
    motion = animator.animate(spoken(TEXT), MotionStyle())
    for name in ("jawOpen", "mouthSmileLeft", "mouthFunnel"):
        column, rest = EXPRESSION_INDEX[name], person.seen.habits.rest[EXPRESSION_INDEX[name]]
        assert motion.expression[0, column] == pytest.approx(rest, abs=0.02)


def test_two_utterances_join_where_they_meet(animator: PersonalAnimator) -> None:
    first = spoken("We have coffee.")
    second = spoken("Every Friday evening.", len(first.audio.samples))
    style = MotionStyle(fps=Fraction(100), blinks=False, seed=5)
    one, two = (animator.animate(speech, style) for speech in (first, second))
    assert two.first_frame == one.first_frame + len(one)
    for values in (pose_of(one), pose_of(two)):
        assert values.shape[1] == len(POSE_NAMES)
    seam = np.abs(pose_of(two)[0] - pose_of(one)[-1])
    usual = np.abs(np.diff(np.concatenate([pose_of(one), pose_of(two)]), axis=0)).max(0)
    assert (seam <= 1.2 * usual + 1e-6).all()
    assert np.abs(two.expression[0] - one.expression[-1]).max() < 0.05


def test_the_same_motion_at_25_and_at_50_frames_a_second(animator: PersonalAnimator) -> None:
    slow, fast = (animator.animate(spoken(TEXT), MotionStyle(fps=Fraction(fps), seed=2)) for fps in (25, 50))
    assert np.allclose(pose_of(slow), pose_of(fast)[::2], atol=1e-5)
    mouth = EXPRESSION_INDEX["mouthPucker"]
    assert np.allclose(slow.expression[:, mouth], fast.expression[::2, mouth], atol=1e-4)


def test_layers_that_are_switched_off_hold_still(animator: PersonalAnimator) -> None:
    off = MotionStyle(head=False, breathing=False, gaze=False, brows=False, blinks=False)
    motion = animator.animate(spoken(TEXT), off)
    assert np.ptp(pose_of(motion), axis=0).max() < 1e-6
    assert np.ptp(motion.expression[:, EXPRESSION_INDEX["eyeBlinkLeft"]]) < 1e-6


def test_who_says_nothing_keeps_the_mouth_at_rest_and_still_moves(
    animator: PersonalAnimator, person: PersonalMotion
) -> None:
    speech = spoken(TEXT)
    silent = replace(speech, spans=tuple(replace(span, label="|") for span in speech.spans), phonemes=None, words=())
    silent = replace(silent, spans=silent.spans)
    motion: FaceMotion = animator.animate(silent, MotionStyle())
    assert np.ptp(motion.expression[:, EXPRESSION_INDEX["jawOpen"]]) < 0.01
    assert np.ptp(pose_of(motion)[:, 1]) > 1e-3


def test_a_folder_comes_back_and_is_an_animator_by_its_path(person: PersonalMotion, tmp_path: Path) -> None:
    write_personal_motion(tmp_path / "motion", person)
    again = load_personal_motion(tmp_path / "motion")
    assert again.seen.habits.to_json() == person.seen.habits.to_json()
    assert np.allclose(again.mouth.solution, person.mouth.solution, atol=1e-3)
    loaded = load_animator(tmp_path / "motion")
    assert isinstance(loaded, PersonalAnimator)
    with pytest.raises(UnknownNameError, match="as its person does"):
        load_animator(f"{tmp_path}/motion@presenter")


def test_another_base_and_a_flipped_byte_are_refused(person: PersonalMotion, tmp_path: Path) -> None:
    write_personal_motion(tmp_path / "other", replace(person, base_sha256="0" * 64))
    with pytest.raises(DamagedModelError, match="build the replica again"):
        PersonalAnimator(tmp_path / "other")
    write_personal_motion(tmp_path / "motion", person)
    for name in ("habits.json", "reels.safetensors", "mouth.safetensors"):
        place = tmp_path / "motion" / name
        whole = place.read_bytes()
        place.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(DamagedModelError, match=name):
            PersonalAnimator(tmp_path / "motion")
        place.write_bytes(whole)


def test_a_changed_decoder_gives_in_pieces_what_it_gives_as_a_whole(person: PersonalMotion) -> None:
    rng = np.random.default_rng(0)
    changes = {
        "head.output.bias/difference": rng.normal(0, 0.05, 37).astype(np.float16),
        "mix.bias/difference": rng.normal(0, 0.05, 160).astype(np.float16),
    }
    speech = spoken(TEXT)
    plain, decoder = personal_decoders(replace(person, changes=changes))
    assert decoder is not None
    whole = decoder.curves(speech)
    assert np.abs(whole - plain.curves(speech)).max() > 0.02
    columns = columns_of(speech.acoustics, [span.label for span in speech.spans], decoder.config)
    stream = decoder.stream()
    pieces = [stream.push(columns.part(start, min(start + 17, len(columns)))) for start in range(0, len(columns), 17)]
    assert np.allclose(np.concatenate([*pieces, stream.finish()]), whole, atol=1e-5)


def test_a_change_that_does_not_fit_is_refused(person: PersonalMotion) -> None:
    with pytest.raises(DamagedModelError, match="does not fit"):
        personal_decoders(replace(person, changes={"mix.bias/difference": np.zeros(3, np.float16)}))
