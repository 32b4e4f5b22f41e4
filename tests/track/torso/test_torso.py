from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.face.rig import joint_motions
from avatron.face.shipped import shipped_head
from avatron.track.fit.lens import Lens
from avatron.track.fit.seen_torso import torso_as_seen
from avatron.track.fit.state import split_motion
from avatron.track.fit.torso import torso_from_head
from avatron.track.landmarks.follower import SeenFace
from avatron.track.torso.alignment import MARGIN, Alignment, Reference
from avatron.track.torso.observations import NOT_SEEN, TorsoObservations
from avatron.track.torso.watcher import TorsoWatcher
from reference.drawn_person import DrawnFace, DrawnPerson

FRAMES = 16
FPS = 25.0


SHAPE = (32 + 2 * MARGIN, 48 + 2 * MARGIN)


def cloth(places: NDArray[np.complex128], seed: int = 1) -> NDArray[np.float64]:
    """The brightness of something with a soft pattern at `places`."""
    random = np.random.default_rng(seed)
    across, down, phase = random.uniform(-0.35, 0.35, 12), random.uniform(-0.35, 0.35, 12), random.uniform(0, 6, 12)
    waves = np.cos(places.real[..., None] * across + places.imag[..., None] * down + phase)
    return np.asarray(128 + 12 * waves.sum(-1))


def grid(shape: tuple[int, int]) -> NDArray[np.complex128]:
    rows, columns = np.indices(shape)
    return np.asarray(columns - (shape[1] - 1) / 2 + 1j * (rows - (shape[0] - 1) / 2))


@pytest.mark.parametrize(
    ("turn", "shift"), [(1, 0.7 + 0.3j), (np.exp(0.05j), 1.5 - 2j), (1.03 * np.exp(-0.08j), -2 + 1j)]
)
def test_a_picture_that_is_moved_turned_and_lit_otherwise_is_found_where_it_is(turn: complex, shift: complex) -> None:
    places = grid(SHAPE)
    reference = Reference(cloth(places), np.ones((32, 48)))
    noise = np.random.default_rng(0).standard_normal(SHAPE)
    found = reference.aligned(1.1 * cloth((places - shift) / turn) + 5 + noise, Alignment())
    assert abs(found.shift - shift) < 0.05 and abs(found.turn - turn) < 0.005
    assert found.deviation_px < 0.1


def test_another_picture_is_not_taken_for_the_same() -> None:
    places = grid(SHAPE)
    reference = Reference(cloth(places), np.ones((32, 48)))
    found = [reference.aligned(cloth(places, seed), Alignment()) for seed in range(2, 8)]
    assert all(one.deviation_px > 0.3 for one in found)


@pytest.fixture(scope="module")
def motion() -> FaceMotion:
    """A chest that sways and rises under a head that nods and turns at other times."""
    seconds = np.arange(FRAMES) / FPS
    still = np.zeros((FRAMES, 3), np.float32)
    shift, lean, nod = still.copy(), still.copy(), still.copy()
    shift[:, 0], shift[:, 1] = 0.015 * np.sin(2 * np.pi * seconds / 0.9), 0.008 * np.sin(2 * np.pi * seconds / 0.6)
    lean[:, 2] = 0.05 * np.sin(2 * np.pi * seconds / 0.7)
    nod[:, 0], nod[:, 1] = 0.15 * np.sin(2 * np.pi * seconds / 0.5), 0.2 * np.sin(2 * np.pi * seconds)
    return replace(FaceMotion.at_rest(FRAMES), torso_translation=shift, torso_rotation=lean, head_rotation=nod)


@pytest.fixture(scope="module")
def faces(person: DrawnPerson, motion: FaceMotion) -> list[DrawnFace]:
    return list(person.faces(motion))


def seen_in(face: DrawnFace) -> SeenFace:
    landmarks = np.pad(face.landmarks, ((0, 0), (0, 1))).astype(np.float32)
    return SeenFace(landmarks, 1.0, np.zeros(52, np.float32), valid=True)


def test_the_chest_of_a_drawn_person_is_followed_to_a_millimetre_whatever_the_head_does(
    person: DrawnPerson, faces: list[DrawnFace], motion: FaceMotion
) -> None:
    watcher = TorsoWatcher(FPS)
    for face in faces:
        watcher.see(face.image, seen_in(face))
    found = watcher.take()
    assert found.seen.all() and (found.piece == 1).all()
    px_per_m = faces[0].eye_distance_px / 0.0876
    drawn_place = motion.torso_translation[:, :2] * [1, -1] * px_per_m
    # What leans moves sideways too, the more the higher it lies: that part is fitted, one number for all frames.
    lean = motion.torso_rotation[:, 2]
    error = (found.place - found.place[0]) - (drawn_place - drawn_place[0])
    error[:, 0] -= lean * (error[:, 0] @ lean) / (lean @ lean)
    assert np.sqrt(np.square(error).mean()) / px_per_m < 0.0015
    assert np.abs(found.turn - found.turn[0] + lean - lean[0]).max() < 0.015


def test_a_watcher_that_goes_on_from_a_state_sees_the_same(faces: list[DrawnFace]) -> None:
    whole, first = TorsoWatcher(FPS), TorsoWatcher(FPS)
    for face in faces[:8]:
        whole.see(face.image, seen_in(face))
    for face in faces[:5]:
        first.see(face.image, seen_in(face))
    second = TorsoWatcher(FPS, first.state)
    for face in faces[5:8]:
        second.see(face.image, seen_in(face))
    joined = TorsoObservations.joined([first.take(), second.take()])
    expected = whole.take()
    for name in ("place", "turn", "deviation", "piece"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(expected, name))


def test_without_shoulders_in_the_picture_nothing_is_seen(faces: list[DrawnFace]) -> None:
    watcher = TorsoWatcher(FPS)
    face = faces[0]
    chin = round(float(face.landmarks[152, 1])) + 5
    watcher.see(np.ascontiguousarray(face.image[:chin]), seen_in(face))
    assert not watcher.take().seen.any()


def fitted(frames: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seconds = np.arange(frames) / FPS
    turn = np.zeros((frames, 3))
    turn[:, 1] = 0.2 * np.sin(seconds)
    facing = np.diag([1.0, -1.0, -1.0])
    translation = np.stack([0.02 * np.sin(2 * seconds), np.zeros(frames), np.full(frames, 0.6)], 1)
    return axis_angle_to_matrix(turn) @ facing, translation


def test_the_torso_goes_where_it_is_seen_and_by_its_share_where_it_is_not() -> None:
    frames = 150
    head, lens = fitted(frames), Lens(640, 480, 800.0)
    joints, valid = np.asarray(shipped_head().joints, np.float64), np.ones(frames, bool)
    shared = torso_from_head(*head, valid, joints, FPS)
    sway = 6 * np.sin(np.arange(frames) / 5)
    place = np.stack([320 + sway, np.full(frames, 420.0)], 1).astype(np.float32)
    turn = (0.04 * np.sin(np.arange(frames) / 7)).astype(np.float32)
    deviation = np.tile(np.array([0.1, 0.001], np.float32), (frames, 1))
    deviation[100:] = NOT_SEEN
    seen = TorsoObservations(place, turn, deviation, np.ones(frames, np.int64))
    torso = torso_as_seen(shared, head, valid, joints, lens, seen, FPS)
    np.testing.assert_allclose(torso.rotation[100:], shared.rotation[100:])
    np.testing.assert_allclose(torso.translation[100:], shared.translation[100:])
    roll = matrix_to_axis_angle(torso.rotation @ np.diag([1.0, -1.0, -1.0]))[:80, 2]
    assert np.abs(roll - roll.mean() - turn[:80] + turn[:80].mean()).max() < 0.005
    depth = float(shared.translation[0, 2])
    point = torso.rotation[0].T @ (np.array([0.0, 180 * depth / 800, depth]) - torso.translation[0])
    pixels = lens.project((torso.rotation[:80] @ point + torso.translation[:80])[:, None]).pixels[:, 0, 0]
    assert np.std(pixels - sway[:80]) < 0.6


def test_a_head_that_moves_over_a_still_torso_leans_its_neck_and_comes_out_exactly() -> None:
    frames = 60
    seconds = np.arange(frames) / FPS
    joints = np.asarray(shipped_head().joints, np.float64)
    turn, shift = np.zeros((frames, 3)), np.zeros((frames, 3))
    turn[:, 1], shift[:, 0] = 0.2 * np.sin(seconds), 0.025 * np.sin(3 * seconds)
    head_turn, still = axis_angle_to_matrix(turn), np.zeros((frames, 3))
    parts = split_motion(joints, head_turn, shift, axis_angle_to_matrix(still), still)
    rotations, places = joint_motions(
        joints, **parts, gaze=np.zeros((frames, 2, 2)), jaw_rotation=still, jaw_translation=still
    )
    np.testing.assert_allclose(rotations[:, 2], head_turn, atol=1e-9)
    np.testing.assert_allclose(places[:, 2], shift, atol=1e-9)
    assert np.abs(parts["head_translation"]).max() < 0.2 * np.abs(shift).max()
