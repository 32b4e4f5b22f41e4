"""Blinks are blinks: lids that are seen to come together shut the eye, and no gaze goes down with them."""

from __future__ import annotations

import numpy as np

from avatron.track.config import EyelidsConfig
from avatron.track.fit.energies.eyelids import aperture_residuals
from avatron.track.fit.eyelids import add_gaze_hold, add_shut, irises_seen, openness
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.parameters import EXPRESSION, FITTED, FITTED_INDEX, GAZE, SIZE

CONFIG = EyelidsConfig()
BLINKS = [FITTED_INDEX["eyeBlinkLeft"], FITTED_INDEX["eyeBlinkRight"]]


def test_the_apertures_gradient_is_that_of_its_energy() -> None:
    random = np.random.default_rng(0)
    frames, count, unknowns = 3, 4, 5
    linear = random.normal(size=(frames, 2 * count, 2, unknowns))
    seen, at = random.normal(size=(frames, 2 * count, 2)), random.normal(size=(frames, unknowns))
    spread = np.array([0.5, 2.0, np.inf])

    def energy(values: np.ndarray) -> np.ndarray:
        beside = np.einsum("tnip,tp->tni", linear, values) - seen
        apart = beside[:, :count] - beside[:, count:]
        return np.square(apart).sum((1, 2)) / spread**2

    residual, jacobian = aperture_residuals(np.einsum("tnip,tp->tni", linear, at), linear, seen, spread)
    step = 1e-6
    slopes = [(energy(at + step * axis) - energy(at - step * axis)) / (4 * step) for axis in np.eye(unknowns)]
    np.testing.assert_allclose(np.einsum("tr,trp->tp", residual, jacobian), np.stack(slopes, 1), atol=1e-6)
    assert not jacobian[2].any() and not residual[2].any()


def test_openness_is_1_at_rest_and_0_with_shut_eyes_on_each_side_by_itself(basis: LandmarkBasis) -> None:
    person, pixels_per_m = basis.mean, np.full(4, 900.0)
    weights = np.zeros((4, len(FITTED)))
    weights[1, BLINKS[0]], weights[2, BLINKS[1]], weights[3, BLINKS] = 1.0, 1.0, 0.5
    places = person.rest + np.tensordot(weights, person.expression, 1)
    # Seen along the view, and depth kept: distances in space.
    opened = openness(person, places * 900.0, pixels_per_m)
    np.testing.assert_allclose(opened[:3], [[1, 1], [0, 1], [1, 0]], atol=1e-6)
    assert (np.abs(opened[3] - 0.5) < 0.1).all()


def test_eyes_that_are_nearly_shut_are_drawn_shut_and_open_ones_are_left_alone() -> None:
    fitted = np.full((3, len(FITTED)), 0.4)
    curvature, gradient = np.zeros((3, SIZE, SIZE)), np.zeros((3, SIZE))
    add_shut(curvature, gradient, fitted, np.array([[0.0, 0.5], [0.25, 1.0], [0.1, 0.0]]), CONFIG)
    left, right = (EXPRESSION.start + blink for blink in BLINKS)
    step = -gradient[[0, 2, 2], [left, left, right]] / curvature[[0, 2, 2], [left, left, right], [left, left, right]]
    np.testing.assert_allclose(step, 0.6)
    assert not gradient[1].any() and not gradient[0, right]


def test_gaze_behind_shut_lids_is_held_between_what_was_seen_before_and_after() -> None:
    frames = 7
    irises = irises_seen(np.array([1, 1, 0, 0, 0, 1, 1])[:, None].repeat(2, 1).astype(float), CONFIG)
    gaze = np.zeros((frames, 2, 2))
    gaze[:, :, 0] = np.linspace(0.0, 0.12, frames)[:, None]
    gaze[2:5, :, 1] = -0.4
    curvature, gradient = np.zeros((frames, SIZE, SIZE)), np.zeros((frames, SIZE))
    add_gaze_hold(curvature, gradient, gaze, irises, CONFIG)
    rows = np.arange(GAZE.start, GAZE.stop)
    strength = curvature[:, rows, rows]
    assert not strength[[0, 1, 5, 6]].any()
    # The middle of the blink is furthest from what was seen.
    assert (strength[3] < strength[2]).all() and (strength[3] > 0).all()
    step = -(gradient[:, rows][2:5] / strength[2:5]).reshape(3, 2, 2)
    np.testing.assert_allclose(gaze[2:5] + step, np.stack([gaze[2:5, :, 0], np.zeros((3, 2))], -1), atol=1e-9)


def test_eyes_that_never_open_are_not_held_to_anything() -> None:
    curvature, gradient = np.zeros((2, SIZE, SIZE)), np.zeros((2, SIZE))
    add_gaze_hold(curvature, gradient, np.ones((2, 2, 2)), np.zeros((2, 2)), CONFIG)
    assert not curvature.any() and not gradient.any()
