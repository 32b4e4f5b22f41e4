"""Skins whose paint lies elsewhere on the bones: no two people wear their brows, lips and cheeks in the same place.

A network that has seen the skins of four people only would take where their brows are painted for where the skin is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from avatron.face.head import HeadModel
from avatron.render.appearance import SkinMaps

__all__ = ["PaintShifter"]

_SIZE = 768
"""Pixels of the maps that come out: what they are looked at with has fewer."""
_CELLS = 11
"""Of the noise, along the atlas: the paint moves together over three centimetres."""
_LOOSE_MM, _TIGHT_MM = 2.4, 0.6
"""Standard deviation of the paint's place, and the same at lips, lids and nose, whose colours end with the flesh."""
_TIGHT_REGIONS = ("lips_upper", "lips_lower", "lids", "nose")


class PaintShifter:
    """Moves the paint of skins about."""

    def __init__(self, head: HeadModel) -> None:
        """Finds out how large the atlas is, and where paint has to stay."""
        skin = head.triangles_of("skin")
        front = skin[head.neutral[skin][..., 2].min(1) > 0.04]
        lengths = [
            np.linalg.norm(places[front[:, 1]] - places[front[:, 0]], axis=1) for places in (head.neutral, head.uv)
        ]
        self._px_per_mm = _SIZE * float(np.median(lengths[1] / np.maximum(lengths[0], 1e-9))) / 1000
        weight = np.max([head.regions[name] for name in _TIGHT_REGIONS], 0)
        tight = np.asarray(_painted(head, skin, weight).filter(ImageFilter.GaussianBlur(10)), np.float32) / 255
        self._spread_mm = (_LOOSE_MM * (1 - tight) + _TIGHT_MM * tight).astype(np.float32)

    def shifted(self, skin: SkinMaps, random: np.random.Generator) -> SkinMaps:
        """`skin` with albedo and relief moved by one smooth field."""
        cells = random.normal(size=(2, _CELLS, _CELLS)).astype(np.float32)
        smooth = [np.asarray(Image.fromarray(one).resize((_SIZE, _SIZE), Image.Resampling.BICUBIC)) for one in cells]
        across, down = (one * self._spread_mm * self._px_per_mm for one in smooth)
        return replace(skin, albedo=_moved(skin.albedo, across, down), detail=_moved(skin.detail, across, down))


def _moved(picture: NDArray[np.uint8], across: NDArray[np.float32], down: NDArray[np.float32]) -> NDArray[np.uint8]:
    channels = [
        np.asarray(Image.fromarray(picture[..., one]).resize((_SIZE, _SIZE), Image.Resampling.BOX), np.float32)
        for one in range(picture.shape[2])
    ]
    source = np.stack(channels, 2)
    row, column = np.mgrid[0:_SIZE, 0:_SIZE].astype(np.float32)
    row, column = np.clip(row + down, 0, _SIZE - 1.001), np.clip(column + across, 0, _SIZE - 1.001)
    top, left = row.astype(np.int32), column.astype(np.int32)
    below, right = (row - top)[..., None], (column - left)[..., None]
    upper = source[top, left] * (1 - right) + source[top, left + 1] * right
    lower = source[top + 1, left] * (1 - right) + source[top + 1, left + 1] * right
    return np.asarray(upper * (1 - below) + lower * below + 0.5, np.uint8)


def _painted(head: HeadModel, triangles: NDArray[np.int32], weight: NDArray[np.float32]) -> Image.Image:
    """`weight` [V] on the atlas."""
    picture = Image.new("L", (_SIZE, _SIZE))
    pen = ImageDraw.Draw(picture)
    places = head.uv * [1, -1] * _SIZE + [0, _SIZE]
    for triangle in triangles:
        value = float(weight[triangle].mean())
        if value > 0.02:
            pen.polygon([tuple(place) for place in places[triangle]], fill=int(255 * value))
    return picture
