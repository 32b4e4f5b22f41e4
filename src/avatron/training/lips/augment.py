"""What cameras, codecs and hands do to a picture of a mouth: done to drawn ones before the network sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatron.track.lips.crop import CROP_SIZE, MM_PER_PIXEL, crop_mouth
from avatron.training.degrade import DegradeConfig, crop_frame, degraded, moved_points
from avatron.training.lips.pictures import PICTURE_MM_PER_PIXEL, PICTURE_SIZE

__all__ = ["AugmentConfig", "augmented", "straight"]

Floats = NDArray[np.float32]

_MIRROR = np.array([(10 - place) % 20 for place in range(20)] + [20 + (10 - place) % 20 for place in range(20)])
"""Where each point of the contours comes from when the picture is mirrored."""
_SCALE = MM_PER_PIXEL / PICTURE_MM_PER_PIXEL


@dataclass(frozen=True)
class AugmentConfig:
    """How much is done to a picture."""

    shift_px: float = 2.5
    """Standard deviation of where the crop lies: landmarks err."""
    zoom: float = 0.06
    """Of the logarithm of its scale."""
    stretch: float = 0.04
    """Of the logarithm of its width against its height: pixels that are not square, heads that are turned."""
    turn_rad: float = 0.06
    """Of its turn."""
    degrade: DegradeConfig = field(default_factory=DegradeConfig)
    """What happens to the pixels."""


def augmented(
    picture: NDArray[np.uint8], points: Floats, random: np.random.Generator, config: AugmentConfig
) -> tuple[NDArray[np.uint8], Floats]:
    """(crop uint8 [72, 96, 3], points [N, 2] in its pixels) of a picture and its points."""
    mirrored = random.random() < 0.5
    scale = _SCALE * np.exp(random.normal(scale=config.zoom))
    wider = np.exp(random.normal(scale=config.stretch))
    angle = random.normal(scale=config.turn_rad)
    shift = random.normal(scale=config.shift_px, size=2)
    frame = crop_frame(CROP_SIZE, PICTURE_SIZE, (scale * wider, scale / wider), angle, shift, mirrored=mirrored)
    crop = _bytes(crop_mouth(picture, frame))
    moved = moved_points(points, frame)
    if mirrored:
        moved = moved[_MIRROR]
    return degraded(crop, random, config.degrade), moved.astype(np.float32)


def straight(picture: NDArray[np.uint8], points: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """(crop, points) as of landmarks that do not err, and nothing done to the picture."""
    frame = crop_frame(CROP_SIZE, PICTURE_SIZE, (_SCALE, _SCALE))
    return _bytes(crop_mouth(picture, frame)), moved_points(points, frame).astype(np.float32)


def _bytes(crop: Floats) -> NDArray[np.uint8]:
    return np.asarray(crop + 0.5, np.uint8)
