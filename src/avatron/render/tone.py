"""Scene light to display values: a sigmoid of the logarithm, in the manner of AgX."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["toned"]

_CROSSTALK = np.array([[0.90, 0.07, 0.03], [0.04, 0.92, 0.04], [0.03, 0.07, 0.90]])
"""Bright colours roll off to white."""
_STOPS, _BELOW_GREY, _SLOPE = 13.5, 8.5, 7.2
_SATURATION = 1.16
_GAMMA = 1.06
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def toned(light: NDArray[Any], exposure: float = 1.0) -> NDArray[np.float32]:
    """[..., 3] display values 0 .. 1 (sRGB) of linear `light` [..., 3]; the kernels' tone curve, readable."""
    mixed = np.maximum((np.asarray(light, np.float64) * exposure) @ _CROSSTALK.T, 1e-6)
    stops = np.clip((np.log2(mixed / 0.18) + _BELOW_GREY) / _STOPS, 0, 1)
    middle = _BELOW_GREY / _STOPS
    black, white = (1 / (1 + np.exp(-_SLOPE * (end - middle))) for end in (0.0, 1.0))
    values = (1 / (1 + np.exp(-_SLOPE * (stops - middle * 1.03))) - black) / (white - black)
    grey = (values @ _LUMINANCE)[..., None]
    return np.asarray(np.clip(grey + (values - grey) * _SATURATION, 0, 1) ** _GAMMA, np.float32)
