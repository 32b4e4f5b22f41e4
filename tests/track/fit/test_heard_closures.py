"""Closures that are heard close lips that the picture leaves open to doubt, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.track.config import BundleConfig, TrackConfig
from avatron.track.fit.clip_fit import ClipSize, fit_clip
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.parameters import fitted_from_weights
from avatron.track.lips.evidence import LipBasis
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.points import LIP_POINTS
from avatron.track.lips.store import LipStore
from avatron.track.observations import FaceObservations
from avatron.track.speech.contacts import ClosureEvidence
from avatron.track.store import ObservationStore
from avatron.track.work import WorkFolder
from reference.known_faces import known_face

FRAMES = 30
HEARD = slice(12, 16)


def gap_mm(
    seen: FaceObservations, model: HeadModel, place: Path, looks_closed: float, closures: ClosureEvidence | None
) -> NDArray[np.float64]:
    """[T] the widest gap between the lips of a fit whose lip network sees nothing but `looks_closed`."""
    nothing = np.zeros((FRAMES, LIP_POINTS, 2), np.float32)
    lips = LipObservations(
        nothing,
        np.zeros((FRAMES, LIP_POINTS, 2, 2), np.float32),
        np.zeros(FRAMES, np.float32),
        np.full(FRAMES, 1e3, np.float32),
        np.full(FRAMES, looks_closed, np.float32),
        np.ones(FRAMES, bool),
    )
    with WorkFolder.open(place / f"{looks_closed}-{closures is not None}", {}) as folder:
        store, lip_store = ObservationStore(folder, FRAMES), LipStore(folder)
        lip_store.add(lips)
        store.add([seen])
        config = TrackConfig(bundle=BundleConfig(key_frames=8, iterations=6))
        state = fit_clip(store, ClipSize(1280, 720, 25.0), config, model, folder, lips=lip_store, closures=closures)
    basis = LipBasis.of(model.posed(state.identity))
    gaps = basis.gap_mm + fitted_from_weights(state.expression) @ basis.gap_by_expression.T
    return np.asarray(gaps.max(axis=1))


@pytest.fixture(scope="module")
def seen(basis: LandmarkBasis) -> FaceObservations:
    return known_face(basis, FRAMES).seen


def test_heard_closures_close_doubtful_lips_and_leave_sure_ones_open(
    seen: FaceObservations, model: HeadModel, tmp_path: Path
) -> None:
    closed = np.zeros(FRAMES, np.float32)
    closed[HEARD] = 1
    heard = ClosureEvidence(closed, closed, np.zeros_like(closed))
    doubtful = [gap_mm(seen, model, tmp_path, 0.3, closures)[HEARD] for closures in (None, heard)]
    # The widest of three gaps: where the closure turns the mouth a little, another one becomes it.
    assert (doubtful[1] <= doubtful[0] + 0.25).all()
    assert doubtful[1].mean() < 0.7 * doubtful[0].mean()
    certain = [gap_mm(seen, model, tmp_path, 0.02, closures) for closures in (None, heard)]
    np.testing.assert_allclose(certain[1], certain[0], atol=0.1)


def test_evidence_of_nothing_changes_nothing(seen: FaceObservations, model: HeadModel, tmp_path: Path) -> None:
    without = gap_mm(seen, model, tmp_path, 0.4, None)
    nothing = replace(ClosureEvidence.nothing(FRAMES), used=True)
    np.testing.assert_allclose(gap_mm(seen, model, tmp_path, 0.4, nothing), without, atol=1e-6)
