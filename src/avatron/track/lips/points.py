"""The points of the lips that the network sees and the head model has: twenty about each of its two contours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.face.lip_sides import lip_rims

__all__ = ["CONTOUR_POINTS", "LIP_POINTS", "LipPoints"]

CONTOUR_POINTS = 20
"""About each contour: from the right corner of the mouth over the upper lip to the left, and back over the lower."""
LIP_POINTS = 2 * CONTOUR_POINTS
"""Outer contour first."""


@dataclass(frozen=True, eq=False)
class LipPoints:
    """Places on the contours `lips_outer` and `lips_inner` of a head, as shares of two vertices each.

    They are equally far from each other on the mean head, and stay on their vertices whatever the face does.
    """

    vertices: NDArray[np.int64]
    """[LIP_POINTS, 2]."""
    shares: NDArray[np.float64]
    """[LIP_POINTS, 2] rows sum to 1."""

    @staticmethod
    def of(head: HeadModel) -> LipPoints:
        """The points of `head`."""
        vertices, shares = [], []
        for name in ("lips_outer", "lips_inner"):
            upper, lower = lip_rims(head.contours[name], head.neutral)
            half = CONTOUR_POINTS // 2
            for rim in (upper, lower[::-1]):
                # Each half begins with its corner and leaves the other corner to the other half.
                pairs, parts = _equally(rim, head.neutral, half)
                vertices.append(pairs)
                shares.append(parts)
        return LipPoints(np.concatenate(vertices), np.concatenate(shares))

    def places(self, vertices: NDArray[Any]) -> NDArray[Any]:
        """[..., LIP_POINTS, D] of `vertices` [..., V, D]."""
        return np.asarray(np.einsum("ls,...lsd->...ld", self.shares, vertices[..., self.vertices, :]))


def _equally(
    rim: NDArray[np.int64], neutral: NDArray[Any], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """`count` equal steps along `rim` [C], without its end."""
    lengths = np.linalg.norm(np.diff(neutral[rim].astype(np.float64), axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.arange(count) / count * along[-1]
    edge = np.minimum(np.searchsorted(along, wanted, side="right") - 1, len(lengths) - 1)
    share = (wanted - along[edge]) / lengths[edge]
    return np.stack([rim[edge], rim[edge + 1]], 1), np.stack([1 - share, share], 1)
