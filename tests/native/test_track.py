"""Normal equations of landmarks and their solution: parity with NumPy on every instruction set."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import InvalidValueError
from avatron.face.head import HeadModel
from avatron.native import cpu
from avatron.native.track import solve_banded
from avatron.track.fit.energies.landmarks import whitened
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.lens import Lens
from avatron.track.fit.pose_model import placed_landmarks
from reference.known_faces import known_face


@pytest.fixture(scope="module")
def basis() -> LandmarkBasis:
    return LandmarkBasis.of(HeadModel.load())


def dense_banded(own: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    frames, size = one.shape
    dense = np.zeros((frames, size, frames, size))
    each = np.arange(size)
    for frame in range(frames):
        dense[frame, :, frame, :] = own[frame]
        for distance, band in ((1, one), (2, two)):
            if frame + distance < frames:
                dense[frame, each, frame + distance, each] = band[frame]
                dense[frame + distance, each, frame, each] = band[frame]
    return dense.reshape(frames * size, -1)


@pytest.mark.parametrize("size", [5, 16, 53])
@pytest.mark.parametrize("instructions", cpu.available_instruction_sets())
def test_block_elimination_solves_what_a_dense_solver_solves(instructions: str, size: int) -> None:
    random = np.random.default_rng(0)
    frames = 7
    raw = random.normal(size=(frames, size, size))
    own = raw @ np.swapaxes(raw, 1, 2) + 8 * np.eye(size)
    one, two = -random.uniform(0, 2, (2, frames, size))
    right = random.normal(size=(frames, size))
    expected = np.linalg.solve(dense_banded(own, one, two), right.reshape(-1)).reshape(frames, size)
    with cpu.use_instruction_set(instructions):
        np.testing.assert_allclose(solve_banded(own, one, two, right), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("instructions", cpu.available_instruction_sets())
def test_what_is_held_stays_0_and_the_rest_is_solved_without_it(instructions: str) -> None:
    random = np.random.default_rng(1)
    frames, size = 6, 11
    raw = random.normal(size=(frames, size, size))
    own = raw @ np.swapaxes(raw, 1, 2) + 8 * np.eye(size)
    one, two = -random.uniform(0, 2, (2, frames, size))
    right = random.normal(size=(frames, size))
    held = random.random((frames, size)) < 0.3
    free = np.flatnonzero(~held)
    expected = np.zeros(frames * size)
    expected[free] = np.linalg.solve(dense_banded(own, one, two)[np.ix_(free, free)], right.reshape(-1)[free])
    with cpu.use_instruction_set(instructions):
        found = solve_banded(own, one, two, right, held)
    np.testing.assert_allclose(found, expected.reshape(frames, size), rtol=1e-9, atol=1e-12)


def test_equations_without_a_single_solution_are_refused() -> None:
    none = np.zeros((2, 2))
    with pytest.raises(InvalidValueError, match="not positive definite"):
        solve_banded(np.zeros((2, 2, 2)), none, none, none)


def test_a_single_frame_is_solved_too() -> None:
    own = np.array([[[2.0, 0.0], [0.0, 4.0]]])
    none = np.zeros((1, 2))
    np.testing.assert_allclose(solve_banded(own, none, none, np.array([[2.0, 2.0]])), [[1.0, 0.5]])


@pytest.mark.parametrize("instructions", cpu.available_instruction_sets())
def test_normal_equations_are_those_of_the_residuals_in_numpy(instructions: str, basis: LandmarkBasis) -> None:
    face = known_face(basis, 3)
    person, unknowns = basis.mean, face.unknowns
    lens = Lens(1280, 720, 1500.0, 0.05)
    seen = face.seen.landmarks[..., :2].astype(np.float64)
    spread = np.random.default_rng(1).uniform(1, 5, seen.shape[:2])
    spread[1, 7] = np.inf
    projected = lens.project(placed_landmarks(person, unknowns).points)
    jacobian = projected.by_point @ placed_landmarks(person, unknowns).by_unknowns
    jacobian = np.concatenate([jacobian, projected.by_log_focal[..., None], projected.by_k1[..., None]], -1)
    residual, scaled = whitened(projected.pixels, jacobian, seen, spread, 3.0)
    curvature = np.swapaxes(scaled, 1, 2) @ scaled
    gradient = np.einsum("trp,tr->tp", scaled, residual)
    with cpu.use_instruction_set(instructions):
        found = person.kernel.normals(
            lens.numbers,
            unknowns.rotation,
            unknowns.translation,
            unknowns.fitted,
            unknowns.gaze,
            seen.astype(np.float32),
            (1 / spread).astype(np.float32),
            cutoff=3.0,
            with_lens=True,
        )
    size = np.sqrt(np.einsum("tpp->tp", curvature)) + 1e-9
    scale = size[:, :, None] * size[:, None]
    np.testing.assert_allclose(found.curvature / scale, curvature / scale, atol=2e-5)
    np.testing.assert_allclose(found.gradient / size, gradient / size, atol=2e-4 * np.abs(gradient / size).max())
