"""How the face is lit: too dark, blown out, from one side, or with light that changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.report.face_points import SKIN, luma
from avatron.track.report.finding import Finding

__all__ = ["ExposureConfig", "SkinLight", "judge_exposure", "skin_light"]

_RIGHT_HALF = (50, 101, 36, 205, 187, 123, 116, 117, 118, 69, 108, 104)
_LEFT_HALF = (280, 330, 266, 425, 411, 352, 345, 346, 347, 299, 337, 333)
"""Cheeks and forehead, mirror images of each other; the person's right first."""


@dataclass(frozen=True)
class ExposureConfig:
    """What light must be. Luma and colours are sRGB, 0 .. 255."""

    dark: float = 45.0
    """Median luma of skin below which noise takes over; well exposed dark skin lies above."""
    too_dark: float = 18.0
    bright: float = 225.0
    blown_level: float = 250.0
    """A channel from here on has lost its detail."""
    much_blown: float = 0.08
    """Share of the skin."""
    too_much_blown: float = 0.35
    one_sided: float = 2.2
    """Luma of one half of the face over the other's."""
    changing: float = 0.35
    """Spread of the brightness over the clip, part of its median."""


@dataclass(frozen=True)
class SkinLight:
    """The light on a face in one picture."""

    median: float
    """Luma of the skin, 0 .. 255."""
    blown: float
    """Share of the skin with a channel that is full."""
    black: float
    """Share of the skin that is next to black."""
    side_ratio: float
    """Luma of the brighter half over the darker one's, at least 1."""


def skin_light(colours: NDArray[np.float32], config: ExposureConfig) -> SkinLight:
    """Of the colours [478, 3] at the landmarks."""
    skin = colours[list(SKIN)]
    skin = skin[np.isfinite(skin).all(1)]
    if not len(skin):
        return SkinLight(0.0, 0.0, 1.0, 1.0)
    halves = [_brightness(colours[list(half)]) for half in (_RIGHT_HALF, _LEFT_HALF)]
    darker, brighter = sorted(max(half, 1.0) for half in halves)
    return SkinLight(
        median=float(np.median(luma(skin))),
        blown=float((skin.max(1) >= config.blown_level).mean()),
        black=float((luma(skin) < config.too_dark / 2).mean()),
        side_ratio=brighter / darker if np.isfinite([darker, brighter]).all() else 1.0,
    )


def _brightness(colours: NDArray[np.float32]) -> float:
    """Median luma of the colours [N, 3] that are known."""
    known = colours[np.isfinite(colours).all(1)]
    return float(np.median(luma(known))) if len(known) else float("nan")


def judge_exposure(lights: list[SkinLight], config: ExposureConfig) -> Finding:
    """Of the light on the subject in each picture."""
    medians = np.array([light.median for light in lights])
    typical, spread = float(np.median(medians)), float(np.ptp(np.percentile(medians, [5, 95])))
    blown = float(np.median([light.blown for light in lights]))
    ratio = float(np.median([light.side_ratio for light in lights]))
    numbers = {
        "skin_luma": typical,
        "blown_share": blown,
        "side_ratio": ratio,
        "brightness_spread": spread / max(typical, 1.0),
    }
    faults, advice = [], []
    if typical < config.dark:
        faults.append(f"dark (skin at {typical:.0f} of 255)")
        advice.append("put a lamp or a window before the face, not behind it")
    if typical > config.bright or blown > config.much_blown:
        faults.append(f"blown out ({blown:.0%} of the skin without detail)")
        advice.append("lower the exposure until no skin is white, or move the lamp away")
    if ratio > config.one_sided:
        faults.append(f"lit from one side ({ratio:.1f} to 1)")
        advice.append("light both sides of the face")
    if spread > config.changing * max(typical, 1.0):
        faults.append(f"light that changes by {spread / max(typical, 1.0):.0%}")
        advice.append("lock the exposure, and avoid screens and passing clouds")
    if not faults:
        return Finding("exposure", "good", f"skin at {typical:.0f} of 255, evenly lit", "", numbers)
    hopeless = typical < config.too_dark or blown > config.too_much_blown
    return Finding("exposure", "refuse" if hopeless else "usable", ", ".join(faults), "; ".join(advice), numbers)
