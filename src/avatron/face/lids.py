"""Eyelids that rest on the eyeballs of any person and close over them in a blink.

Blend shapes know neither: their straight paths cut into the ball, and a blink that closes the mean head's eyes leaves
others' a little open. Both are mended per person, the first also in every frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EyeLids", "closing_share"]

Floats = NDArray[np.float32]

SKIN_THICKNESS = 0.035
"""How far lids stay off the ball, as a share of its radius (0.4 mm), where the mean head gives them that much."""
OVERLAP_M = 0.0006
"""How far the upper lid passes the lower in a blink, so that no view finds a slit."""
LEAST_TRAVEL_M = 0.003
"""Where the upper lid falls less than this, near the corners, its share is taken from beside."""
LARGEST_SHARE = 0.8
"""A blink is never stretched by more than this."""


@dataclass(frozen=True, eq=False)
class EyeLids:
    """The vertices around one person's eye that must not enter its ball."""

    vertices: NDArray[np.int64]
    """[N]."""
    centre: Floats
    """[3] metres."""
    least_distance: Floats
    """[N] metres from the centre."""

    @staticmethod
    def of(
        vertices: NDArray[np.int64],
        mean: tuple[Floats, Floats, float],
        person: tuple[Floats, float],
    ) -> EyeLids:
        """Lids of a person from the mean head's (places [N, 3], centre, radius) and the person's (centre, radius).

        A vertex that lies deeper on the mean head, hidden behind the lid's rim, may lie as deep on everybody's.
        """
        places, centre, radius = mean
        depth = np.linalg.norm(places - centre, axis=1) / radius
        least = np.minimum(depth, 1 + SKIN_THICKNESS) * person[1]
        return EyeLids(vertices, person[0].astype(np.float32), least.astype(np.float32))

    def lift(self, shaped: Floats) -> None:
        """Push the lids of `shaped` [V, 3] out of the ball, in place."""
        away = shaped[self.vertices] - self.centre
        distance = np.sqrt(np.einsum("nc,nc->n", away, away))
        inside = np.flatnonzero(distance < self.least_distance)
        if len(inside):
            grown = self.least_distance[inside] / distance[inside]
            shaped[self.vertices[inside]] = self.centre + away[inside] * grown[:, None]


def closing_share(
    rest: Floats, blink: Floats, contours: Mapping[str, NDArray[np.int32]], side: str, moved: NDArray[np.int64]
) -> Floats:
    """[N] factor on the blink of `moved` [N] that makes the lids of a person meet; 1 on what does not fall.

    `rest` [V, 3] is the person, `blink` [V, 3] the shape at weight 1, `contours` the rims `lid_upper_SIDE` and
    `lid_lower_SIDE` of `HeadModel.contours`. The upper lid is stretched by what is missing between the rims at its
    place across the eye, over how far it falls there.
    """
    upper, lower = contours[f"lid_upper_{side}"], contours[f"lid_lower_{side}"]
    closed_upper, closed_lower = rest[upper] + blink[upper], rest[lower] + blink[lower]
    missing = closed_upper[:, 1] - _height(closed_lower, closed_upper[:, 0]) + OVERLAP_M
    travel = -blink[upper, 1]
    open_enough = travel > LEAST_TRAVEL_M
    if not open_enough.any():
        return np.ones(len(moved), np.float32)
    order = np.argsort(rest[upper[open_enough], 0])
    share = np.clip(missing[open_enough] / travel[open_enough], 0.0, LARGEST_SHARE)[order]
    # A rim of single vertices is uneven: three neighbours speak for each, and the widest of them counts.
    padded = np.pad(share, 1, mode="edge")
    share = np.maximum.reduce([padded[:-2], padded[1:-1], padded[2:]])
    across = np.interp(rest[moved, 0], rest[upper[open_enough], 0][order], share)
    falls = np.clip(-blink[moved, 1] / LEAST_TRAVEL_M, 0, 1)
    return np.asarray(1 + across * falls, np.float32)


def _height(rim: NDArray[Any], across: NDArray[Any]) -> NDArray[Any]:
    order = np.argsort(rim[:, 0])
    return np.asarray(np.interp(across, rim[order, 0], rim[order, 1]))
