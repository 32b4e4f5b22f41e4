"""Weighted mixtures of Gaussians, for colours and places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ColourMixture"]

_ROUNDS = 12
_MOST_POINTS = 8000
_FLOOR = 1.5e-4
"""Least variance along any axis: colours are known to about a hundredth."""


@dataclass(frozen=True, eq=False)
class ColourMixture:
    """K Gaussians in D dimensions."""

    shares: NDArray[np.float64]
    """[K] sum 1"""
    means: NDArray[np.float64]
    """[K, D]"""
    precisions: NDArray[np.float64]
    """[K, D, D]"""
    log_normalisers: NDArray[np.float64]
    """[K]"""

    @staticmethod
    def of(points: NDArray[np.floating], weights: NDArray[np.floating], count: int, *, seed: int) -> ColourMixture:
        """Fit `count` Gaussians to `points` [N, D] that count by `weights` [N] (expectation maximisation)."""
        generator = np.random.default_rng(seed)
        shares = np.asarray(weights, np.float64)
        shares = shares / shares.sum()
        rows = generator.choice(len(points), min(_MOST_POINTS, len(points)), p=shares)
        data = np.asarray(points, np.float64)[rows]
        dimensions = data.shape[1]
        belongs = np.zeros((len(data), count))
        # k-means++ (Arthur and Vassilvitskii 2007) for the first sorting.
        centres = [data[generator.integers(len(data))]]
        for _ in range(count - 1):
            far = np.min([np.square(data - centre).sum(1) for centre in centres], axis=0) + 1e-12
            centres.append(data[generator.choice(len(data), p=far / far.sum())])
        nearest = np.argmin([np.square(data - centre).sum(1) for centre in centres], axis=0)
        belongs[np.arange(len(data)), nearest] = 1
        for _ in range(_ROUNDS):
            total = belongs.sum(0) + 1e-6
            means = belongs.T @ data / total[:, None]
            precisions = np.empty((count, dimensions, dimensions))
            normalisers = np.empty(count)
            for kind in range(count):
                centred = data - means[kind]
                covariance = (belongs[:, kind, None] * centred).T @ centred / total[kind] + _FLOOR * np.eye(dimensions)
                precisions[kind] = np.linalg.inv(covariance)
                normalisers[kind] = -0.5 * np.linalg.slogdet(covariance)[1]
            mixture = ColourMixture(total / total.sum(), means, precisions, normalisers)
            joint = mixture._joint(data)
            belongs = np.exp(joint - np.logaddexp.reduce(joint, 1)[:, None])
        return mixture

    def log_density(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """[N] natural logarithm of the density, up to a constant that depends on D alone."""
        return np.asarray(np.logaddexp.reduce(self._joint(np.asarray(points, np.float64)), 1))

    def _joint(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = []
        for share, mean, precision, normaliser in zip(
            self.shares, self.means, self.precisions, self.log_normalisers, strict=True
        ):
            centred = points - mean
            columns.append(
                np.log(share + 1e-12) + normaliser - 0.5 * np.einsum("nd,nd->n", centred @ precision, centred)
            )
        return np.stack(columns, 1)
