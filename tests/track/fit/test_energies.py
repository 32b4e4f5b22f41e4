"""Energies against finite differences."""

from __future__ import annotations

import numpy as np

from avatron.core.rotation import axis_angle_to_matrix
from avatron.track.config import TrackConfig
from avatron.track.fit.energies.expression import ExpressionPrior
from avatron.track.fit.energies.gaze import GazePrior
from avatron.track.fit.energies.landmarks import robust_weights, whitened
from avatron.track.fit.energies.temporal import differences
from avatron.track.fit.parameters import FITTED, SIZE
from avatron.track.fit.pose_model import FrameUnknowns
from avatron.track.fit.sequence import temporal_energy


def test_the_expression_prior_agrees_with_finite_differences() -> None:
    random = np.random.default_rng(0)
    weights, guess = random.uniform(0, 1, (2, 3, len(FITTED)))
    prior = ExpressionPrior.of(random.uniform(0.2, 1, len(FITTED)), 0.7, 0.3)
    gradient = prior.gradient(weights, guess)
    for column in range(len(FITTED)):
        step = np.zeros(len(FITTED))
        step[column] = 1e-5
        slope = (prior.value(weights + step, guess) - prior.value(weights - step, guess)) / 2e-5
        np.testing.assert_allclose(gradient[:, column], slope / 2, rtol=1e-6, atol=1e-7)


def test_a_pair_of_sides_that_agree_costs_nothing_more_than_its_weights() -> None:
    alike, unlike = np.zeros((2, 1, len(FITTED)))
    alike[0, [FITTED.index("mouthSmileLeft"), FITTED.index("mouthSmileRight")]] = 0.5
    unlike[0, FITTED.index("mouthSmileLeft")] = 1.0
    none = np.zeros((1, len(FITTED)))
    prior = ExpressionPrior.of(np.full(len(FITTED), 1.0), 0.0, 0.25)
    np.testing.assert_allclose(prior.value(alike, none), 0.5)
    np.testing.assert_allclose(prior.value(unlike, none), 1.0 + 16.0)


def test_the_gaze_prior_agrees_with_finite_differences() -> None:
    gaze = np.random.default_rng(1).normal(0, 0.2, (2, 2, 2))
    prior = GazePrior(0.05, 0.02, 0.5)

    def value(flat: np.ndarray) -> float:
        return float(flat @ prior.curvature() @ flat)

    for frame in range(2):
        flat = gaze[frame].reshape(4)
        for axis in range(4):
            step = np.eye(4)[axis] * 1e-6
            slope = (value(flat + step) - value(flat - step)) / 2e-6
            np.testing.assert_allclose(prior.gradient(gaze)[frame, axis], slope / 2, rtol=1e-5, atol=1e-7)


def test_the_energy_over_time_agrees_with_finite_differences() -> None:
    random = np.random.default_rng(2)
    frames = 5
    unknowns = FrameUnknowns(
        axis_angle_to_matrix(random.normal(0, 0.02, (frames, 3))),
        random.normal(0, 0.01, (frames, 3)),
        random.uniform(0.3, 0.5, (frames, len(FITTED))),
        random.normal(0, 0.1, (frames, 2, 2)),
    )
    energy = temporal_energy(TrackConfig().sequence, 25.0)
    gradient = energy.gradient(differences(unknowns))
    for frame in range(frames):
        for column in (0, 2, 4, 6, 30, SIZE - 1):
            step = np.zeros((frames, SIZE))
            step[frame, column] = 1e-5
            ahead, behind = (energy.value(differences(unknowns.stepped(sign * step))) for sign in (1, -1))
            slope = (ahead - behind) / 2e-5
            # Turns of a degree: composing them is adding them, to a hundredth.
            np.testing.assert_allclose(
                gradient[frame, column], slope / 2, rtol=2e-2, atol=1e-2 * np.abs(gradient).max() * (column < 3) + 1e-4
            )


def test_the_bands_are_the_curvature_of_the_energy_over_time() -> None:
    energy = temporal_energy(TrackConfig().sequence, 30.0)
    random = np.random.default_rng(3)
    frames = 6
    values = random.normal(size=(frames, SIZE))
    own, next_one, next_but_one = energy.bands(frames)
    product = own * values
    product[:-1] += next_one[:-1] * values[1:]
    product[1:] += next_one[:-1] * values[:-1]
    product[:-2] += next_but_one[:-2] * values[2:]
    product[2:] += next_but_one[:-2] * values[:-2]
    np.testing.assert_allclose(product, energy.gradient(np.diff(values, axis=0)), rtol=1e-9, atol=1e-6)


def test_robust_weights_let_go_of_what_is_far_off() -> None:
    weights = robust_weights(np.array([0.0, 9.0, 900.0]), 3.0)
    np.testing.assert_allclose(weights, [1.0, 0.25, (9 / 909) ** 2])


def test_unseen_landmarks_have_no_say() -> None:
    random = np.random.default_rng(4)
    spread = np.array([[1.0, np.inf, 2.0]])
    residual, jacobian = whitened(
        random.normal(size=(1, 3, 2)), random.normal(size=(1, 3, 2, 4)), np.zeros((1, 3, 2)), spread, 3.0
    )
    assert (residual[0, 2:4] == 0).all() and (jacobian[0, 2:4] == 0).all()
    assert (residual[0, :2] != 0).all()
