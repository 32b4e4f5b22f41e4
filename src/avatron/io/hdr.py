"""Pictures of high dynamic range (the default of many phones) as ordinary ones: HLG and PQ to sRGB.

Reference white, 203 cd/m2 (ITU-R BT.2408), becomes white, and what is brighter is clipped: faces lie below it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["HLG", "PQ", "to_standard_range"]

PQ, HLG = 16, 18
"""Transfer characteristics of ITU-T H.273."""
_REFERENCE_NITS = 203.0
_HLG_REFERENCE = 0.75
"""The signal of reference white in HLG (BT.2408)."""
_HLG_GAMMA = 1.2
"""Of the system, for a display of 1000 cd/m2 (ITU-R BT.2100)."""
_LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593], np.float32)
_2020_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
"""ITU-R BT.2087."""
_STEPS = 4095
"""Of linear light in the table of sRGB's curve."""


def to_standard_range(picture: NDArray[np.uint8], transfer: int) -> NDArray[np.uint8]:
    """[H, W, 3] sRGB of a picture [H, W, 3] whose values are BT.2020 signals of `PQ` or `HLG`, 0 .. 255."""
    light = _linear(transfer)[picture]
    if transfer == HLG:
        luminance = np.maximum(light @ _LUMINANCE_2020, 1e-6)
        light *= (luminance ** (_HLG_GAMMA - 1))[..., None]
    light = light @ _2020_TO_709.T
    np.clip(light, 0, 1, out=light)
    # The square root spends the table's steps where the eye does.
    return np.asarray(_srgb_of_root()[(np.sqrt(light) * _STEPS + 0.5).astype(np.uint16)])


@lru_cache(maxsize=2)
def _linear(transfer: int) -> NDArray[np.float32]:
    """[256] linear light of each signal, 1 for reference white (before HLG's system gamma)."""
    signal = np.arange(256) / 255
    if transfer == PQ:
        # SMPTE ST 2084.
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = signal ** (1 / m2)
        nits = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
        return (nits / _REFERENCE_NITS).astype(np.float32)
    return (_scene(signal) / _scene(np.array([_HLG_REFERENCE]))).astype(np.float32)


def _scene(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """HLG's inverse curve (ARIB STD-B67)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.asarray(np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12))


@lru_cache(maxsize=1)
def _srgb_of_root() -> NDArray[np.uint8]:
    """[4096] sRGB, 0 .. 255, of the square root of linear light."""
    light = (np.arange(_STEPS + 1) / _STEPS) ** 2
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(curve * 255), np.uint8)
