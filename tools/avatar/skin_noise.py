"""Smooth noise as a function of the place in space: it knows no seams and no atlas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["space_noise"]

Floats = NDArray[np.float64]


def space_noise(points_m: Floats, wavelength_m: tuple[float, float], seed: int, waves: int = 32) -> Floats:
    """Smooth noise [N] of standard deviation one at points [N, 3], with detail between two wavelengths (metres).

    A sum of plane waves in random directions: cheap, seamless, and it needs no grid.
    """
    generator = np.random.default_rng(seed)
    direction = generator.standard_normal((waves, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = np.exp(generator.uniform(np.log(wavelength_m[0]), np.log(wavelength_m[1]), waves))
    phase = generator.uniform(0, 2 * np.pi, waves)
    total = np.zeros(len(points_m), np.float32)
    points = points_m.astype(np.float32)
    for wave in range(waves):
        frequency = (direction[wave] * (2 * np.pi / length[wave])).astype(np.float32)
        total += np.cos(points @ frequency + np.float32(phase[wave]))
    return np.asarray(total / np.sqrt(waves / 2), np.float64)
