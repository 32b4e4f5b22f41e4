"""How a person looks in a clip: albedo on the head's atlas, light, and what of it follows the expression."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.track.photometric.light import HARMONICS
from avatron.track.photometric.window import halved

__all__ = ["Appearance", "RefinementReport"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class RefinementReport:
    """What refinement did to a clip; all of it on frames that had no say in albedo and light."""

    held_out_frames: int = 0
    psnr_before_db: float = float("nan")
    """Of the face's pixels, with the poses that the landmarks gave."""
    psnr_after_db: float = float("nan")
    """With the refined poses, the same albedo and light."""
    frames_kept: int = 0
    """Valid frames that stayed as the landmarks had them: it was not better explained, or touching lips parted."""
    seconds_per_frame: float = float("nan")
    """Processor time, everything included."""
    moved_mm: float = float("nan")
    """Median over frames of how far the middle of the face moved."""
    detail_db: float = 0.0
    """What the shape's own detail added; 0 where it was not kept."""
    wrinkle_db: float = 0.0
    """What wrinkles added; 0 where they were not kept."""


@dataclass(frozen=True, eq=False)
class Appearance:
    """How one person looks in one clip.

    The colour of a point is albedo(uv) + sum_k wrinkle_k(uv) weight_k(expression), times the light on its normal;
    sRGB values 0 .. 1 throughout.

    Raises:
        ShapeError: arrays of another shape.
    """

    albedo: Floats
    """[H, W, 3] sRGB 0 .. 1 on the head's atlas, rows from the top; filled in where it was not seen."""
    seen: Floats
    """[H, W] how often and how squarely a texel was seen, in frames; 0 where it is filled in."""
    light: Floats
    """[T, 9, 3] spherical harmonics of every frame, on normals in camera space."""
    wrinkles: Floats
    """[K, H', W', 3] what expressions add to the albedo; [0, 1, 1, 3] where that did not help."""
    wrinkle_weights: Floats
    """[K, E] each one's weights of `EXPRESSION_NAMES`; their sum is clipped to 0 .. 1."""
    report: RefinementReport = field(default_factory=RefinementReport)

    def __post_init__(self) -> None:
        kinds = len(self.wrinkles)
        for name, shape in (
            ("albedo", (None, None, 3)),
            ("seen", self.albedo.shape[:2]),
            ("light", (None, HARMONICS, 3)),
            ("wrinkles", (kinds, None, None, 3)),
            ("wrinkle_weights", (kinds, None)),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, np.float32))

    @property
    def pyramid(self) -> tuple[Floats, ...]:
        """The albedo, and its half."""
        return self.albedo, halved(self.albedo)
