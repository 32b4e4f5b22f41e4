"""Lips that meet exactly, on a head whose own shapes leave them 0.8 mm apart or drive them through each other.

The rims of both lips are compared along the mouth in every frame. Where they overlap, each gives way by half; a `seal`
of 1 brings them together, so a closure of the films is one within a twentieth of a millimetre, whatever the expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.evaluation.tracking.synthetic.source import MULTI_PIE, SourceHead

__all__ = ["LipSeal", "lip_gaps_mm"]

Floats = NDArray[np.float32]

_REACH_M = 0.007
"""How far from the rim flesh follows it: one standard deviation of the falloff."""
_PAIRS = ((61, 67), (62, 66), (63, 65))
"""Landmarks of the inner lips that meet: right, middle, left."""
_PLACES = 61
"""Places along the mouth at which the rims are compared."""


def lip_gaps_mm(vertices: NDArray[Any]) -> NDArray[np.float64]:
    """[..., 3] how far the inner lips of `vertices` [..., V, 3] (head frame) are apart, right, middle, left."""
    upper, lower = (vertices[..., [MULTI_PIE[pair[row]] for pair in _PAIRS], 1] for row in (0, 1))
    return np.asarray((upper - lower) * 1000.0, np.float64)


@dataclass(frozen=True, eq=False)
class LipSeal:
    """Which vertices follow which place of which rim, measured once on the neutral head."""

    upper: NDArray[np.int64]
    """Vertices of the upper rim, from the right corner to the left."""
    lower: NDArray[np.int64]
    upper_place: NDArray[np.float64]
    """Share of the way from the right corner to the left at which each of `upper` lies, rising."""
    lower_place: NDArray[np.float64]
    flesh: NDArray[np.int64]
    """[N] vertices that follow."""
    flesh_place: NDArray[np.float64]
    """[N]."""
    flesh_share: NDArray[np.float64]
    """[N] -1 .. 1: how much of half the gap it takes; negative moves with the upper rim (down)."""

    @staticmethod
    def of(head: SourceHead) -> LipSeal:
        """Measured on the neutral head."""
        upper, lower = head.lip_rims
        rest = head.neutral.astype(np.float64)
        left, right = rest[upper[-1], 0], rest[upper[0], 0]
        places = [np.maximum.accumulate((rest[rim, 0] - right) / (left - right)) for rim in (upper, lower)]
        candidates = np.unique(head.part("M_Face").triangles)
        middle = 0.5 * (rest[upper].mean(0) + rest[lower].mean(0))
        candidates = candidates[np.linalg.norm(rest[candidates] - middle, axis=1) < 0.06]
        points = rest[candidates]
        distances = [np.linalg.norm(points[:, None] - rest[rim][None], axis=2) for rim in (upper, lower)]
        place = np.clip((points[:, 0] - right) / (left - right), 0, 1)
        rim_y = [np.interp(place, along, rest[rim, 1]) for along, rim in zip(places, (upper, lower), strict=True)]
        is_upper = points[:, 1] >= 0.5 * (rim_y[0] + rim_y[1])
        distance = np.where(is_upper, distances[0].min(1), distances[1].min(1))
        share = np.exp(-0.5 * (distance / _REACH_M) ** 2)
        keep = share > 0.01
        signed = np.where(is_upper, -share, share)
        for rim, sign in ((upper, -1.0), (lower, 1.0)):
            rows = np.isin(candidates, rim)
            signed[rows] = sign
        return LipSeal(upper, lower, places[0], places[1], candidates[keep], place[keep], signed[keep])

    def closed(self, vertices: Floats, seal: float) -> Floats:
        """[V, 3] the lips of `vertices` [V, 3] (head frame, metres) apart nowhere less than touching, and brought
        together by `seal` 0 .. 1."""
        places = np.linspace(0, 1, _PLACES)
        rims = [
            np.stack([np.interp(places, along, vertices[rim, axis]) for axis in (1, 2)], 1)
            for along, rim in ((self.upper_place, self.upper), (self.lower_place, self.lower))
        ]
        gap = rims[0] - rims[1]
        wanted = (1 - seal) * np.maximum(gap[:, 0], 0)
        lift = 0.5 * (gap[:, 0] - wanted)
        # Lips that meet also meet in depth.
        meet = 0.5 * gap[:, 1] * np.where(gap[:, 0] < 0, 1.0, seal)
        result = vertices.copy()
        result[self.flesh, 1] += np.interp(self.flesh_place, places, lift) * self.flesh_share
        result[self.flesh, 2] += np.interp(self.flesh_place, places, meet) * self.flesh_share
        return result
