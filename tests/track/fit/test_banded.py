from __future__ import annotations

import numpy as np

from avatron.track.fit.banded import solve_banded


def test_block_elimination_solves_what_a_dense_solver_solves() -> None:
    random = np.random.default_rng(0)
    frames, size = 7, 5
    raw = random.normal(size=(frames, size, size))
    own = raw @ np.swapaxes(raw, 1, 2) + 8 * np.eye(size)
    one, two = -random.uniform(0, 2, (2, frames, size))
    right = random.normal(size=(frames, size))
    dense = np.zeros((frames, size, frames, size))
    each = np.arange(size)
    for frame in range(frames):
        dense[frame, :, frame, :] = own[frame]
        for distance, band in ((1, one), (2, two)):
            if frame + distance < frames:
                dense[frame, each, frame + distance, each] = band[frame]
                dense[frame + distance, each, frame, each] = band[frame]
    expected = np.linalg.solve(dense.reshape(frames * size, -1), right.reshape(-1)).reshape(frames, size)
    np.testing.assert_allclose(solve_banded(own, one, two, right), expected, rtol=1e-9, atol=1e-12)


def test_a_single_frame_is_solved_too() -> None:
    own = np.array([[[2.0, 0.0], [0.0, 4.0]]])
    none = np.zeros((1, 2))
    np.testing.assert_allclose(solve_banded(own, none, none, np.array([[2.0, 2.0]])), [[1.0, 0.5]])
