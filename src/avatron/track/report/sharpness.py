"""How sharp the face is: the width of its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.report.face_points import luma
from avatron.track.report.finding import Finding

__all__ = ["SharpnessConfig", "edge_blur", "eye_region", "judge_sharpness"]

_REGION = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 33, 263, 197)
"""Brows, eyes and the bridge of the nose: every face has edges there."""
_REBLUR_PX = 1.0
_DIFFERENCE_VARIANCE = 1 / 3
"""Square pixels: what the difference over two pixels adds to the width of an edge."""
_STRONGEST = 0.08
"""Share of the pixels that are edges."""


@dataclass(frozen=True)
class SharpnessConfig:
    """What edges must look like. Widths are standard deviations of a Gaussian."""

    good_blur: float = 0.022
    """Of the distance between the eyes: 1.4 pixels at 64."""
    largest_blur: float = 0.06
    """Lids and lips run together beyond it."""
    moving_factor: float = 1.7
    """A picture so much less sharp than the clip's median is blurred by motion or focus."""
    many_moving: float = 0.15
    """Share of such pictures that costs accuracy."""


def eye_region(picture: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """[h, w] luma about the eyes; empty where they lie outside of the picture."""
    points = landmarks[list(_REGION), :2]
    (left, top), (right, bottom) = points.min(0).astype(int), points.max(0).astype(int)
    region = picture[max(top - 2, 0) : max(bottom + 3, 0), max(left - 2, 0) : max(right + 3, 0)]
    return luma(region)


def edge_blur(region: NDArray[np.float32]) -> float:
    """Pixels: the standard deviation of the blur of the sharper edges in a picture [h, w]; NaN if there are none.

    An edge that is blurred once more by a known Gaussian loses gradient by a factor that tells how wide it was
    (Zhuo and Sim 2011, "Defocus map estimation from a single image").
    """
    if min(region.shape) < 8:
        return float("nan")
    gradient = _gradient(region)
    again = _gradient(_blurred(region, _REBLUR_PX))
    edges = gradient >= max(float(np.quantile(gradient, 1 - _STRONGEST)), 2.0)
    # Only the crests of edges: beside them, blurring raises the gradient.
    edges &= gradient > again
    if edges.sum() < 8:
        return float("nan")
    ratio = float(np.quantile(gradient[edges] / np.maximum(again[edges], 1e-6), 0.75))
    width = _REBLUR_PX**2 / max(ratio**2 - 1, 1e-3)
    return float(np.sqrt(max(width - _DIFFERENCE_VARIANCE, 0.05)))


def judge_sharpness(blurs: list[float], config: SharpnessConfig) -> Finding:
    """Of the widths of edges of the subject's face in each picture, in distances between the eyes."""
    known = np.array([blur for blur in blurs if np.isfinite(blur)])
    if not len(known):
        return Finding("sharpness", "not measured", "the face has no edges to measure")
    typical = float(np.median(known))
    moving = float((known > config.moving_factor * typical).mean())
    numbers = {"edge_blur_of_eye_distance": typical, "blurred_share": moving}
    says = f"edges of the face are {typical:.1%} of the distance between the eyes wide"
    if typical > config.largest_blur:
        return Finding(
            "sharpness",
            "refuse",
            f"{says}: lids and lips cannot be told apart",
            "clean the lens, focus on the eyes, and record with more light or a larger face",
            numbers,
        )
    if typical > config.good_blur:
        return Finding(
            "sharpness", "usable", f"{says}: soft", "focus on the eyes, add light, and let the face fill more", numbers
        )
    if moving > config.many_moving:
        return Finding(
            "sharpness",
            "usable",
            f"{says}, but {moving:.0%} of the pictures are blurred by motion or focus",
            "add light so that the shutter is shorter, and lock the focus",
            numbers,
        )
    return Finding("sharpness", "good", says, "", numbers)


def _gradient(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """[h - 2, w - 2] magnitude, levels per pixel."""
    across = (picture[1:-1, 2:] - picture[1:-1, :-2]) / 2
    down = (picture[2:, 1:-1] - picture[:-2, 1:-1]) / 2
    return np.asarray(np.hypot(across, down))


def _blurred(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """[h, w] through a Gaussian, the border going on outside."""
    radius = int(np.ceil(3 * sigma_px))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma_px) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (0, 1):
        padded = np.pad(picture, [(radius, radius) if axis == own else (0, 0) for own in (0, 1)], mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1, axis=axis)
        picture = windows @ weights
    return picture
