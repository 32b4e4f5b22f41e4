"""The skin's maps in the head's own atlas: blended colour, brows, lips, blush, fine detail and the scalp under hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.hair_flow import HairStyle, grow_strands
from avatar.images import blur, sample
from avatar.nearest_skin import FacePoints
from avatar.radial_shape import RadialShape
from avatar.skin import SkinSheet
from avatar.skin_detail import SkinDetailRecipe, make_skin_detail
from avatar.skin_sheen import sheen_zones

__all__ = ["Makeup", "Scalp", "SkinTexels", "find_scalp", "paint_skin"]

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
    scalp: tuple[float, float, float] = (0.032, 0.018, 0.012)
    """Colour of skin that is covered by hair."""


@dataclass(frozen=True)
class Scalp:
    """How much hair hides a texel [N], 0..1."""

    covered: Floats
    """Under the hair's sheet."""
    rooted: Floats
    """Painted root hairs in front of it."""


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


def find_scalp(
    points_m: Floats, ear: Floats, style: HairStyle, skull: RadialShape, seed: int, roots_per_side: int = 3400
) -> Scalp:
    """Which skin points [N, 3] (metres, on the person) hair covers, and the root hairs painted along its border.

    `ear` [N] is 1 on the outer ears, where no hair grows.
    """
    generator = np.random.default_rng(seed)
    sheet, roots = [], []
    for left in (True, False):
        position = np.linspace(0, 1, 420)
        sheet.append(
            grow_strands(
                style, skull, left=left, position=position, travel=np.linspace(0.045, 1, 140)
            ).points_m.reshape(-1, 3)
        )
        position = np.sort(generator.uniform(0.0, 1.0, roots_per_side))
        begin = 0.03 - np.abs(generator.normal(0, 0.035, roots_per_side))
        length = generator.uniform(0.03, 0.10, roots_per_side)
        travel = begin[:, None] + length[:, None] * np.linspace(0, 1, 28)[None]
        roots.append(grow_strands(style, skull, left=left, position=position, travel=travel).points_m.reshape(-1, 3))
    # Hair is compared with the skin by direction, not by height: the sheet stands off it.
    offset = points_m - skull.centre_m
    reach = np.linalg.norm(offset, axis=1)
    directions = offset / reach[:, None]
    radius = skull.radius(offset)
    on_skin = (reach > radius - 0.008) & (reach < radius + 0.004) & (ear < 0.5)
    sheet_gap, _ = cKDTree(_directions(sheet, skull)).query(directions, distance_upper_bound=0.1)
    covered = np.where(on_skin, np.clip((0.022 - sheet_gap) / 0.014, 0, 1), 0.0)
    gap, _ = cKDTree(_directions(roots, skull)).query(directions, distance_upper_bound=0.02)
    thickness = 0.00017 / np.maximum(reach, 0.02)
    rooted = np.where(on_skin & np.isfinite(gap), np.exp(-0.5 * (np.minimum(gap, 1) / thickness) ** 2), 0.0)
    return Scalp(covered * covered * (3 - 2 * covered), rooted)


def _directions(points_m: list[Floats], skull: RadialShape) -> Floats:
    offset = np.concatenate(points_m) - skull.centre_m
    return np.asarray(offset / np.linalg.norm(offset, axis=1, keepdims=True))


def paint_skin(
    points_m: Floats,
    places: FacePoints,
    sheet: SkinSheet,
    brows: NDArray[np.float32],
    scalp: Scalp,
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
    covered = np.clip(scalp.covered * 0.985 + scalp.rooted * 0.75 * (1 - scalp.covered), 0, 0.985)
    albedo = albedo * (1 - covered[:, None]) + np.array(makeup.scalp) * covered[:, None]
    sheen = sheen_zones(points_m) * fine.cavity * (1 - 0.65 * hair) * (1 - 0.9 * covered)
    height = fine.height_m * (1 - covered) + 0.00006 * hair
    return SkinTexels(np.clip(albedo, 0.002, 0.95), height, np.clip(sheen, 0, 1), lip)
