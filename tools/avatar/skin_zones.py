"""Where a face is redder, browner or thinner than elsewhere: zones of pigment, as every face has them.

Each zone is a soft bell on the mean head; warped and broken up by noise, so that no border shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.skin_noise import space_noise

__all__ = ["ZoneRecipe", "Zones", "paint_zones"]

Floats = NDArray[np.float64]
Place = tuple[float, float, float]


@dataclass(frozen=True)
class ZoneRecipe:
    """Amounts of pigment in the middle of each zone; 0.1 takes about a tenth of the green light."""

    nose_blood: float = 0.12
    cheek_blood: float = 0.10
    chin_blood: float = 0.05
    ear_blood: float = 0.16
    fold_blood: float = 0.10
    """Beside the wings of the nose and in the inner corners of the eyes."""
    under_eye_blood: float = 0.06
    under_eye_melanin: float = 0.06
    under_eye_shade: float = 0.03
    """Thin skin lets the dark below shine through: bluish."""
    lid_melanin: float = 0.10
    lid_blood: float = 0.06
    socket_shade: float = 0.10
    """Lightness of the skin between lid and brow, where little light comes and skin is pale for want of sun."""
    forehead_melanin: float = 0.04
    """The forehead is yellower: more melanin, a little less blood."""
    rim_melanin: float = 0.03
    """Along the hairline, on temples and jaw."""
    mouth_melanin: float = 0.02
    """Around the lips."""
    middle_melanin: float = 0.0
    """On nose and cheeks; below zero on deep skins, which are lighter there."""
    neck_melanin: float = 0.0
    seed: int = 11


@dataclass(frozen=True)
class Zones:
    """Pigment [N] that the zones add, and where skin is oily or thin."""

    melanin: Floats
    blood: Floats
    shade: Floats
    """Logarithm of a factor on all colours."""
    nose: Floats
    """0..1."""
    cheek: Floats
    """0..1."""
    forehead: Floats
    """0..1."""


def paint_zones(points_m: Floats, recipe: ZoneRecipe) -> Zones:
    """The zones at points [N, 3] of the mean head, metres."""
    warp = [space_noise(points_m, (0.012, 0.03), recipe.seed + axis, waves=24) for axis in range(3)]
    warped = points_m * 1000 + 1.6 * np.stack(warp, 1)
    broken = 1 + 0.25 * space_noise(points_m, (0.006, 0.02), recipe.seed + 3, waves=32)

    def bell(at: Place, reach: Place, *, mirrored: bool = True) -> Floats:
        total = np.zeros(len(points_m))
        for side in (1.0, -1.0) if mirrored else (1.0,):
            away = (warped - np.array(at) * np.array([side, 1, 1])) / np.array(reach)
            total += np.exp(-0.5 * (away * away).sum(1))
        return np.asarray(total)

    tip = bell((0, 3, 127), (9, 8, 10), mirrored=False)
    wings = bell((13, -6, 111), (6, 6, 8))
    cheek = bell((40, 4, 90), (14, 11, 16))
    chin = bell((0, -60, 107), (11, 8, 12), mirrored=False)
    ear = bell((84, 14, 0), (9, 26, 26))
    fold = bell((20, -5, 103), (3.5, 6, 6)) + bell((17.5, 32, 92), (3.5, 3.5, 5))
    nostril = np.clip(1.3 * bell((10, -12, 107), (7, 4.5, 10)), 0, 1)
    under = bell((30, 24.5, 95), (9.5, 3.6, 9))
    lid = bell((31, 42.5, 94), (12, 4.0, 8)) + 0.6 * bell((46, 36, 86), (5, 5, 7))
    socket = bell((33, 49, 93), (14, 5, 9))
    forehead = bell((0, 88, 100), (38, 17, 34), mirrored=False)
    away = np.abs(warped[:, 0]) / 66
    rim = np.clip(away - 0.62, 0, 0.5) * 2 + 0.8 * np.clip((warped[:, 1] - 86) / 40, 0, 1)
    rim *= np.clip((warped[:, 2] + 10) / 60, 0, 1)
    mouth = bell((0, -34, 112), (23, 13, 16), mirrored=False)
    middle = np.clip(bell((0, 15, 112), (24, 26, 24), mirrored=False) + 0.7 * cheek, 0, 1.2)
    neck = np.clip((-80 - warped[:, 1]) / 20, 0, 1)
    blood = (
        recipe.nose_blood * np.maximum(tip, 0.9 * wings)
        + recipe.cheek_blood * cheek
        + recipe.chin_blood * chin
        + recipe.ear_blood * ear
        + recipe.fold_blood * fold
        + recipe.under_eye_blood * under
        + recipe.lid_blood * lid
        - 0.5 * recipe.forehead_melanin * forehead
    )
    # Light shines through the rims of the nostrils already; blood on top would make them glow.
    blood *= 1 - 0.85 * nostril
    melanin = (
        recipe.under_eye_melanin * under
        + recipe.lid_melanin * lid
        + recipe.forehead_melanin * forehead
        + recipe.rim_melanin * rim
        + recipe.mouth_melanin * mouth
        + recipe.middle_melanin * middle
        + recipe.neck_melanin * neck
    )
    shade = recipe.socket_shade * socket - recipe.under_eye_shade * under
    return Zones(melanin * broken, blood * broken, shade, np.maximum(tip, wings), cheek, forehead)
