"""The dark line between lips that touch: light does not reach where they meet.

Without it a picture of closed lips is best explained by lips that are a little open, for the mouth's inside is dark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.face.lip_sides import lip_rims

__all__ = ["LipContact"]

_REACH_M = 0.004
_WIDTH_M = 0.0012
"""Half width of the line on the lips."""
_GAP_M = 0.0008
"""Lips that are this far apart let two thirds of the light in again."""
_DARKNESS = 0.5
"""Of the light that is missing at the middle of the line."""


@dataclass(frozen=True, eq=False)
class LipContact:
    """What of the lips is near the line where they meet."""

    vertices: NDArray[np.int64]
    """[M]"""
    upper: NDArray[np.int64]
    """[M] the rims' vertices that lie beside each of them: their distance says whether lips touch there."""
    lower: NDArray[np.int64]
    """[M]"""
    share: NDArray[np.float32]
    """[M] of the darkness, 0 .. 1: 1 on the rim."""

    @staticmethod
    def of(model: HeadModel, lips: NDArray[Any]) -> LipContact:
        """Of a head with `lips` [V] > 0."""
        upper, lower = lip_rims(model.contours["lips_inner"], model.neutral)
        rims = np.concatenate([upper, lower])
        rows = np.flatnonzero(lips > 0)
        # A vertex belongs to the rim that is nearest, and looks across from there.
        distance = np.linalg.norm(model.neutral[rows, None] - model.neutral[rims][None], axis=2)
        near = distance.min(1) < _REACH_M
        rows, distance = rows[near], distance[near]
        across = model.neutral[rims[distance.argmin(1)], 0]
        beside = [
            rim[np.abs(model.neutral[rim, 0][None] - across[:, None]).argmin(1)].astype(np.int64)
            for rim in (upper, lower)
        ]
        share = np.exp(-((distance.min(1) / _WIDTH_M) ** 2)).astype(np.float32)
        return LipContact(rows, beside[0], beside[1], share)

    def light(self, positions: NDArray[Any]) -> NDArray[np.float32]:
        """[M] the part of the light that reaches `vertices` of a head [V, 3], metres."""
        gap = np.linalg.norm(positions[self.upper] - positions[self.lower], axis=1)
        return np.asarray(1 - _DARKNESS * self.share * np.exp(-((gap / _GAP_M) ** 2)), np.float32)
