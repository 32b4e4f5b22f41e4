"""Whether the face is drawn: a cartoon has areas without any texture, and skin never has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatron.track.report.face_points import SKIN, FaceColours
from avatron.track.report.finding import Finding

__all__ = ["DrawingConfig", "judge_drawing"]


@dataclass(frozen=True)
class DrawingConfig:
    """What counts as drawn."""

    flat_contrast: float = 0.002
    """Standard deviation of luma about a place, in parts of its mean: less than an encoder leaves on skin."""
    drawn_share: float = 0.2
    """Of the skin's places that are flat: 0.5 in flat drawings, none in nine films of people and of our avatars."""


def judge_drawing(faces: list[FaceColours], config: DrawingConfig) -> Finding:
    """Of what is seen about the landmarks in each picture. Drawings with shading and film grain pass for people."""
    contrast = np.stack([face.contrast[list(SKIN)] for face in faces])
    known = np.isfinite(contrast)
    flat = float((contrast[known] < config.flat_contrast).mean()) if known.any() else 0.0
    numbers = {"flat_share": flat}
    if flat >= config.drawn_share:
        return Finding(
            "drawing",
            "refuse",
            f"{flat:.0%} of the face is flat as in a drawing: a cartoon, not a person",
            "record a person",
            numbers,
        )
    return Finding("drawing", "good", "the face has the texture of skin", "", numbers)
