from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import InvalidValueError
from avatron.evaluation.lips import lip_gap_of
from avatron.face.shipped import shipped_head
from avatron.track.fit.parameters import FITTED
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.points import LIP_POINTS
from avatron.track.live.config import LiveConfig
from avatron.track.live.person import PersonFinder
from avatron.track.live.solver import FrameSolver
from avatron.track.live.tracker import LiveFace, LiveTracker
from reference.drawn_person import DrawnFace, DrawnPerson

FPS = Fraction(25)
FRAMES = 60


@pytest.fixture(scope="module")
def motion() -> FaceMotion:
    """A head that turns slowly to and fro, and a mouth that opens and shuts twice a second."""
    rest = FaceMotion.at_rest(FRAMES)
    expression = rest.expression.copy()
    seconds = np.arange(FRAMES) / float(FPS)
    expression[:, EXPRESSION_INDEX["jawOpen"]] = 0.25 - 0.25 * np.cos(4 * np.pi * seconds)
    turned = np.zeros((FRAMES, 3), np.float32)
    turned[:, 1] = 0.3 * np.sin(np.pi * seconds)
    return replace(rest, expression=expression, head_rotation=turned)


@pytest.fixture(scope="module")
def faces(person: DrawnPerson, motion: FaceMotion) -> list[DrawnFace]:
    return list(person.faces(motion))


@pytest.fixture(scope="module")
def seen(faces: list[DrawnFace], landmarker: FaceLandmarker) -> list[LiveFace]:
    tracker = LiveTracker((384, 384), FPS, landmarker=landmarker)
    return [tracker.see(face.image, number / 25, number) for number, face in enumerate(faces)]


def test_the_turn_of_the_head_is_followed(seen: list[LiveFace], motion: FaceMotion) -> None:
    yaw = np.array([face.motion.head_rotation[0, 1] for face in seen if face.motion is not None])
    assert len(yaw) == FRAMES
    assert np.corrcoef(yaw, motion.head_rotation[:, 1])[0, 1] > 0.99
    error = yaw - motion.head_rotation[:, 1]
    assert np.abs(error - np.median(error)).max() < 0.08


def test_the_mouth_opens_and_shuts_when_it_does(seen: list[LiveFace], motion: FaceMotion) -> None:
    jaw, close = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]
    found = [face.motion.expression[0] for face in seen if face.motion is not None]
    parted = np.array([weights[jaw] - weights[close] for weights in found])
    drawn = motion.expression[:, jaw]
    lags = {lag: np.corrcoef(parted[lag:], drawn[: FRAMES - lag])[0, 1] for lag in range(4)}
    assert max(lags, key=lambda lag: lags[lag]) == 0 and lags[0] > 0.85


def gaps_mm(seen: list[FaceMotion]) -> list[float]:
    return [float(lip_gap_of(motion, shipped_head())[0]) for motion in seen]


def test_lips_that_meet_for_a_moment_close_and_open_lips_do_not(seen: list[LiveFace], motion: FaceMotion) -> None:
    """As those of P, B and M between vowels, before the person is known and after."""
    gap_mm = np.array(gaps_mm([face.motion for face in seen if face.motion is not None]))
    jaw = motion.expression[:, EXPRESSION_INDEX["jawOpen"]]
    shut, apart = np.flatnonzero(jaw < 0.01), np.flatnonzero(jaw > 0.1)
    assert len(shut) == 7 and len(apart) > 30
    assert np.count_nonzero(gap_mm[shut] < 0.5) >= 6
    assert gap_mm[apart].min() > 1.5


def test_lips_that_are_read_as_closed_close_where_the_landmarks_leave_them_apart(seen: list[LiveFace]) -> None:
    config = LiveConfig()
    person = PersonFinder(shipped_head(), (384, 384), config, beside=False).person
    assert person.lips is not None
    unseen = np.zeros((1, LIP_POINTS, 2, 2), np.float32)
    certain = np.full(1, 0.99, np.float32)
    read = LipObservations(unseen[..., 0], unseen, 0 * certain, certain, certain, np.ones(1, np.bool_))
    gap_mm = []
    for lips in (None, read):
        solver = FrameSolver(config.track, config.iterations)
        for _ in range(3):
            unknowns, _ = solver.solve(person, seen[3].landmarks, np.zeros(len(FITTED)), 0.04, lips)
        gap_mm.append((person.lips.gap_mm + person.lips.gap_by_expression @ unknowns.fitted[0]).max())
    assert gap_mm[0] > 5.0 and gap_mm[1] < 0.5


def test_the_person_is_known_after_a_second(seen: list[LiveFace]) -> None:
    assert not seen[10].calibrated and seen[35].calibrated
    assert np.mean([face.error_px for face in seen[35:]]) < np.mean([face.error_px for face in seen[2:20]])


def test_the_same_pictures_give_the_same_motion(
    seen: list[LiveFace], faces: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    tracker = LiveTracker((384, 384), FPS, landmarker=landmarker)
    for number, face in enumerate(faces[:30]):
        again = tracker.see(face.image, number / 25, number).motion
        before = seen[number].motion
        assert again is not None and before is not None
        assert np.array_equal(again.expression, before.expression)


def test_without_a_face_there_is_no_motion_and_then_it_goes_on(
    faces: list[DrawnFace], landmarker: FaceLandmarker
) -> None:
    tracker = LiveTracker((384, 384), FPS, landmarker=landmarker)
    black = np.zeros((384, 384, 3), np.uint8)
    images = [faces[0].image, faces[1].image, black, faces[2].image]
    found = [tracker.see(image, number / 25, number) for number, image in enumerate(images)]
    assert [face.motion is not None for face in found] == [True, True, False, True]
    last = found[3].motion
    assert last is not None and np.abs(last.head_rotation[0]).max() < 0.5


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ({"calibration_s": 0.0}, {"iterations": 0}):
        with pytest.raises(InvalidValueError):
            LiveConfig(**wrong)  # type: ignore[arg-type]
