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
from avatron.native.photometric import VertexShapes

__all__ = ["LipContact", "LipGaps"]

_REACH_M = 0.004
_WIDTH_M = 0.0016
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


_SOON_M = 0.0015
"""Lips that are further apart than this part the rest of the way at a quarter of the price, and less."""
_LEAST_M = 0.0002
_READ_M = 0.0001
"""How exactly the fit knows lips that touch: it reads them from the pixels, too."""
_READ_SHARE = 0.4
"""How much less exactly it knows lips that are apart, relative to their gap."""
_HOLD = 12.0
"""How many independent things it knows that from."""


@dataclass(frozen=True, eq=False)
class LipGaps:
    """What lips have to pay for parting, and for leaving what the fit read of them.

    E = mean over three gaps g of price * g / (1 + g / g0) + ((g - start) / spread(start))^2 * strength / 2.
    """

    pairs: NDArray[np.int32]
    """[3, 2] upper and lower vertex."""
    slopes: NDArray[np.float64]
    """[3, P] metres of gap for each weight."""

    @staticmethod
    def of(model: HeadModel, shapes: VertexShapes) -> LipGaps:
        """Of a person's shapes."""
        slopes = np.zeros((len(model.lip_pairs), shapes.count))
        for row, (upper, lower) in enumerate(model.lip_pairs):
            for vertex, sign in ((upper, 1.0), (lower, -1.0)):
                rows = slice(int(shapes.starts[vertex]), int(shapes.starts[vertex + 1]))
                slopes[row, shapes.columns[rows]] += sign * shapes.deltas[rows, 1]
        return LipGaps(model.lip_pairs, slopes)

    def of_head(self, positions: NDArray[Any]) -> NDArray[np.float64]:
        """[3] the gaps of a head [V, 3] in camera space, metres; 0 where the lips are through each other."""
        between = (positions[self.pairs[:, 0]] - positions[self.pairs[:, 1]]).astype(np.float64)
        return np.asarray(np.linalg.norm(between, axis=1) * (between[:, 1] < 0))

    def cost(
        self, positions: NDArray[Any], start: NDArray[np.float64], price: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(curvature [P, P], gradient [P]) at a head [V, 3] in camera space; `price` is that of a
        millimetre, `start` [3] the fit's.

        The curvature is that of the parabola that lies on the price and above it (Lange et al. 2000, "Optimization
        transfer using surrogate objective functions"), so that a step never pays more.
        """
        gaps = self.of_head(positions)
        slope = price * 1000 / (1 + gaps / _SOON_M) ** 2 / len(gaps)
        curvature = slope / np.maximum(gaps, _LEAST_M)
        held = _HOLD / (_READ_M + _READ_SHARE * start) ** 2 / len(gaps)
        total = curvature + held
        return (self.slopes.T * total) @ self.slopes, self.slopes.T @ (slope + held * (gaps - start))
