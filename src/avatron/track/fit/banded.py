"""Exact solution of normal equations whose frames are coupled to the next two, by block elimination."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["solve_banded"]

Floats = NDArray[np.float64]


def solve_banded(own: NDArray[Any], next_one: NDArray[Any], next_but_one: NDArray[Any], right: NDArray[Any]) -> Floats:
    """[T, P] the x of a symmetric positive definite system over T frames of P unknowns.

    `own` [T, P, P] are the blocks on the diagonal; `next_one` and `next_but_one` [T, P] the diagonals of the blocks
    that couple a frame to the next and to the next but one; `right` [T, P].
    """
    frames, size = right.shape
    inverse = np.empty((frames, size, size))
    coupling = np.empty((frames, size, size))
    reduced = np.array(right, np.float64)
    for frame in range(frames):
        block = np.array(own[frame], np.float64)
        ahead = np.diag(next_one[frame])
        if frame >= 1:
            carried = coupling[frame - 1].T @ inverse[frame - 1]
            block -= carried @ coupling[frame - 1]
            ahead -= carried * next_but_one[frame - 1]
            reduced[frame] -= carried @ reduced[frame - 1]
        if frame >= 2:
            far = next_but_one[frame - 2]
            block -= far[:, None] * inverse[frame - 2] * far
            reduced[frame] -= far * (inverse[frame - 2] @ reduced[frame - 2])
        inverse[frame] = np.linalg.inv(block)
        coupling[frame] = ahead
    solution = np.empty((frames, size))
    for frame in reversed(range(frames)):
        known = reduced[frame]
        if frame + 1 < frames:
            known = known - coupling[frame] @ solution[frame + 1]
        if frame + 2 < frames:
            known = known - next_but_one[frame] * solution[frame + 2]
        solution[frame] = inverse[frame] @ known
    return solution
