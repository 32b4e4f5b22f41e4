"""Light as spherical harmonics of the second order on normals.

Nine numbers a channel describe what any distant light makes of a matt surface to about 2 % (Ramamoorthi and Hanrahan
2001, "An efficient representation for irradiance environment maps"). Colours are used as the file has them, with their
gamma: if the picture is light to a power, then so are albedo and shading, and their product stays one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["AMBIENT", "HARMONICS", "harmonics", "solve_light"]

HARMONICS = 9
AMBIENT = np.concatenate([np.ones((1, 3)), np.zeros((HARMONICS - 1, 3))]).astype(np.float32)
"""[9, 3] the light that is 1 everywhere."""
_SPREAD = np.array([1.0, 0.6, 0.6, 0.6, 0.15, 0.15, 0.15, 0.15, 0.15])
"""By how much coefficients differ from clip to clip, relative to the first."""


def harmonics(normals: NDArray[Any]) -> NDArray[np.float32]:
    """[N, 9] 1, x, y, z and the five of the second order, for unit `normals` [N, 3]."""
    x, y, z = np.asarray(normals, np.float32).T
    return np.stack([np.ones_like(x), x, y, z, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], 1)


def solve_light(
    normals: NDArray[Any],
    albedo: NDArray[Any],
    seen: NDArray[Any],
    weight: NDArray[Any],
    prior: NDArray[Any],
    spread: float,
) -> NDArray[np.float32]:
    """[9, 3] the light that makes `albedo` [N, 3] on `normals` [N, 3] look most like `seen` [N, 3].

    Args:
        weight: [N] of the points; those that do not fit lose theirs in two rounds (Geman and McClure).
        prior: [9, 3] what is expected.
        spread: standard deviation about that, relative to the first coefficient.
    """
    basis = harmonics(normals).astype(np.float64)
    prior = np.asarray(prior, np.float64)
    light = prior.copy()
    noise, total = 0.05, float(np.sum(weight)) + 1e-9
    for _ in range(2):
        fades = 1 / (1 + ((albedo * (basis @ light) - seen) ** 2).sum(1) / 0.15**2) ** 2
        for channel in range(3):
            rows = basis * np.asarray(albedo)[:, channel, None]
            # As if fifty points had been seen, however many there are: their errors go together.
            share = (weight * fades * 50 / total / noise**2)[:, None]
            ridge = np.diag(1 / (spread * _SPREAD * max(abs(prior[0, channel]), 0.1)) ** 2)
            left = rows.T @ (rows * share) + ridge
            right = (rows * share).T @ np.asarray(seen, np.float64)[:, channel] + ridge @ prior[:, channel]
            light[:, channel] = np.linalg.solve(left, right)
    return light.astype(np.float32)
