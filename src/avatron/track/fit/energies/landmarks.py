"""Landmarks: where the networks see points of the face, against where the model has them.

    E = sum_l rho(|s_l^-1 (project(X_l) - y_l)|^2),    rho(e) = c^2 e / (c^2 + e)

with s_l the spread of landmark l, a share of the distance between the eyes, and a floor in pixels. rho (Geman and
McClure, Statistical methods for tomographic image reconstruction, 1987) lets go of what is far off; it is met by
iteratively reweighted least squares, so the weights are those of the residuals of the last step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LandmarkSpread", "robust_weights", "whitened"]

Floats = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LandmarkSpread:
    """How far landmarks are seen from where they are: standard deviations."""

    share: NDArray[np.float64]
    """[L] of the distance between the irises."""
    floor_px: float
    """Of any landmark, in pixels: what the picture itself resolves."""

    def pixels(self, eye_distance_px: NDArray[Any]) -> NDArray[np.float64]:
        """[T, L] in faces whose irises are `eye_distance_px` [T] apart."""
        return np.asarray(np.hypot(self.share * np.asarray(eye_distance_px)[:, None], self.floor_px))


def whitened(
    projected: Floats, jacobian: Floats, seen: Floats, spread_px: Floats, cutoff: float
) -> tuple[Floats, Floats]:
    """(residuals [T, 2L], Jacobian [T, 2L, P]) in standard deviations, the square root of the robust weight in both.

    `projected` and `seen` are pixels [T, L, 2], `jacobian` [T, L, 2, P], `spread_px` [T, L] (infinite: not seen).
    """
    residual = (projected - seen) / spread_px[..., None]
    root = np.sqrt(robust_weights(np.square(residual).sum(-1), cutoff))
    frames, count = root.shape
    residual = (residual * root[..., None]).reshape(frames, 2 * count)
    scaled = jacobian * (root / spread_px)[..., None, None]
    return residual, scaled.reshape(frames, 2 * count, -1)


def robust_weights(square: Floats, cutoff: float) -> Floats:
    """Weights of least squares for squared residuals `square` (in standard deviations): the derivative of rho."""
    return np.asarray(np.square(cutoff**2 / (cutoff**2 + square)))
