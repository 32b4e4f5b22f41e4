"""Landmarks in the camera's space: derivatives, bounds, and agreement with the head model itself."""

from __future__ import annotations

import numpy as np

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix
from avatron.face.head import HeadModel
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, FITTED, SIZE, fitted_from_weights, weights_from_fitted
from avatron.track.fit.pose_model import FrameUnknowns, landmark_places, placed_landmarks


def some_unknowns(frames: int, seed: int = 0) -> FrameUnknowns:
    random = np.random.default_rng(seed)
    upright = np.diag([1.0, -1.0, -1.0])
    return FrameUnknowns(
        axis_angle_to_matrix(random.normal(0, 0.3, (frames, 3))) @ upright,
        np.array([0.02, -0.03, 0.7]) + random.normal(0, 0.02, (frames, 3)),
        random.uniform(0.05, 0.6, (frames, len(FITTED))),
        random.normal(0, 0.15, (frames, 2, 2)),
    )


def test_derivatives_by_every_unknown_agree_with_finite_differences(basis: LandmarkBasis) -> None:
    unknowns = some_unknowns(3)
    placed = placed_landmarks(basis.mean, unknowns)
    step = 1e-6
    for column in range(SIZE):
        change = np.zeros((3, SIZE))
        change[:, column] = step
        ahead = placed_landmarks(basis.mean, unknowns.stepped(change)).points
        behind = placed_landmarks(basis.mean, unknowns.stepped(-change)).points
        np.testing.assert_allclose(placed.by_unknowns[..., column], (ahead - behind) / (2 * step), atol=1e-7)


def test_places_without_derivatives_are_those_with_them(basis: LandmarkBasis) -> None:
    unknowns = some_unknowns(3)
    correction = np.random.default_rng(1).normal(0, 0.001, (3, len(basis.mean.rest), 3))
    found = landmark_places(basis.mean, unknowns, correction)
    np.testing.assert_allclose(found, placed_landmarks(basis.mean, unknowns, correction).points, atol=1e-12)


def test_the_lens_agrees_with_finite_differences_in_points_and_in_its_own_numbers() -> None:
    random = np.random.default_rng(1)
    points = random.normal(0, 0.1, (50, 3)) + np.array([0, 0, 0.6])
    lens = Lens(640, 480, 700.0, 0.1)
    seen = lens.project(points)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-6
        difference = (lens.project(points + step).pixels - lens.project(points - step).pixels) / 2e-6
        np.testing.assert_allclose(seen.by_point[..., axis], difference, rtol=1e-5, atol=1e-3)
    for derivative, ahead, behind in (
        (seen.by_log_focal, Lens(640, 480, 700 * np.exp(1e-6), 0.1), Lens(640, 480, 700 * np.exp(-1e-6), 0.1)),
        (seen.by_k1, Lens(640, 480, 700.0, 0.1 + 1e-6), Lens(640, 480, 700.0, 0.1 - 1e-6)),
    ):
        difference = (ahead.project(points).pixels - behind.project(points).pixels) / 2e-6
        np.testing.assert_allclose(derivative, difference, rtol=1e-5, atol=1e-3)


def test_landmarks_are_where_the_head_model_has_them(model: HeadModel, basis: LandmarkBasis) -> None:
    # Weights that no contact rule meets: the sum of shapes is then the head itself.
    fitted = np.zeros((2, len(FITTED)))
    for name, value in (("jawOpen", 0.4), ("browInnerUp", 0.7), ("mouthSmileLeft", 0.3)):
        fitted[1, FITTED.index(name)] = value
    gaze = np.array([[[0.1, 0.05], [0.08, 0.05]], [[-0.2, 0.0], [-0.25, 0.1]]])
    weights = weights_from_fitted(fitted, gaze)
    rest = FaceMotion.at_rest(2)
    still = rest.head_rotation
    motion = FaceMotion(weights, still, still, still, still, still, gaze.astype(np.float32), rest.fps)
    head = model.posed()
    expected = model.landmarks(np.stack(list(head.frames(motion))))
    unknowns = FrameUnknowns(np.tile(np.eye(3), (2, 1, 1)), np.zeros((2, 3)), fitted, gaze)
    found = placed_landmarks(LandmarkBasis.of_posed(head), unknowns).points
    distance_mm = np.linalg.norm(found - expected, axis=-1) * 1000
    assert distance_mm.max() < 1.0  # lids held off the eyeball, and the smile that an open mouth makes
    assert np.median(distance_mm) < 0.02


def test_a_step_keeps_weights_within_0_and_1() -> None:
    unknowns = some_unknowns(2)
    far = np.zeros((2, SIZE))
    far[0, EXPRESSION], far[1, EXPRESSION] = 5.0, -5.0
    fitted = unknowns.stepped(far).fitted
    assert (fitted[0] == 1).all() and (fitted[1] == 0).all()


def test_weights_come_back_and_the_lips_never_close_more_than_the_jaw_opens() -> None:
    random = np.random.default_rng(2)
    fitted = random.uniform(0, 0.5, (40, len(FITTED)))
    weights = weights_from_fitted(fitted, np.zeros((40, 2, 2)))
    np.testing.assert_allclose(fitted_from_weights(weights), fitted, atol=1e-6)
    assert (weights[:, EXPRESSION_INDEX["mouthClose"]] <= weights[:, EXPRESSION_INDEX["jawOpen"]] + 1e-6).all()
