from __future__ import annotations

import numpy as np
import pytest

from avatron.track.lips.energies import closure_residuals, contour_residuals, slit_residuals

FRAMES, POINTS, UNKNOWNS = 3, 7, 5


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(3)


def _differences(energy, at: np.ndarray) -> np.ndarray:
    """Half the derivative [T, P] of `energy(unknowns [T, P])` [T], by central differences."""
    step = 1e-6
    columns = [(energy(at + step * axis) - energy(at - step * axis)) / (4 * step) for axis in np.eye(at.shape[1])]
    return np.stack(columns, 1)


def test_the_contours_gradient_is_that_of_its_robust_energy(random: np.random.Generator):
    linear = random.normal(size=(FRAMES, POINTS, 2, UNKNOWNS))
    points, at = random.normal(size=(FRAMES, POINTS, 2)), random.normal(size=(FRAMES, UNKNOWNS))
    whitening, cutoff = random.normal(size=(FRAMES, POINTS, 2, 2)), 3.0

    def energy(unknowns: np.ndarray) -> np.ndarray:
        distance = np.einsum("tnij,tnj->tni", whitening, np.einsum("tnip,tp->tni", linear, unknowns) - points)
        square = np.square(distance).sum(-1)
        return (cutoff**2 * square / (cutoff**2 + square)).sum(1)

    projected = np.einsum("tnip,tp->tni", linear, at)
    residual, jacobian = contour_residuals(projected, linear, points, whitening, cutoff)
    assert np.allclose(np.einsum("tr,trp->tp", residual, jacobian), _differences(energy, at), atol=1e-5)


def test_the_gradients_of_slit_and_closure_are_those_of_their_energies(random: np.random.Generator):
    linear = random.normal(size=(FRAMES, 3, UNKNOWNS))
    at, closed = random.normal(size=(FRAMES, UNKNOWNS)), random.uniform(size=FRAMES)
    slit, deviation = random.uniform(1, 3, FRAMES), random.uniform(0.5, 1, FRAMES)
    at[:, :] *= np.sign(np.einsum("tgp,tp->tg", linear, at).max(1))[:, None]

    def gaps(unknowns: np.ndarray) -> np.ndarray:
        return np.einsum("tgp,tp->tg", linear, unknowns)

    def closure(unknowns: np.ndarray) -> np.ndarray:
        return closed * np.square(np.maximum(gaps(unknowns), 0) / 0.2).sum(1)

    def opening(unknowns: np.ndarray) -> np.ndarray:
        return np.square((np.maximum(gaps(unknowns), 0).max(1) - slit) / deviation)

    residual, jacobian = closure_residuals(gaps(at), linear, closed, 0.2)
    assert np.allclose(np.einsum("tr,trp->tp", residual, jacobian), _differences(closure, at), atol=1e-4)
    residual, jacobian = slit_residuals(gaps(at), linear, slit, deviation)
    assert np.allclose(np.einsum("tr,trp->tp", residual, jacobian), _differences(opening, at), atol=1e-5)


def test_what_is_not_seen_does_not_pull():
    gap, slope = np.full((1, 3), 2.0), np.ones((1, 3, UNKNOWNS))
    residual, jacobian = closure_residuals(gap, slope, np.zeros(1), 0.2)
    assert not residual.any() and not jacobian.any()
    residual, jacobian = slit_residuals(gap, slope, np.zeros(1), np.full(1, np.inf))
    assert not residual.any() and not jacobian.any()
    residual, jacobian = contour_residuals(
        np.ones((1, POINTS, 2)),
        np.ones((1, POINTS, 2, UNKNOWNS)),
        np.zeros((1, POINTS, 2)),
        np.zeros((1, POINTS, 2, 2)),
        3.0,
    )
    assert not residual.any() and not jacobian.any()


def test_closed_lips_may_press_as_they_like_and_open_ones_are_drawn_apart():
    pressed, slope = np.full((1, 3), -1.0), np.ones((1, 3, UNKNOWNS))
    assert not closure_residuals(pressed, slope, np.ones(1), 0.2)[0].any()
    residual, jacobian = slit_residuals(pressed, slope, np.full(1, 2.0), np.full(1, 0.5))
    assert (residual < 0).all() and (jacobian > 0).all()
