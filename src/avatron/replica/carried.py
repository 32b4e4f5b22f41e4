"""Gaussians with what carries them over the frames of a motion: all that another program needs to play them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.gaussians import GaussianSet

__all__ = ["CarriedGaussians"]


@dataclass(frozen=True, eq=False)
class CarriedGaussians:
    """G Gaussians on the K triangles of a mesh of V vertices, over T frames."""

    gaussians: GaussianSet
    """Where all coefficients are 0."""
    corrections: NDArray[np.float32]
    """[G, R, 7] of place (units of the triangle), colour and opacity's logit, per coefficient."""
    coefficients: NDArray[np.float32]
    """[T, R]"""
    triangles: NDArray[np.int32]
    """[K, 3]"""
    vertices: NDArray[np.float32]
    """[T, V, 3] metres."""

    def corrected(self, frame: int) -> GaussianSet:
        """The Gaussians as they are in a frame."""
        plain = self.gaussians
        moved = np.einsum("grc,r->gc", self.corrections, self.coefficients[frame])
        odds = np.clip(plain.opacities.astype(np.float64), 1e-4, 1 - 1e-4)
        opacities = 1 / (1 + np.exp(-(np.log(odds / (1 - odds)) + moved[:, 6])))
        return GaussianSet(
            plain.positions + moved[:, :3],
            plain.rotations,
            plain.scales,
            opacities.astype(np.float32),
            plain.colours + moved[:, 3:6],
            plain.triangle,
        )
