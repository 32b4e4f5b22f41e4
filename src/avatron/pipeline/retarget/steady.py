"""Jitter taken out of curves without softening what is fast on purpose: a bilateral filter in time.

A frame is averaged with those of its neighbours that differ from it by no more than noise does, so a lip that closes
within a frame stays as fast as it was (Tomasi and Manduchi, Bilateral filtering for gray and color images, 1998).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["steadied"]

_REACH = 3
"""Widths of the window in time that are looked at on either side."""
_TOLERANCE = 2.5
"""Differences of so many standard deviations of the noise count a third less than half."""
_MEDIAN_TO_DEVIATION = 1.4826 / np.sqrt(6.0)
"""From the median size of second differences to the standard deviation of white noise."""


def steadied(
    curves: NDArray[Any], fps: float, *, width_s: float, most_noise: float, least_noise: float = 1e-6
) -> NDArray[np.float32]:
    """[T, C] `curves` [T, C] without their jitter.

    Channels are vectors of C numbers that jump together. What counts as noise is measured in the curves, up to
    `most_noise` (in their own unit); `width_s` is the standard deviation of the window in time, seconds.
    """
    values = np.asarray(curves, np.float64)
    if len(values) < 3:
        return values.astype(np.float32)
    bend = np.linalg.norm(values[2:] - 2 * values[1:-1] + values[:-2], axis=1) / np.sqrt(values.shape[1])
    noise = float(np.clip(np.median(bend) * _MEDIAN_TO_DEVIATION, least_noise, most_noise))
    width = width_s * fps
    total, weight_sum = values.copy(), np.ones(len(values))
    for shift in range(1, max(int(np.ceil(_REACH * width)), 1) + 1):
        near = np.exp(-0.5 * (shift / width) ** 2) if width > 0 else 0.0
        difference = values[shift:] - values[:-shift]
        alike = np.linalg.norm(difference, axis=1) / (np.sqrt(values.shape[1]) * _TOLERANCE * noise)
        weight = near * np.exp(-0.5 * alike**2)
        total[shift:] += weight[:, None] * values[:-shift]
        total[:-shift] += weight[:, None] * values[shift:]
        weight_sum[shift:] += weight
        weight_sum[:-shift] += weight
    return np.asarray(total / weight_sum[:, None], np.float32)
