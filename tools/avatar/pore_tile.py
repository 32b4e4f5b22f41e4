"""The tile of fine pores and creases that a close-up shows between the texels of the atlas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

__all__ = ["draw_pore_tile"]

Floats = NDArray[np.float32]


def draw_pore_tile(seed: int, size: int = 256, pores: int = 620) -> Floats:
    """Height [size, size], 0..1: jittered dimples in a net of shallow creases; repeats in both directions."""
    generator = np.random.default_rng(seed)
    centres = _spread(generator, pores) * size
    tree = cKDTree(centres, boxsize=size)
    rows, columns = np.mgrid[0:size, 0:size]
    distance, index = tree.query(np.stack([rows.ravel(), columns.ravel()], 1) % size, k=2)
    radius = generator.uniform(0.05, 0.085, pores)[index[:, 0]] * size / np.sqrt(pores) * 4
    depth = generator.uniform(0.25, 1.0, pores)[index[:, 0]]
    dimples = (depth * np.exp(-0.5 * (distance[:, 0] / radius) ** 2)).reshape(size, size)
    # Creases run where two pores are equally far.
    ridge = (distance[:, 1] - distance[:, 0]).reshape(size, size)
    creases = np.exp(-((ridge / 1.4) ** 2))
    soft = gaussian_filter(generator.standard_normal((size, size)), 2.2, mode="wrap")
    height = -dimples - 0.30 * gaussian_filter(creases, 0.7, mode="wrap") + 0.10 * soft / soft.std()
    low, high = np.percentile(height, [0.2, 99.8])
    return np.clip((height - low) / (high - low), 0, 1).astype(np.float32)


def _spread(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Points [count, 2] in the unit square that keep away from each other, the square's edges joined."""
    points = generator.uniform(0, 1, (1, 2))
    while len(points) < count:
        trial = generator.uniform(0, 1, (12, 2))
        distance, _ = cKDTree(points, boxsize=1).query(trial)
        points = np.concatenate([points, trial[[distance.argmax()]]])
    return points
