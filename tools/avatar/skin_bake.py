"""The skin's maps in the head's own atlas: blended colour, brows, lips, blush, fine detail and the scalp under hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.hair.painted import PaintedHair
from avatar.images import blur, sample
from avatar.nearest_skin import FacePoints
from avatar.skin import SkinSheet
from avatar.skin_detail import SkinDetailRecipe, make_skin_detail
from avatar.skin_sheen import sheen_zones

__all__ = ["Makeup", "SkinTexels", "paint_skin"]

Floats = NDArray[np.float64]

FAR_M = 0.004
"""Texels further than this from the source's face take its smooth tone only: back of the head, chest, nostrils."""


@dataclass(frozen=True)
class Makeup:
    """Colours laid over the skin (linear RGB)."""

    brow: tuple[float, float, float] = (0.030, 0.017, 0.011)
    brow_gain: float = 0.92
    lip: tuple[float, float, float] = (0.40, 0.120, 0.110)
    lip_gain: float = 0.66
    blush: tuple[float, float, float] = (1.05, 0.82, 0.80)
    """Factor on the albedo where the cheeks blush."""
    blush_gain: float = 0.55


@dataclass(frozen=True)
class SkinTexels:
    """The covered texels of the atlas."""

    albedo: Floats
    """[N, 3] linear."""
    height_m: Floats
    """[N] relief."""
    sheen: Floats
    """[N] 0..1 specular mask."""
    lip: Floats
    """[N] 0..1."""


def paint_skin(
    points_m: Floats,
    places: FacePoints,
    sheet: SkinSheet,
    brows: NDArray[np.float32],
    grown: PaintedHair,
    makeup: Makeup,
    detail: SkinDetailRecipe,
) -> SkinTexels:
    """The skin at texels with points [N, 3] (metres, neutral head) and their `places` in the ICT face chart."""
    at = places.texture_coordinates
    smooth = blur(sheet.albedo, 0.02 * sheet.albedo.shape[0])
    far = np.clip((places.distance_m - 0.5 * FAR_M) / FAR_M, 0, 1)[:, None]
    albedo = sample(sheet.albedo, at) * (1 - far) + sample(smooth, at) * far
    albedo = albedo.astype(np.float64)
    near = 1 - far[:, 0]
    lip = sample(sheet.lip, at).astype(np.float64) * near
    lip = np.clip(lip * 1.25 - 0.12, 0, 1)
    cheek = sample(sheet.cheek, at).astype(np.float64) * near
    brow = sample(brows, at).astype(np.float64) * near
    grey = albedo.mean(1, keepdims=True)
    lip_colour = np.array(makeup.lip) * (grey / np.median(grey)) ** 0.6
    weight = (lip * makeup.lip_gain)[:, None]
    albedo = albedo * (1 - weight) + lip_colour * weight
    albedo *= 1 - (cheek * makeup.blush_gain)[:, None] * (1 - np.array(makeup.blush))
    face = near * np.clip((points_m[:, 2] - 0.02) / 0.03, 0, 1)
    fine = make_skin_detail(points_m, face, lip, cheek, detail)
    albedo *= fine.colour
    hair = np.clip(brow * makeup.brow_gain, 0, 0.95)
    albedo = albedo * (1 - hair[:, None]) + np.array(makeup.brow) * hair[:, None]
    stubble = grown.stubble * (1 - np.clip(2 * lip, 0, 1))
    albedo = albedo * (1 - stubble[:, None]) + np.array(grown.stubble_colour) * stubble[:, None]
    covered = grown.scalp
    albedo = albedo * (1 - covered[:, None]) + np.array(grown.scalp_colour) * covered[:, None]
    sheen = sheen_zones(points_m) * fine.cavity * (1 - 0.65 * hair) * (1 - 0.9 * covered) * (1 - 0.5 * stubble)
    height = fine.height_m * (1 - covered) + 0.00006 * hair + 0.00008 * stubble
    return SkinTexels(np.clip(albedo, 0.002, 0.95), height, np.clip(sheen, 0, 1), lip)
