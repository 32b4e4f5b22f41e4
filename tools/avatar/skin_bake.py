"""The skin's maps in the head's own atlas: blended colour, brows, lips, blush, fine detail and the scalp under hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar.brows import BrowRecipe, draw_brows
from avatar.hair.painted import PaintedHair
from avatar.images import blur, sample
from avatar.lids import lid_fold, lid_rim
from avatar.nearest_skin import FacePoints
from avatar.pigments import pigment_factor
from avatar.skin_detail import SkinDetailRecipe, make_skin_detail
from avatar.skin_noise import space_noise
from avatar.skin_regions import SkinRegions, find_regions
from avatar.skin_sheen import sheen_zones
from avatar.skin_zones import ZoneRecipe, paint_zones

__all__ = ["Makeup", "SkinPaint", "SkinTexels", "paint_skin"]

Floats = NDArray[np.float64]

LIP_LINE_M = -0.0336
"""Height at which the lips meet on the mean head."""

EVENED: tuple[tuple[float, tuple[float, float, float], tuple[float, float, float]], ...] = (
    (1.15, (0.032, 0.042, 0.092), (0.019, 0.013, 0.014)),
    (0.80, (0.012, -0.013, 0.108), (0.009, 0.006, 0.012)),
    (0.70, (0.018, -0.034, 0.106), (0.020, 0.014, 0.018)),
)
"""Where the scans' own variation is taken out, with the share of it, middle and reach (metres, mean head): eye sockets,
which hold shadow and painted lids, nostrils, and the skin round the mouth, which is greenish against the lips."""

LID_FOLD_DEPTH_M = 0.00016

FAR_M = 0.004
"""Texels further than this from the source's face take its smooth tone only: back of the head, chest, nostrils."""


@dataclass(frozen=True)
class Makeup:
    """Colours laid over the skin (linear RGB)."""

    brow: tuple[float, float, float] = (0.030, 0.017, 0.011)
    brow_light: tuple[float, float, float] = (0.42, 0.40, 0.37)
    """Colour of grey hairs in the brows."""
    brow_gain: float = 0.92
    lip: tuple[float, float, float] = (0.40, 0.120, 0.110)
    lip_gain: float = 0.66
    lower_lip: tuple[float, float, float] = (0.44, 0.150, 0.138)
    lip_border: float = 0.06
    """How much lighter the skin along the lips is."""
    blush: tuple[float, float, float] = (1.05, 0.82, 0.80)
    """Factor on the albedo where the cheeks blush."""
    blush_gain: float = 0.25
    lid_fold: float = 0.7
    """How dark and deep the fold of the upper lids is, 0..1."""
    liner: float = 0.15
    """Opacity of the line along the upper lashes, where many dark roots lie side by side."""
    liner_colour: tuple[float, float, float] = (0.030, 0.016, 0.011)


@dataclass(frozen=True)
class SkinPaint:
    """What the skin is painted with."""

    sheet: NDArray[np.float32]
    """[N, N, 3] linear albedo in the ICT face chart."""
    zones: ZoneRecipe
    brows: BrowRecipe
    makeup: Makeup
    detail: SkinDetailRecipe


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


def paint_skin(points_m: Floats, places: FacePoints, paint: SkinPaint, grown: PaintedHair) -> SkinTexels:
    """The skin at texels with points [N, 3] (metres, neutral head) and their `places` in the ICT face chart."""
    brow = draw_brows(points_m, paint.brows)
    at = places.texture_coordinates
    makeup = paint.makeup
    smooth = blur(paint.sheet, 0.02 * paint.sheet.shape[0])
    far = np.clip((places.distance_m - 0.5 * FAR_M) / FAR_M, 0, 1)[:, None]
    albedo = (sample(paint.sheet, at) * (1 - far) + sample(smooth, at) * far).astype(np.float64)
    zones = paint_zones(points_m, paint.zones)
    regions = find_regions(points_m, paint.detail.seed + 40)
    skin = (1 - regions.lip)[:, None]
    even = _evened(points_m)[:, None] * skin
    albedo = albedo ** (1 - even) * np.median(paint.sheet, axis=(0, 1)) ** even
    factor = pigment_factor(zones.melanin, zones.blood) * np.exp(zones.shade)[:, None]
    albedo *= factor * skin + (1 - skin)
    albedo = _lips(albedo, points_m, regions, makeup)
    albedo *= 1 - (np.clip(zones.cheek, 0, 1) * makeup.blush_gain)[:, None] * (1 - np.array(makeup.blush))
    fine = make_skin_detail(points_m, regions, zones, paint.detail)
    albedo *= fine.colour
    fold, rim = lid_fold(points_m), lid_rim(points_m)
    albedo *= 1 - makeup.lid_fold * fold[:, None] * np.array([0.34, 0.46, 0.52])
    albedo = albedo * (1 - makeup.liner * rim[:, None]) + makeup.liner * rim[:, None] * np.array(makeup.liner_colour)
    hair = np.clip(brow.opacity * makeup.brow_gain, 0, 0.97)
    brow_colour = np.array(makeup.brow) + brow.light[:, None] * (np.array(makeup.brow_light) - np.array(makeup.brow))
    albedo = albedo * (1 - hair[:, None]) + brow_colour * hair[:, None]
    stubble = grown.stubble * (1 - np.clip(2 * regions.lip, 0, 1))
    albedo = albedo * (1 - stubble[:, None]) + np.array(grown.stubble_colour) * stubble[:, None]
    covered = grown.scalp
    albedo = albedo * (1 - covered[:, None]) + np.array(grown.scalp_colour) * covered[:, None]
    sheen = sheen_zones(points_m) * fine.sheen * (1 - 0.65 * hair) * (1 - 0.9 * covered) * (1 - 0.5 * stubble)
    height = fine.height_m * (1 - covered) + 0.00006 * hair + 0.00008 * stubble
    height -= LID_FOLD_DEPTH_M * makeup.lid_fold * fold
    return SkinTexels(np.clip(albedo, 0.002, 0.95), height, np.clip(sheen, 0, 1), regions.lip)


def _evened(points_m: Floats) -> Floats:
    """[N] 0..0.92: share of the scans' variation that is taken out of a place."""
    half = np.column_stack([np.abs(points_m[:, 0]), points_m[:, 1:]])
    total = np.zeros(len(points_m))
    for share, middle, reach in EVENED:
        away = (half - np.array(middle)) / np.array(reach)
        total = np.maximum(total, share * np.exp(-0.5 * (away * away).sum(1)))
    return np.asarray(np.clip(total, 0, 0.92))


def _lips(albedo: Floats, points_m: Floats, regions: SkinRegions, makeup: Makeup) -> Floats:
    """The skin [N, 3] with lips: their own red, paler in the middle of the lower one, lighter skin along the border."""
    lower = np.clip((LIP_LINE_M - points_m[:, 1]) / 0.002 + 0.5, 0, 1)
    pale = lower * np.exp(-0.5 * (points_m[:, 0] / 0.011) ** 2)
    red = np.array(makeup.lip) * (1 - lower[:, None]) + np.array(makeup.lower_lip) * lower[:, None]
    red = red * (1 + 0.10 * pale[:, None])
    # The scans' own light and dark shows through.
    grey = albedo.mean(1, keepdims=True)
    red = red * (grey / np.median(grey)) ** 0.5
    blotches = 1 + 0.06 * space_noise(points_m, (0.002, 0.007), 77, waves=24)
    weight = (regions.lip * makeup.lip_gain)[:, None]
    mixed = albedo * (1 - weight) + red * blotches[:, None] * weight
    edge = makeup.lip_border * regions.lip_border * (1 - regions.lip)
    return np.asarray(mixed * (1 + edge[:, None]))
