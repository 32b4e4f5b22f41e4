"""Of several faces the one that was asked for is tracked, and nobody else in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from avatron.errors import InputError, InvalidValueError
from avatron.face.shipped import shipped_head
from avatron.io.clips import probe_clip
from avatron.track.config import TrackConfig
from avatron.track.landmarks.follower import FaceFollower, FollowerConfig
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.overlay.overlay import TrackOverlay
from avatron.track.report.check import check_clip
from avatron.track.subject import Subject, check_subject, find_subject, read_subject
from avatron.track.tracker import Tracker
from reference.drawn_person import DrawnFace

from .conftest import images, write_film

SIZE = (640, 320)
AVA_X, HENRY_X = 150, 500
"""About the middles of the faces, px: Ava is the larger one."""


def together(ava: NDArray[np.uint8] | None, henry: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Two people on grey; who is None is away."""
    frame = Image.new("RGB", SIZE, (96, 104, 112))
    for image, left, side in ((ava, 0, 300), (henry, 390, 220)):
        if image is not None:
            frame.paste(Image.fromarray(image).resize((side, side), Image.Resampling.LANCZOS), (left, 320 - side))
    return np.asarray(frame).copy()


@pytest.fixture(scope="module")
def both(ava_talks: list[DrawnFace], henry_talks: list[DrawnFace]) -> list[NDArray[np.uint8]]:
    return [together(*pair) for pair in zip(images(ava_talks), images(henry_talks), strict=False)]


@pytest.fixture(scope="module")
def film(both: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("two") / "two.mp4", both)


@pytest.mark.parametrize(
    ("subject", "middle_px"),
    [("left", AVA_X), ("right", HENRY_X), ((0.78, 0.6), HENRY_X), ((0.23, 0.5), AVA_X)],
)
def test_the_face_that_was_asked_for_is_chosen(
    film: Path, landmarker: FaceLandmarker, subject: Subject, middle_px: float
) -> None:
    chosen = find_subject(probe_clip(film), subject, landmarker)
    assert chosen is not None and abs(chosen.centre_px[0] - middle_px) < 40


def test_a_point_without_a_face_is_refused_and_the_faces_are_named(film: Path, landmarker: FaceLandmarker) -> None:
    with pytest.raises(InputError, match=r"no face at 0\.5,0\.05 .* its faces are at 0\.2\d,0\.\d+; 0\.7\d,0\.\d+"):
        find_subject(probe_clip(film), (0.5, 0.05), landmarker)


def test_a_film_without_a_face_has_no_subject(tmp_path: Path, landmarker: FaceLandmarker) -> None:
    wall = write_film(tmp_path / "wall.mp4", [together(None, None)] * 12)
    with pytest.raises(InputError, match="no face in its first 12 frames"):
        find_subject(probe_clip(wall), "left", landmarker)


def test_the_track_the_report_and_the_overlay_are_of_the_one_who_was_asked_for(
    film: Path, landmarker: FaceLandmarker
) -> None:
    for subject, middle_px in (("largest", AVA_X), ("right", HENRY_X)):
        track = Tracker(TrackConfig(subject=check_subject(subject))).track(film)
        assert track.valid.all()
        face = TrackOverlay(
            track, shipped_head(), name="two", frame_percent=np.zeros(len(track), np.float32)
        ).first_face()
        assert face is not None and abs(face.centre_px[0] - middle_px) < 40
        report = check_clip(film, landmarker=landmarker, subject=check_subject(subject))
        numbers = next(one.numbers for one in report.findings if one.measure == "faces")
        assert abs(float(str(numbers["subject_x"])) * SIZE[0] - middle_px) < 40


def test_nobody_else_is_taken_for_a_chosen_subject_who_is_away(
    ava_talks: list[DrawnFace], both: list[NDArray[np.uint8]], film: Path, landmarker: FaceLandmarker
) -> None:
    config = FollowerConfig(only_subject=True)
    follower = FaceFollower(landmarker, config, find_subject(probe_clip(film), "right", landmarker))
    alone = [together(face.image, None) for face in ava_talks[: config.remembered_frames + 5]]
    seen = [follower.see(picture) for picture in [both[0], *alone, both[0]]]
    assert [face.valid for face in seen] == [True, *[False] * len(alone), True]
    assert abs(float(np.ptp([seen[0].landmarks[1, 0], seen[-1].landmarks[1, 0]]))) < 5


@pytest.mark.parametrize("text", ["middle", "", "1,2,3", "0.5,1.2", "-0.1,0.5", "nan,0.5", "a,b"])
def test_what_names_no_subject_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="the subject"):
        read_subject(text)


def test_subjects_are_read_as_they_are_typed() -> None:
    assert [read_subject(text) for text in ("largest", "left", "right", "0.25, 0.5")] == [
        *("largest", "left", "right"),
        (0.25, 0.5),
    ]
