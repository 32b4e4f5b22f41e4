"""A soft ceiling for samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["KNEE", "soft_limit"]

KNEE = 0.8
"""Magnitude below which samples pass unchanged."""


def soft_limit(samples: NDArray[np.float32], gain: float = 1.0) -> NDArray[np.float32]:
    """`samples` times `gain`, bent smoothly above the knee so that they stay inside [-1, 1].

    Above the knee k: k + (1 - k) tanh((|s| - k) / (1 - k)), whose value and slope meet the straight part. It has no
    memory, so pieces of a stream are limited exactly as the whole is.
    """
    scaled = samples * np.float32(gain)
    magnitude = np.abs(scaled)
    loud = magnitude > KNEE
    if not loud.any():
        return scaled
    bent = KNEE + (1 - KNEE) * np.tanh((magnitude[loud] - KNEE) / (1 - KNEE))
    scaled[loud] = np.copysign(bent.astype(np.float32), scaled[loud])
    return scaled
