"""Strokes of a sculptor: small smooth moves of the face where the identity's modes cannot go.

The modes of a statistical head know the average old or lean face but no particular lid, jowl or tip of a nose. A stroke
moves everything near a place, by an amount that fades as a bell; strokes add up. They are laid down on the mean head,
so that a stroke means the same on everybody, and the sum is kept with the person as one displacement.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from avatar.head_target import HeadTarget

__all__ = ["Stroke", "curl_lashes", "displace", "enlarge_eyes"]

Floats = NDArray[np.float64]

RIGID_PARTS = ("eye_left", "eye_right", "teeth_upper", "teeth_lower", "gums", "tongue")
"""What no stroke bends."""

EYE_REACH_M = np.array([0.026, 0.020, 0.030])
"""How far the skin grows with an eye."""

LID_LINE_M = 0.0375
"""Strips of lashes that reach above this height belong to the upper lids."""

CLOTHED_BELOW_M = (-0.095, -0.120)
"""Strokes fade out between these heights: below, clothes are fitted."""


@dataclass(frozen=True)
class Stroke:
    """One move of the flesh; millimetres, on the mean head (x to the person's left, y up, z out of the face)."""

    at: tuple[float, float, float]
    """Middle of the bell."""
    move: tuple[float, float, float]
    """How far the middle goes."""
    reach: float | tuple[float, float, float] = 10.0
    """Standard deviation of the bell, one for all or along x, y and z."""
    mirrored: bool = True
    """Whether the other side of the face does the same."""
    below: float | None = None
    """Only what lies below this height moves, with a soft border of a millimetre and a half."""
    above: float | None = None
    """Only what lies above it."""


def displace(target: HeadTarget, strokes: Iterable[Stroke]) -> Floats:
    """Displacement [V, 3] (metres) of the head's vertices by all `strokes` together."""
    points = target.mean_m * 1000
    moved = np.zeros_like(points)
    for stroke in strokes:
        for side in (1.0, -1.0) if stroke.mirrored else (1.0,):
            sign = np.array([side, 1.0, 1.0])
            away = (points - np.array(stroke.at) * sign) / np.broadcast_to(np.asarray(stroke.reach, float), 3)
            weight = np.exp(-0.5 * (away * away).sum(1))
            if stroke.below is not None:
                weight *= _ramp((stroke.below - points[:, 1]) / 1.5)
            if stroke.above is not None:
                weight *= _ramp((points[:, 1] - stroke.above) / 1.5)
            moved += weight[:, None] * np.array(stroke.move) * sign
    moved[target.vertices_of(*RIGID_PARTS)] = 0
    high, low = CLOTHED_BELOW_M
    moved *= _ramp((points[:, 1] * 0.001 - low) / (high - low) * 2 - 1)[:, None]
    return np.asarray(moved * 0.001)


def enlarge_eyes(target: HeadTarget, share: float) -> Floats:
    """Displacement [V, 3] (metres) that makes both eyes larger by `share`, balls and lashes with the lids around them.

    A ball grows about its own middle, so that it turns as before; the skin follows less the further away it is.
    """
    moved = np.zeros_like(target.mean_m)
    bent = np.setdiff1d(np.arange(len(moved)), target.vertices_of(*RIGID_PARTS))
    for name in ("eye_left", "eye_right"):
        ball = target.vertices_of(name)
        low, high = target.mean_m[ball].min(0), target.mean_m[ball].max(0)
        # Only the front half of a ball is modelled: its back rim lies in the plane of its middle.
        middle = np.array([*(low + high)[:2] / 2, low[2]])
        moved[ball] = share * (target.mean_m[ball] - middle)
        away = target.mean_m[bent] - middle
        weight = np.exp(-0.5 * ((away / EYE_REACH_M) ** 4).sum(1))
        moved[bent] += share * weight[:, None] * away
    return moved


def curl_lashes(target: HeadTarget, upper_mm: float, lower_mm: float) -> Floats:
    """Displacement [V, 3] (metres) that bends the lashes' strips away from the eye; both millimetres at the tips.

    The head model's upper strips run straight out and hang; seen from the front they would hide behind the lid's edge.
    Strips that lie over each other are bent differently, so that their hairs do not line up.
    """
    triangles = target.triangles_of("lashes")
    corners = target.texture_coordinates[target.part == "lashes"]
    vertices, index = np.unique(triangles, return_inverse=True)
    index = index.reshape(triangles.shape)
    texture = np.zeros((len(vertices), 2))
    texture[index.ravel()] = corners.reshape(-1, 2)
    edges = np.concatenate([index[:, :2], index[:, 1:]])
    ones = np.ones(len(edges))
    count, strip = connected_components(coo_matrix((ones, tuple(edges.T)), shape=(len(vertices),) * 2), directed=False)
    moved = np.zeros_like(target.mean_m)
    for number in range(count):
        own = vertices[strip == number]
        along = texture[strip == number, 1]
        upper = target.mean_m[own, 1].max() > LID_LINE_M
        layer = int(texture[strip == number, 0].mean() * 3)
        amount = (upper_mm if upper else -lower_mm) * (0.75, 1.0, 1.25)[layer % 3]
        moved[own, 1] = 0.001 * amount * along**0.95
        moved[own, 2] = -0.00032 * abs(amount) * along**2
    return moved


def _ramp(position: Floats) -> Floats:
    """0 below -1, 1 above 1, smooth between."""
    share = np.clip(position * 0.5 + 0.5, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
