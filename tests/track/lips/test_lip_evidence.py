from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.rotation import axis_angle_to_matrix
from avatron.face.shipped import shipped_head
from avatron.track.config import LipsConfig
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, FITTED, FITTED_INDEX, SIZE
from avatron.track.fit.pose_model import FrameUnknowns, placed_landmarks
from avatron.track.lips.evidence import LipBasis, LipEvidence
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.points import LIP_POINTS
from avatron.track.lips.store import LipStore
from avatron.track.store import CHUNK_FRAMES
from avatron.track.work import WorkFolder

FRAMES = 4
LENS = Lens(640, 480, 700.0, 0.05)


@pytest.fixture(scope="module")
def basis() -> LipBasis:
    return LipBasis.of(shipped_head().posed())


@pytest.fixture(scope="module")
def unknowns() -> FrameUnknowns:
    random = np.random.default_rng(5)
    turns = axis_angle_to_matrix(np.array([np.pi, 0, 0]) + random.normal(scale=0.1, size=(FRAMES, 3)))
    fitted = np.zeros((FRAMES, len(FITTED)))
    fitted[:, FITTED_INDEX["jawOpen"]] = [0.02, 0.1, 0.2, 0.3]
    fitted[:, FITTED_INDEX["mouthSmileLeft"]] = 0.2
    return FrameUnknowns(turns, np.tile([0.0, 0.0, 0.6], (FRAMES, 1)), fitted, np.zeros((FRAMES, 2, 2)))


def _seen(basis: LipBasis, unknowns: FrameUnknowns, closed: float, slit_mm: float) -> LipObservations:
    random = np.random.default_rng(6)
    pixels = LENS.project(placed_landmarks(basis.points, unknowns).points).pixels
    return LipObservations(
        pixels + random.normal(scale=1.0, size=pixels.shape),
        np.tile(np.array([[0.8, 0.1], [-0.1, 1.5]]), (FRAMES, LIP_POINTS, 1, 1)),
        np.full(FRAMES, slit_mm),
        np.full(FRAMES, 0.4),
        np.full(FRAMES, closed),
        np.ones(FRAMES, bool),
    )


def _energy(evidence: LipEvidence, unknowns: FrameUnknowns) -> float:
    """What `LipEvidence` describes, written down again."""
    config, seen = evidence.config, evidence.seen
    pixels = LENS.project(placed_landmarks(evidence.basis.points, unknowns).points).pixels
    distance = np.einsum("tnij,tnj->tni", seen.whitening / config.contour_spread, pixels - seen.points)
    square = np.square(distance).sum(-1)
    contour = (config.cutoff**2 * square / (config.cutoff**2 + square)).sum()
    gap = evidence.basis.gap_mm + unknowns.fitted @ evidence.basis.gap_by_expression.T
    scale = evidence.basis.slit_scale
    deviation = np.hypot(seen.slit_deviation_mm, config.slit_floor_mm) * scale
    slit = np.square((np.maximum(gap.max(1), 0) - seen.slit_mm * scale) / deviation).sum()
    share = seen.closed**config.closure_power
    if evidence.contact is not None:
        below = evidence.basis.below_teeth_mm + unknowns.fitted @ evidence.basis.below_teeth_by_expression
        contour += (evidence.contact * np.square(np.maximum(below, 0) / config.contact_spread_mm)).sum()
    return float(contour + slit + (share[:, None] * np.square(np.maximum(gap, 0) / config.closed_spread_mm)).sum())


@pytest.mark.parametrize("contact", [None, np.full(FRAMES, 0.8)])
def test_the_gradient_is_that_of_the_energy(
    basis: LipBasis, unknowns: FrameUnknowns, contact: np.ndarray | None
) -> None:
    evidence = LipEvidence(basis, _seen(basis, unknowns, 0.3, 2.0), LipsConfig(), contact)
    curvature, gradient = np.zeros((FRAMES, SIZE, SIZE)), np.zeros((FRAMES, SIZE))
    evidence.add(curvature, gradient, LENS, unknowns)
    columns = [0, 1, 3, 4, 5, *(EXPRESSION.start + FITTED_INDEX[name] for name in ("jawOpen", "mouthSmileLeft"))]
    for column in columns:
        step = np.zeros((FRAMES, SIZE))
        step[1, column] = 1e-6
        forward, back = (_energy(evidence, unknowns.stepped(sign * step)) for sign in (1, -1))
        assert gradient[1, column] == pytest.approx((forward - back) / 4e-6, rel=2e-3, abs=0.5)


def test_lips_that_are_surely_closed_are_pulled_shut(basis: LipBasis, unknowns: FrameUnknowns) -> None:
    seen = _seen(basis, unknowns, 0.99, 0.0)
    evidence = LipEvidence(basis, replace(seen, whitening=np.zeros_like(seen.whitening)), LipsConfig())
    curvature, gradient = np.zeros((FRAMES, SIZE, SIZE)), np.zeros((FRAMES, SIZE))
    evidence.add(curvature, gradient, LENS, unknowns)
    curvature += np.eye(SIZE)
    fitted = unknowns.fitted - np.linalg.solve(curvature, gradient[..., None])[:, EXPRESSION, 0]
    gap = basis.gap_mm + fitted @ basis.gap_by_expression.T
    assert (gap.max(1) < 0.3).all()


def test_a_lower_lip_that_is_heard_at_the_teeth_rises_to_them_and_is_not_shut(
    basis: LipBasis, unknowns: FrameUnknowns
) -> None:
    seen = _seen(basis, unknowns, 0.0, 0.0)
    blind = replace(seen, whitening=np.zeros_like(seen.whitening), slit_deviation_mm=np.full(FRAMES, 1e3))
    evidence = LipEvidence(basis, blind, LipsConfig(), np.array([0.0, 1.0, 1.0, 1.0]))
    curvature, gradient = np.zeros((FRAMES, SIZE, SIZE)), np.zeros((FRAMES, SIZE))
    evidence.add(curvature, gradient, LENS, unknowns)
    curvature += 0.3 * np.eye(SIZE)
    fitted = unknowns.fitted - np.linalg.solve(curvature, gradient[..., None])[:, EXPRESSION, 0]
    before, after = (
        basis.below_teeth_mm + weights @ basis.below_teeth_by_expression for weights in (unknowns.fitted, fitted)
    )
    assert (before[1:] > 0.5).all() and (after[1:] < 0.3).all()
    assert after[0] == pytest.approx(before[0], abs=1e-2)
    assert ((basis.gap_mm + fitted @ basis.gap_by_expression.T)[1:].max(1) > 0.5).all()


def test_frames_without_lips_are_left_alone(basis: LipBasis, unknowns: FrameUnknowns) -> None:
    seen = _seen(basis, unknowns, 0.5, 0.0)
    blind = replace(seen, whitening=np.zeros_like(seen.whitening), valid=np.zeros(FRAMES, bool))
    curvature, gradient = np.zeros((FRAMES, SIZE, SIZE)), np.zeros((FRAMES, SIZE))
    LipEvidence(basis, blind, LipsConfig(), np.ones(FRAMES)).add(curvature, gradient, LENS, unknowns)
    assert not gradient.any() and np.isfinite(curvature).all()


def test_lips_are_kept_in_chunks_and_read_across_them(tmp_path) -> None:
    random, count = np.random.default_rng(0), CHUNK_FRAMES + 7
    points = random.normal(size=(count, LIP_POINTS, 2)).astype(np.float32)
    zeros = np.zeros(count, np.float32)
    whole = LipObservations(points, np.zeros((count, LIP_POINTS, 2, 2)), zeros, zeros, zeros, np.ones(count, bool))
    with WorkFolder.open(tmp_path / "work", {}) as folder:
        store = LipStore(folder)
        for start in range(0, count, CHUNK_FRAMES):
            store.add(whole.part(start, min(start + CHUNK_FRAMES, count)))
        part = store.read(CHUNK_FRAMES - 3, count - 1)
    assert part.first_frame == CHUNK_FRAMES - 3
    assert np.array_equal(part.points, points[CHUNK_FRAMES - 3 : count - 1])
    joined = LipObservations.joined([whole.part(0, 5), whole.part(5, 9)])
    assert np.array_equal(joined.points, points[:9])
