"""Skin colour as two pigments: melanin above, blood below, each with the colours it takes out of the light.

The logarithm of an albedo is shade minus melanin times its absorption minus blood times its own (Tsumura et al. 2003,
"Image-based skin color and texture analysis/synthesis by extracting hemoglobin and melanin information in the skin").
The two axes follow measured absorption at the middle of the red, green and blue of a display (610, 540, 460 nm):
melanin falls with the wavelength to the power 3.33 (Jacques 2013, "Optical properties of biological tissues: a
review"), blood is 75 % oxygenated (extinction after Prahl's tables), its root taken since it lies in a layer that
scatters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOOD", "MELANIN", "Pigments", "pigment_factor", "separate_pigments", "typology_angle"]

Floats = NDArray[np.floating]

_WAVELENGTHS_NM = np.array([610.0, 540.0, 460.0])
_OXYGENATED = np.array([1506.0, 53236.0, 44480.0])
_DEOXYGENATED = np.array([9444.0, 46592.0, 23389.0])


def _of_green(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    return axis / axis[1]


MELANIN = _of_green((_WAVELENGTHS_NM / 540.0) ** -3.33)
"""[3] absorption of red, green and blue per unit of melanin that takes exp(-1) of green: about .67, 1, 1.71."""

BLOOD = _of_green(np.sqrt(0.75 * _OXYGENATED + 0.25 * _DEOXYGENATED))
"""[3] the same for blood: about .26, 1, .88."""


@dataclass(frozen=True)
class Pigments:
    """Amounts [...] by which a place differs from the skin's usual."""

    melanin: Floats
    blood: Floats
    shade: Floats
    """What is left: light and dark without a colour, mostly light that was scanned in with the skin."""


def separate_pigments(log_albedo: Floats) -> Pigments:
    """Amounts [...] of pigment in differences [..., 3] of the logarithm of an albedo."""
    axes = np.stack([-MELANIN, -BLOOD, np.ones(3)], 1)
    amounts = np.asarray(log_albedo) @ np.linalg.inv(axes).T.astype(np.asarray(log_albedo).dtype)
    return Pigments(amounts[..., 0], amounts[..., 1], amounts[..., 2])


def pigment_factor(melanin: Floats, blood: Floats) -> Floats:
    """Factor [..., 3] on the albedo for amounts [...] of pigment more than usual."""
    return np.asarray(np.exp(-(melanin[..., None] * MELANIN + blood[..., None] * BLOOD)))


def typology_angle(albedo: tuple[float, float, float]) -> float:
    """Individual typology angle of a linear RGB albedo, degrees: above 55 very light, below -30 dark.

    Chardon, Cretois and Hourseau 1991; from CIE L* and b* under D65.
    """
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = (matrix @ np.array(albedo)) / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lightness, blueness = 116 * root[1] - 16, 200 * (root[1] - root[2])
    return float(np.degrees(np.arctan2(lightness - 50, blueness)))
