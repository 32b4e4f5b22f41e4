"""Hair that is painted into the skin: brows, and the tint of the scalp. Lifted off one skin, laid on another.

A texel of painted hair is taken as a mixture of the skin beside it and one hair colour; how much of the second is its
cover. The atlas of the head is the same for everybody, so a cover fits every skin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from avatron.face.head import HeadModel
from avatron.face.parts import PART_INDEX

__all__ = ["AREAS", "PaintedHair", "area_mask", "lifted", "repainted"]

Floats = NDArray[np.float32]

AREAS = ("scalp", "brows")
"""Where hair is painted, in the order in which it is lifted: the skin about the brows is clear of the hairline then."""
_GROWN = {"brows": 0.004, "scalp": 0.012}
"""How far painted hair may reach beyond its region, as a share of the atlas."""
_STRONGEST = 0.04
"""Share of an area's texels that are taken as hair all over."""
_FAINTEST = 0.14
"""Cover below which a texel is the skin's own unevenness."""


@dataclass(frozen=True, eq=False)
class PaintedHair:
    """The hair of one area of a skin."""

    cover: Floats
    """[H, W] 0 skin .. 1 hair."""
    colour: Floats
    """[3] linear RGB."""


@lru_cache(maxsize=4)
def area_mask(head: HeadModel, area: str, size: int) -> Floats:
    """[size, size] 1 where hair of an area may be painted, with a soft edge; `skin` is all of the skin."""
    if area == "skin":
        chosen = np.isin(head.part, [PART_INDEX["skin"], PART_INDEX["bust"]])
    else:
        inside = head.regions[area] > 0.05
        if area == "scalp":
            # Hair also grows on the temples and before the ears, and low hairlines reach onto the forehead.
            x, y, z = head.neutral.T
            inside |= (y > 0.088) | ((np.abs(x) > 0.058) & (y > 0.005) & (z < 0.062) & (head.regions["ears"] < 0.5))
        chosen = inside[head.triangles].any(1) & (head.part == PART_INDEX["skin"])
    # Half the size is enough for a mask that is blurred anyhow.
    picture = Image.new("L", (size // 2, size // 2))
    draw = ImageDraw.Draw(picture)
    corners = head.uv[head.triangles[chosen]] * [size / 2, -size / 2] + [0, size / 2]
    for triangle in corners.reshape(-1, 6).tolist():
        draw.polygon(triangle, fill=255, outline=255)
    if area != "skin":
        reach = max(1, round(_GROWN[area] * size / 2))
        picture = picture.filter(ImageFilter.MaxFilter(2 * reach + 1)).filter(ImageFilter.GaussianBlur(reach / 2))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), np.float32) / np.float32(255)


def lifted(albedo: Floats, head: HeadModel, area: str) -> tuple[PaintedHair, Floats]:
    """(the hair of an area, the skin without it) of a linear albedo [H, H, 3]."""
    size = len(albedo)
    mask = area_mask(head, area, size)
    known = (area_mask(head, "skin", size) > 0.5) & (mask < 0.02)
    beneath = _filled(albedo, known)
    away = (albedo - beneath) * mask[..., None]
    length = np.sqrt((away**2).sum(-1))
    inside = mask > 0.9
    if not inside.any() or float(length[inside].max()) < 0.01:
        return PaintedHair(np.zeros(albedo.shape[:2], np.float32), beneath[inside].mean(0)), albedo
    strongest = inside & (length >= np.quantile(length[inside], 1 - _STRONGEST))
    direction = away[strongest].mean(0)
    share = (away @ direction) / float(direction @ direction)
    cover = np.clip((share - _FAINTEST) / (1 - _FAINTEST), 0, 1).astype(np.float32)
    colour = np.clip((beneath[strongest] + away[strongest]).mean(0), 0.002, 1).astype(np.float32)
    grown = Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(5))
    gone = np.clip(np.asarray(grown.filter(ImageFilter.GaussianBlur(1.5)), np.float32) / 255 * 3, 0, 1)
    bare = albedo + (gone * mask)[..., None] * (beneath - albedo)
    return PaintedHair(cover, colour), np.asarray(bare, np.float32)


def repainted(bare: Floats, hair: PaintedHair, colour: Floats | None = None) -> Floats:
    """[H, W, 3] the skin with the hair on it, in another linear colour [3] where one is given."""
    cover = hair.cover
    if cover.shape != bare.shape[:2]:
        scaled = Image.fromarray(cover).resize((bare.shape[1], bare.shape[0]), Image.Resampling.BILINEAR)
        cover = np.asarray(scaled, np.float32)
    chosen = hair.colour if colour is None else colour
    return np.asarray(bare + cover[..., None] * (chosen - bare), np.float32)


def _filled(picture: Floats, known: NDArray[np.bool_]) -> Floats:
    """[H, W, 3] `picture`, and where it is not `known` a smooth continuation: the finest mean that reaches there."""
    weight = known.astype(np.float32)
    means, weights = [picture * weight[..., None]], [weight]
    while min(weights[-1].shape) > 4:
        means.append(_halved(means[-1]))
        weights.append(_halved(weights[-1]))
    total = max(float(weights[-1].sum()), 1e-6)
    shape = (*weights[-1].shape, 3)
    result = np.broadcast_to(means[-1].sum((0, 1)) / total, shape).astype(np.float32)
    for mean, weight in zip(reversed(means), reversed(weights), strict=True):
        if result.shape[:2] != weight.shape:
            result = _scaled(result, weight.shape)
        trust = np.clip(weight * 4, 0, 1)[..., None]
        result = trust * (mean / np.maximum(weight, 1e-6)[..., None]) + (1 - trust) * result
    return np.asarray(result, np.float32)


def _halved(picture: Floats) -> Floats:
    rows, columns = (length // 2 * 2 for length in picture.shape[:2])
    even = picture[:rows, :columns]
    return np.asarray((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4, np.float32)


def _scaled(picture: Floats, shape: tuple[int, ...]) -> Floats:
    height, width = shape[:2]
    channels = [
        np.asarray(Image.fromarray(picture[..., channel]).resize((width, height), Image.Resampling.BILINEAR))
        for channel in range(picture.shape[2])
    ]
    return np.stack(channels, -1)
