"""Windows and framing for short-time Fourier transforms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["centred_frames", "periodic_hann"]


def periodic_hann(length: int) -> NDArray[np.float32]:
    """[length] Hann window whose copies, shifted by length / k for k >= 2, sum to a constant."""
    return np.hanning(length + 1)[:-1].astype(np.float32)


def centred_frames(samples: NDArray[np.float32], length: int, hop_length: int) -> NDArray[np.float32]:
    """[F, length] read-only view with F = N // hop_length; frame f is centred on sample f * hop_length.

    The edges are mirrored. Fewer samples than one hop give no frame.
    """
    frame_count = len(samples) // hop_length
    if frame_count == 0:
        return np.zeros((0, length), np.float32)
    mirrored = np.pad(samples, length // 2, mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(mirrored, length)[::hop_length][:frame_count]
