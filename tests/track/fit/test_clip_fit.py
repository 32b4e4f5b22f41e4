"""Whole fits of faces that are known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.errors import InputError
from avatron.face.head import HeadModel
from avatron.track.config import BundleConfig, SequenceConfig, TrackConfig
from avatron.track.fit.clip_fit import ClipSize, fit_clip
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.state import FitState, state_to_track
from avatron.track.observations import FaceObservations
from avatron.track.store import CHUNK_FRAMES, ObservationStore
from avatron.track.work import WorkFolder
from reference.known_faces import KnownFace, known_face

FRAMES = 40
QUICK = TrackConfig(bundle=BundleConfig(key_frames=12, iterations=8))


@pytest.fixture(scope="module")
def face(basis: LandmarkBasis) -> KnownFace:
    return known_face(basis, FRAMES)


def fitted(seen: FaceObservations, model: HeadModel, place: Path, config: TrackConfig = QUICK) -> FitState:
    with WorkFolder.open(place / "work", {}) as folder:
        store = ObservationStore(folder, len(seen))
        store.add(seen.part(row, min(row + CHUNK_FRAMES, len(seen))) for row in range(0, len(seen), CHUNK_FRAMES))
        return fit_clip(store, ClipSize(1280, 720, 25.0), config, model, folder)


@pytest.fixture(scope="module")
def whole(face: KnownFace, model: HeadModel, tmp_path_factory: pytest.TempPathFactory) -> FitState:
    return fitted(face.seen, model, tmp_path_factory.mktemp("whole"))


def test_a_known_face_is_found_again(face: KnownFace, model: HeadModel, whole: FitState) -> None:
    state = whole
    assert state.valid.all()
    turn = axis_angle_to_matrix(state.head_rotation) @ np.swapaxes(face.unknowns.rotation, 1, 2)
    assert np.degrees(np.linalg.norm(matrix_to_axis_angle(turn), axis=1)).mean() < 1.0
    found, true = (model.landmarks(model.person(who.astype(np.float32))) for who in (state.identity, face.identity))
    # Size and distance are one and the same to a single camera.
    found, true = (places - places.mean(0) for places in (found, true))
    apart = found * (found * true).sum() / np.square(found).sum() - true
    assert np.linalg.norm(apart, axis=1).mean() < 0.0012
    assert state.landmark_error.mean() < 0.025 * 136


def test_frames_without_a_face_are_marked_and_filled_in_from_their_neighbours(
    face: KnownFace, model: HeadModel, tmp_path: Path
) -> None:
    valid = np.ones(FRAMES, bool)
    valid[20:26] = False
    landmarks = face.seen.landmarks.copy()
    landmarks[20:26] = 0
    seen = FaceObservations(landmarks, face.seen.presence, face.seen.blendshapes, valid)
    state = fitted(seen, model, tmp_path)
    np.testing.assert_array_equal(state.valid, valid)
    assert (state.landmark_error[20:26] == 0).all()
    moved = np.abs(np.diff(state.head_translation, axis=0)).max(1)
    assert moved[19:26].max() < 0.02


def test_a_clip_without_any_face_is_refused(face: KnownFace, model: HeadModel, tmp_path: Path) -> None:
    none = np.zeros(FRAMES, bool)
    seen = FaceObservations(np.zeros_like(face.seen.landmarks), face.seen.presence, face.seen.blendshapes, none)
    with pytest.raises(InputError, match="no frame of the clip shows a face"):
        fitted(seen, model, tmp_path)


def test_windows_leave_no_seam(face: KnownFace, model: HeadModel, tmp_path: Path, whole: FitState) -> None:
    config = replace(QUICK, sequence=SequenceConfig(window_frames=34, overlap_frames=12))
    cut = fitted(face.seen, model, tmp_path, config)
    np.testing.assert_allclose(cut.expression, whole.expression, atol=5e-3)
    np.testing.assert_allclose(cut.head_translation, whole.head_translation, atol=2e-4)


def test_the_track_shows_the_head_where_the_fit_has_it(whole: FitState, model: HeadModel) -> None:
    track = state_to_track(whole, Fraction(25), model)
    head = model.posed(track.identity)
    rigid = np.unique(model.triangles_of("teeth_upper"))
    turn = axis_angle_to_matrix(whole.head_rotation)
    for frame, vertices in enumerate(head.frames(track.motion)):
        expected = head.rest[rigid] @ turn[frame].T + whole.head_translation[frame]
        np.testing.assert_allclose(track.camera.to_camera(vertices[rigid]), expected, atol=2e-5)


def test_frames_that_are_held_out_have_no_say_in_who_is_seen_through_which_lens(
    face: KnownFace, model: HeadModel, tmp_path: Path
) -> None:
    config = replace(QUICK, learned_frames=30)
    moved = face.seen.landmarks.copy()
    moved[30:, :, :2] *= 1.1
    first = fitted(face.seen, model, tmp_path / "first", config)
    second = fitted(replace(face.seen, landmarks=moved), model, tmp_path / "second", config)
    assert np.array_equal(first.identity, second.identity)
    assert first.camera == second.camera
    assert not np.array_equal(first.head_translation[30:], second.head_translation[30:]), (
        "they are tracked all the same"
    )
