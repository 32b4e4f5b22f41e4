"""Tongue poses that the source does not have: out, and for L, TH, N and K.

The tongue is bent along its length: s = 0 at the root, 1 at the tip. Each pose lifts, pushes, widens or thins it by
smooth functions of s. The jaw carries the whole tongue besides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["POSES", "TonguePose", "tongue_deltas"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TonguePose:
    """A pose at weight 1, in millimetres."""

    forward_mm: float = 0.0
    """Push of the tip; the root stays."""
    tip_up_mm: float = 0.0
    """Lift of the last third."""
    middle_up_mm: float = 0.0
    """Lift of all before the back: over the lower teeth and lip."""
    back_up_mm: float = 0.0
    """Lift of the back."""
    tip_down_mm: float = 0.0
    """Droop of what is outside of the mouth."""
    widen: float = 0.0
    """Share by which the front grows wider."""
    flatten: float = 0.0
    """Share by which the front grows thinner."""


POSES: dict[str, TonguePose] = {
    "tongueOut": TonguePose(forward_mm=30.0, middle_up_mm=13.0, tip_down_mm=12.0, flatten=0.45),
    "tongueL": TonguePose(forward_mm=4.0, tip_up_mm=9.0, widen=-0.18, flatten=0.15),
    "tongueTH": TonguePose(forward_mm=17.0, tip_up_mm=8.0, flatten=0.40),
    "tongueN": TonguePose(forward_mm=2.5, tip_up_mm=8.0, widen=-0.04, flatten=0.10),
    "tongueK": TonguePose(forward_mm=-3.0, back_up_mm=9.0),
}


def tongue_deltas(points: Floats) -> dict[str, Floats]:
    """Name to [N, 3] displacement in metres of the tongue's `points` [N, 3]."""
    z = points[:, 2]
    along = (z - z.min()) / (z.max() - z.min())
    top = np.array([points[np.abs(along - s) < 0.08, 1].max() for s in along])
    bottom = np.array([points[np.abs(along - s) < 0.08, 1].min() for s in along])
    middle = 0.5 * (top + bottom)
    front = _smooth((along - 0.35) / 0.65)
    tip = _smooth((along - 0.55) / 0.45)
    fore = _smooth((along - 0.2) / 0.4)
    back = np.exp(-(((along - 0.32) / 0.22) ** 2))
    stretch = _smooth((along - 0.15) / 0.85)
    deltas = {}
    for name, pose in POSES.items():
        delta = np.zeros_like(points)
        delta[:, 2] = pose.forward_mm * stretch - 0.35 * max(pose.tip_up_mm, 0) * tip**2
        outside = _smooth((along - 0.6) / 0.4) ** 2
        delta[:, 1] = pose.tip_up_mm * tip + pose.middle_up_mm * fore + pose.back_up_mm * back
        delta[:, 1] -= pose.tip_down_mm * outside
        delta *= 1e-3
        delta[:, 0] += pose.widen * front * points[:, 0]
        delta[:, 1] -= pose.flatten * front * (points[:, 1] - middle)
        deltas[name] = delta
    return deltas


def _smooth(value: Floats) -> Floats:
    clipped = np.clip(value, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped))
