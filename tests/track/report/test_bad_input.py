"""Every kind of video that people bring gets a clear verdict, never a crash and never a silent pass."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.check import ClipReport, check_clip
from avatron.track.report.finding import Finding
from reference.drawn_person import DrawnFace

from .conftest import FPS, FRAMES, images, voice, write_film


def finding(report: ClipReport, measure: str) -> Finding:
    return next(own for own in report.findings if own.measure == measure)


def on_grey(image: NDArray[np.uint8], size: tuple[int, int], at: tuple[int, int], side: int) -> NDArray[np.uint8]:
    """`image`, `side` px large, at `at` (left, top) on a grey picture of `size` (width, height)."""
    frame = Image.new("RGB", size, (96, 104, 112))
    frame.paste(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS), at)
    return np.asarray(frame).copy()


@pytest.fixture(scope="module")
def good_film(ava_talks: list[DrawnFace], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("check") / "ava.mp4"
    return write_film(path, images(ava_talks), sound=voice(FRAMES / float(FPS)))


@pytest.fixture(scope="module")
def good_report(good_film: Path, landmarker: FaceLandmarker) -> ClipReport:
    return check_clip(good_film, landmarker=landmarker)


def test_a_person_who_talks_is_good_in_all_that_a_short_film_can_be(good_report: ClipReport) -> None:
    verdicts = {own.measure: own.verdict for own in good_report.findings}
    # Two seconds are few, the picture is small, and a buzz is not Ava's voice.
    assert {measure for measure, verdict in verdicts.items() if verdict == "refuse"} == set()
    short = {"length", "resolution", "face size", "lip sync", "noise"}
    assert {measure for measure, verdict in verdicts.items() if verdict == "usable"} <= short
    assert good_report.verdict == "usable"
    assert good_report.frames_seen == FRAMES


def test_what_is_not_good_says_what_to_record_instead(good_report: ClipReport) -> None:
    for own in good_report.findings:
        assert own.says
        assert bool(own.advice) == (own.verdict in ("usable", "refuse")), own.measure


def test_the_report_is_json_with_numbers_that_are_finite(good_report: ClipReport) -> None:
    import json

    text = json.dumps(good_report.as_json(), allow_nan=False)
    assert json.loads(text)["verdict"] == "usable"


@pytest.mark.parametrize("name", ["photo.png", "sound.wav", "text.mp4", "empty.mp4", "nowhere.mp4"])
def test_what_is_no_film_is_refused_in_the_report(tmp_path: Path, name: str, landmarker: FaceLandmarker) -> None:
    path = tmp_path / name
    if name == "photo.png":
        Image.new("RGB", (64, 64)).save(path)
    elif name == "sound.wav":
        from avatron.core.audio import Audio
        from avatron.io.audio import write_wav

        write_wav(path, Audio(voice(1), 16_000))
    elif name == "text.mp4":
        path.write_text("this is no film")
    elif name == "empty.mp4":
        path.write_bytes(b"")
    report = check_clip(path, landmarker=landmarker)
    assert report.verdict == "refuse"
    assert name in report.findings[0].says
    assert report.reasons


def test_a_film_without_a_face_is_refused(tmp_path: Path, landmarker: FaceLandmarker) -> None:
    rng = np.random.default_rng(0)
    wall = np.repeat(np.repeat(rng.integers(60, 200, (9, 12, 3), np.uint8), 20, 0), 20, 1)
    report = check_clip(
        write_film(tmp_path / "a.mp4", [np.roll(wall, 4 * n, 1) for n in range(20)]), landmarker=landmarker
    )
    assert finding(report, "faces").verdict == report.verdict == "refuse"
    assert "no face was found" in finding(report, "faces").says


def test_a_face_in_part_of_the_film_is_usable_and_the_rest_is_named(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    wall = np.full_like(ava_talks[0].image, 120)
    pictures = [wall] * 15 + images(ava_talks)[:20] + [wall] * 15
    faces = finding(check_clip(write_film(tmp_path / "a.mp4", pictures), landmarker=landmarker), "faces")
    assert faces.verdict == "usable"
    assert faces.numbers["seen_share"] == pytest.approx(0.4, abs=0.05)
    assert faces.numbers["first_seen_s"] == pytest.approx(0.6, abs=0.05)
    assert "0.00 .. 0.56" in faces.says


def test_of_two_faces_the_larger_is_the_subject(
    tmp_path: Path, ava_talks: list[DrawnFace], henry_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    pictures = []
    for ava, henry in zip(ava_talks, henry_talks, strict=False):
        frame = on_grey(ava.image, (700, 400), (0, 8), 384)
        frame[100:340, 430:670] = np.asarray(Image.fromarray(henry.image).resize((240, 240)))
        pictures.append(frame)
    faces = finding(check_clip(write_film(tmp_path / "a.mp4", pictures), landmarker=landmarker), "faces")
    assert faces.verdict == "usable"
    assert faces.numbers["most_faces"] == 2
    assert float(str(faces.numbers["subject_x"])) < 0.4
    assert "left" in faces.says


def test_a_cut_to_another_person_is_refused_at_its_very_frame(
    tmp_path: Path, ava_talks: list[DrawnFace], henry_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    pictures = images(ava_talks)[:20] + images(henry_talks)
    report = check_clip(write_film(tmp_path / "a.mp4", pictures), landmarker=landmarker)
    assert finding(report, "person").verdict == "refuse"
    assert "0.80" in finding(report, "person").says
    assert finding(report, "cuts").numbers["cut_times_s"] == [0.8]


def test_a_cut_within_one_person_is_usable(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    nearer = [on_grey(face.image[40:340, 40:340], (384, 384), (0, 0), 384) for face in ava_talks[20:]]
    report = check_clip(write_film(tmp_path / "a.mp4", images(ava_talks)[:20] + nearer), landmarker=landmarker)
    assert finding(report, "cuts").numbers["cut_times_s"] == [0.8]
    assert finding(report, "cuts").verdict == "usable"
    assert finding(report, "person").verdict == "good"


def test_a_photo_shown_as_a_film_is_refused(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    for count in (1, 30):
        path = write_film(tmp_path / f"{count}.mp4", [ava_talks[3].image] * count, quality=60)
        report = check_clip(path, landmarker=landmarker)
        assert report.verdict == "refuse"
        assert "photo" in finding(report, "length" if count == 1 else "motion").says


def test_a_cartoon_is_refused(tmp_path: Path, landmarker: FaceLandmarker) -> None:
    pictures = []
    for number in range(20):
        frame = Image.new("RGB", (384, 384), (120, 190, 240))
        pen = ImageDraw.Draw(frame)
        pen.ellipse((92, 60, 292, 320), fill=(255, 214, 170), outline=(0, 0, 0), width=4)
        for left in (130, 210):
            pen.ellipse((left, 140, left + 44, 190), fill=(255, 255, 255), outline=(0, 0, 0), width=4)
            pen.ellipse((left + 15, 155, left + 31, 178), fill=(20, 20, 20))
        pen.line((192, 190, 180, 235, 200, 235), fill=(0, 0, 0), width=4)
        pen.ellipse((160, 255, 224, 262 + number % 5 * 6), fill=(150, 30, 40), outline=(0, 0, 0), width=4)
        pictures.append(np.asarray(frame).copy())
    report = check_clip(write_film(tmp_path / "a.mp4", pictures), landmarker=landmarker)
    assert finding(report, "drawing").verdict == report.verdict == "refuse"


def test_black_frames_are_named_and_a_black_film_is_refused(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    black = np.zeros_like(ava_talks[0].image)
    part = write_film(tmp_path / "part.mp4", [black] * 10 + images(ava_talks))
    own = finding(check_clip(part, landmarker=landmarker), "black frames")
    assert own.verdict == "usable"
    assert own.numbers["black_share"] == pytest.approx(0.2, abs=0.02)
    report = check_clip(write_film(tmp_path / "all.mp4", [black] * 20), landmarker=landmarker)
    assert finding(report, "black frames").verdict == report.verdict == "refuse"


def test_a_face_of_ten_pixels_is_refused_for_its_size(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    # Ava's face is half as high as her picture.
    pictures = [on_grey(face.image, (640, 360), (300 + n, 150), 24) for n, face in enumerate(ava_talks[:20])]
    report = check_clip(write_film(tmp_path / "a.mp4", pictures), landmarker=landmarker)
    assert report.verdict == "refuse"
    said = finding(report, "faces")
    assert said.verdict == "refuse" or finding(report, "face size").verdict == "refuse"


def test_a_small_face_is_usable_and_a_tiny_one_refused(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    verdicts = []
    for side in (192, 60):
        pictures = [on_grey(face.image, (384, 288), (90, 60), side) for face in ava_talks[:20]]
        report = check_clip(write_film(tmp_path / f"{side}.mp4", pictures), landmarker=landmarker)
        verdicts.append(finding(report, "face size").verdict)
    assert verdicts == ["usable", "refuse"]


def test_an_upright_recording_turned_by_its_file_is_read_upright(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=FPS, width=384, height=384, pix_fmt="yuv420p")
        stream.set_display_rotation(-90)
        for face in ava_talks[:20]:
            turned = np.ascontiguousarray(np.rot90(face.image))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(turned, format="rgb24")))
        container.mux(stream.encode(None))
    report = check_clip(path, landmarker=landmarker)
    assert finding(report, "rotation").numbers["rotation_deg"] == 90
    assert finding(report, "rotation").verdict == "good"
    assert finding(report, "faces").verdict == "good"
    roll = finding(report, "head angles").numbers
    assert abs(float(str(roll["roll_low_deg"]))) < 15


def test_a_variable_rate_is_usable_and_says_what_it_costs(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    path = tmp_path / "a.mkv"
    rng = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30, width=384, height=384, pix_fmt="yuv420p")
        stream.codec_context.time_base = Fraction(1, 1000)
        time_ms = 0
        for face in ava_talks:
            frame: Any = av.VideoFrame.from_ndarray(face.image, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
            time_ms += int(rng.choice([33, 33, 33, 66, 100]))
        container.mux(stream.encode(None))
    rate = finding(check_clip(path, landmarker=landmarker), "frame rate")
    assert rate.verdict == "usable"
    assert rate.numbers["variable"] is True
    assert int(str(rate.numbers["shown_again"])) > 5


def test_few_frames_a_second_are_refused(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    for fps, verdict in ((Fraction(10), "refuse"), (Fraction(15), "usable"), (Fraction(24000, 1001), "good")):
        path = write_film(tmp_path / f"{fps.numerator}.mp4", images(ava_talks)[:20], fps=fps)
        assert finding(check_clip(path, landmarker=landmarker), "frame rate").verdict == verdict


def test_a_film_that_breaks_off_is_usable_up_to_there(
    tmp_path: Path, good_film: Path, landmarker: FaceLandmarker
) -> None:
    data = good_film.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) * 2 // 3])
    report = check_clip(path, landmarker=landmarker)
    assert finding(report, "completeness").verdict == "usable"
    assert report.info is not None
    assert 5 < report.info.frames < FRAMES
    assert finding(report, "faces").verdict == "good"


def test_a_film_without_sound_is_usable(tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker) -> None:
    sound = finding(check_clip(write_film(tmp_path / "a.mp4", images(ava_talks)), landmarker=landmarker), "sound")
    assert sound.verdict == "usable"
    assert "no sound" in sound.says


def test_sound_longer_than_the_picture_is_usable_and_so_is_shorter(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    for seconds, said in ((4.0, "longer than the picture"), (0.5, "missing in")):
        path = write_film(tmp_path / f"{seconds}.mp4", images(ava_talks), sound=voice(seconds))
        sound = finding(check_clip(path, landmarker=landmarker), "sound")
        assert sound.verdict == "usable"
        assert said in sound.says


def test_8k_is_read_and_more_is_refused(
    tmp_path: Path, ava_talks: list[DrawnFace], landmarker: FaceLandmarker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatron.io import film_stream

    path = write_film(tmp_path / "a.mp4", images(ava_talks)[:3])
    assert film_stream.LARGEST_PIXELS >= 7680 * 4320
    monkeypatch.setattr(film_stream, "LARGEST_PIXELS", 384 * 383)
    report = check_clip(path, landmarker=landmarker)
    assert report.verdict == "refuse"
    assert "scale it down" in report.findings[0].says
