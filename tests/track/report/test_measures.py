"""Each measure finds what was put into the picture or the sound, and nothing where nothing was."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import erf
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.clips import probe_clip
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.cuts import CutConfig, cuts_among_neighbours
from avatron.track.report.exposure import ExposureConfig, judge_exposure, skin_light
from avatron.track.report.face_points import FaceColours, landmark_colours
from avatron.track.report.faces import FaceFinder, FinderConfig, SightedFace
from avatron.track.report.finding import Finding, worst
from avatron.track.report.lip_sync import LipSyncConfig, judge_lip_sync, lip_opening, measure_lip_sync
from avatron.track.report.occlusion import (
    OcclusionConfig,
    bridge_edges,
    covered_places,
    foreign_places,
    judge_occlusion,
    lip_redness,
)
from avatron.track.report.picture import PictureNote, note_picture
from avatron.track.report.pose import head_pose
from avatron.track.report.sampling import SamplingConfig, plan_samples, read_samples
from avatron.track.report.sharpness import SharpnessConfig, edge_blur, judge_sharpness
from avatron.track.report.sound import (
    SoundConfig,
    judge_clipping,
    judge_noise,
    judge_speech,
    note_sound,
    sound_blocks,
    speech_mask,
)
from reference.drawn_person import DrawnFace, DrawnPerson

from .conftest import FPS, RATE_HZ, images, voice, write_film

Image = NDArray[np.uint8]


def sighted(landmarker: FaceLandmarker, pictures: list[Image]) -> list[SightedFace]:
    finder = FaceFinder(landmarker, FinderConfig())
    return [finder.find(picture, number > 0)[0] for number, picture in enumerate(pictures)]


def colours(landmarker: FaceLandmarker, pictures: list[Image]) -> list[FaceColours]:
    faces = sighted(landmarker, pictures)
    return [
        landmark_colours(picture, face.landmarks, max(round(face.eye_distance_px / 25), 1))
        for picture, face in zip(pictures, faces, strict=True)
    ]


# The pose of the head


@pytest.mark.parametrize(("axis", "name"), [(1, "yaw_deg"), (0, "pitch_deg"), (2, "roll_deg")])
def test_a_turn_of_the_head_is_measured_within_a_few_degrees(
    person: DrawnPerson, landmarker: FaceLandmarker, axis: int, name: str
) -> None:
    # A turn about x looks down.
    sign = {1: 1, 0: -1, 2: 1}[axis]
    angles = []
    for angle in (-0.3, 0.3):
        turn = [0.0, 0.0, 0.0]
        turn[axis] = angle
        (face,) = sighted(landmarker, [person.face(head=(turn[0], turn[1], turn[2])).image])
        angles.append(getattr(head_pose(face.landmarks), name))
    assert sign * (angles[1] - angles[0]) == pytest.approx(np.degrees(0.6), abs=9)


# Samples and cuts


def test_a_long_film_is_sampled_in_stretches_and_key_pictures_and_no_frame_comes_twice(tmp_path: Path) -> None:
    pictures = [np.full((48, 64, 3), n % 200, np.uint8) for n in range(600)]
    info = probe_clip(write_film(tmp_path / "a.mp4", pictures))
    config = SamplingConfig(whole_frames=100, stretches=4, stretch_frames=20, key_pictures=3)
    plan = plan_samples(info, config)
    frames = [sample.frame for sample in read_samples(info, plan)]
    assert frames == sorted(set(frames))
    assert len(frames) == len(plan) == 4 * 20 + len(plan.keys)
    assert 1 <= len(plan.keys) <= 3
    whole = plan_samples(info, replace(config, every_frame=True))
    assert len(whole) == 600
    for sample in read_samples(info, plan):
        assert abs(int(sample.picture[24, 32, 0]) - sample.frame % 200) <= 4


def notes_of(pictures: list[Image]) -> list[PictureNote]:
    return [note_picture(number, number > 0, picture) for number, picture in enumerate(pictures)]


def test_a_cut_is_found_at_its_frame_and_motion_is_none() -> None:
    rng = np.random.default_rng(0)
    rooms = [np.kron(rng.integers(40, 220, (12, 16, 3)), np.ones((20, 20, 1))).astype(np.uint8) for _ in range(2)]
    panned = [np.roll(rooms[0], 2 * number, 1) for number in range(30)]
    assert cuts_among_neighbours(notes_of(panned), CutConfig()) == []
    assert cuts_among_neighbours(notes_of(panned[:13] + [rooms[1]] * 12), CutConfig()) == [13]


# The picture of the face


@pytest.mark.parametrize("sigma_px", [1.0, 1.5, 2.5])
def test_the_width_of_edges_is_that_of_the_blur(sigma_px: float) -> None:
    columns = np.arange(64)[None] - 31.5
    profile = np.array([0.5 + 0.5 * erf(float(x) / (sigma_px * 2**0.5)) for x in columns[0]], np.float32)
    region = np.repeat(40 + 160 * profile[None], 40, axis=0)
    assert edge_blur(region) == pytest.approx(sigma_px, rel=0.2)


def test_a_softer_face_is_less_sharp_and_a_flat_one_is_not_measured(ava_talks: list[DrawnFace]) -> None:
    assert judge_sharpness([0.01] * 9, SharpnessConfig()).verdict == "good"
    assert judge_sharpness([0.03] * 9, SharpnessConfig()).verdict == "usable"
    assert judge_sharpness([0.08] * 9, SharpnessConfig()).verdict == "refuse"
    assert judge_sharpness([0.01] * 7 + [0.03] * 3, SharpnessConfig()).verdict == "usable"
    assert judge_sharpness([float("nan")], SharpnessConfig()).verdict == "not measured"
    assert np.isnan(edge_blur(np.full((20, 40), 90, np.float32)))


def test_dark_blown_and_one_sided_light_is_told(ava_talks: list[DrawnFace], landmarker: FaceLandmarker) -> None:
    picture = ava_talks[0].image
    (face,) = sighted(landmarker, [picture])
    config = ExposureConfig()
    nose = round(float(face.landmarks[1, 0]))
    shadow = np.where(np.arange(picture.shape[1]) < nose, 0.3, 1.0)[None, :, None]
    for changed, verdict, said in (
        (picture, "good", "evenly"),
        (picture * 0.2, "usable", "dark"),
        (picture * 0.06, "refuse", "dark"),
        (picture * 2.2, "refuse", "blown"),
        (picture * shadow, "usable", "one side"),
    ):
        seen = landmark_colours(changed.clip(0, 255).astype(np.uint8), face.landmarks, 3)
        found = judge_exposure([skin_light(seen.mean, config)] * 5, config)
        assert found.verdict == verdict
        assert said in found.says


def block(picture: Image, centre: NDArray[np.floating], size: tuple[float, float], colour: tuple[int, ...]) -> Image:
    """`picture` with a rectangle about `centre` [2] px, `size` (width, height) px."""
    covered = picture.copy()
    (left, top), (right, bottom) = centre - np.array(size) / 2, centre + np.array(size) / 2
    covered[int(top) : int(bottom), int(left) : int(right)] = colour
    return covered


def judged(landmarker: FaceLandmarker, pictures: list[Image]) -> Finding:
    config = OcclusionConfig()
    seen = colours(landmarker, pictures)
    faces = sighted(landmarker, pictures)
    return judge_occlusion(
        covered_places(seen, config),
        np.array([lip_redness(own.mean) for own in seen]),
        foreign_places(np.stack([own.mean for own in seen]), config),
        [bridge_edges(picture, face.landmarks) for picture, face in zip(pictures, faces, strict=True)],
        config,
    )


def test_a_free_face_is_covered_by_nothing(ava_talks: list[DrawnFace], landmarker: FaceLandmarker) -> None:
    assert judged(landmarker, images(ava_talks)).verdict == "good"


def test_a_cup_that_comes_and_goes_is_found(ava_talks: list[DrawnFace], landmarker: FaceLandmarker) -> None:
    pictures = images(ava_talks)
    for number in range(10, 20):
        face = ava_talks[number]
        mouth, eyes = face.landmarks[14], face.eye_distance_px
        pictures[number] = block(pictures[number], mouth, (0.8 * eyes, 0.7 * eyes), (225, 225, 220))
    found = judged(landmarker, pictures)
    assert found.verdict == "usable"
    assert found.numbers["covered_pictures_share"] == pytest.approx(0.25, abs=0.06)


def test_a_hand_over_the_lips_is_found_though_it_has_the_colour_of_skin(
    ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    pictures = images(ava_talks)
    for number in range(10, 20):
        face = ava_talks[number]
        skin = tuple(int(value) for value in pictures[number][tuple(face.landmarks[205].astype(int)[::-1])])
        eyes = face.eye_distance_px
        pictures[number] = block(pictures[number], face.landmarks[14], (0.9 * eyes, 0.4 * eyes), skin)
    found = judged(landmarker, pictures)
    assert found.verdict == "usable"
    assert found.numbers["hidden_lips_share"] == pytest.approx(0.25, abs=0.1)


def test_a_mask_that_stays_is_found(ava_talks: list[DrawnFace], landmarker: FaceLandmarker) -> None:
    pictures = [
        block(face.image, face.landmarks[14], (1.1 * face.eye_distance_px, 0.9 * face.eye_distance_px), (120, 160, 215))
        for face in ava_talks
    ]
    found = judged(landmarker, pictures)
    assert found.verdict in ("usable", "refuse")
    assert float(str(found.numbers["never_skin_share"])) > 0.08


def test_the_frame_of_glasses_is_found(ava_talks: list[DrawnFace], landmarker: FaceLandmarker) -> None:
    pictures = []
    for face in ava_talks[:10]:
        eyes = face.eye_distance_px
        pictures.append(block(face.image, face.landmarks[168], (0.35 * eyes, 0.05 * eyes), (50, 45, 42)))
    found = judged(landmarker, pictures)
    assert found.numbers["glasses"] is True
    assert "glasses" in found.says


# The sound


def test_speech_is_told_from_a_hum_from_noise_and_from_silence() -> None:
    config = SoundConfig()
    rng = np.random.default_rng(0)
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    hum, noise = 0.2 * np.sin(2 * np.pi * 110 * time_s), 0.1 * rng.standard_normal(len(time_s))
    shares = []
    for samples in (voice(4), hum, noise, np.zeros(len(time_s))):
        note = note_sound([Audio(samples.astype(np.float32), RATE_HZ)])
        shares.append(float(speech_mask(note, config).mean()))
    assert shares[0] > 0.7
    assert max(shares[1:]) < 0.05
    assert judge_speech(note_sound([Audio(hum.astype(np.float32), RATE_HZ)]), config).verdict == "usable"


@pytest.mark.parametrize("noise_db", [10, 20, 30])
def test_the_distance_of_speech_from_noise_is_measured(noise_db: int) -> None:
    samples = voice(6)
    power = float((samples[samples != 0] ** 2).mean())
    noise = np.random.default_rng(0).standard_normal(len(samples)) * (power * 10 ** (-noise_db / 10)) ** 0.5
    found = judge_noise(note_sound([Audio((samples + noise).astype(np.float32), RATE_HZ)]), SoundConfig())
    assert found.numbers["ratio_db"] == pytest.approx(noise_db, abs=4)


def test_clipping_is_found_at_any_level_and_whole_speech_has_none() -> None:
    # Amplitudes of speech fall off like an exponential (Paez and Glisson 1972).
    samples = np.random.default_rng(0).laplace(scale=0.06, size=10 * RATE_HZ)
    for limit in (None, 0.3, 0.15):
        cut = samples if limit is None else samples.clip(-limit, limit)
        found = judge_clipping(note_sound([Audio(cut.astype(np.float32), RATE_HZ)]), SoundConfig())
        assert found.verdict == ("good" if limit is None else "usable")


def test_the_sound_of_a_film_comes_in_blocks_without_loss(tmp_path: Path) -> None:
    samples = voice(25)
    pictures = [np.zeros((48, 64, 3), np.uint8)] * 5
    path = write_film(tmp_path / "a.mkv", pictures, sound=samples, fps=Fraction(1))
    blocks = list(sound_blocks(path, 48_000))
    assert [round(block.duration_s) for block in blocks] == [10, 10, 5]
    assert note_sound(blocks).duration_s == pytest.approx(25, abs=0.05)


def test_lips_without_a_voice_are_no_measure_of_the_clock(tmp_path: Path, ava_talks: list[DrawnFace]) -> None:
    path = write_film(tmp_path / "a.mp4", images(ava_talks), sound=np.zeros(2 * RATE_HZ, np.float32))
    openings = [
        (number, lip_opening(face.landmarks.astype(np.float32), face.eye_distance_px))
        for number, face in enumerate(ava_talks)
    ]
    offset = measure_lip_sync(probe_clip(path), openings, LipSyncConfig())
    assert judge_lip_sync(offset, LipSyncConfig()).verdict == "not measured"
    assert measure_lip_sync(probe_clip(path), openings[:5], LipSyncConfig()) is None


# The verdict


def test_the_worst_finding_is_the_verdict_and_what_was_not_measured_counts_for_nothing() -> None:
    def of(*verdicts: str) -> str:
        return worst([Finding("a", verdict, "") for verdict in verdicts])  # type: ignore[arg-type]

    assert of("good", "not measured") == "good"
    assert of("good", "usable", "not measured") == "usable"
    assert of("usable", "refuse", "good") == "refuse"
    assert float(FPS) == 25
