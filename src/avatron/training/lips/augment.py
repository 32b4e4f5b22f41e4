"""What cameras, codecs and hands do to a picture of a mouth: done to drawn ones before the network sees them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.track.lips.crop import CROP_SIZE, MM_PER_PIXEL, crop_mouth
from avatron.training.lips.pictures import PICTURE_MM_PER_PIXEL, PICTURE_SIZE

__all__ = ["AugmentConfig", "augmented", "straight"]

Floats = NDArray[np.float32]

_MIRROR = np.array([(10 - place) % 20 for place in range(20)] + [20 + (10 - place) % 20 for place in range(20)])
"""Where each point of the contours comes from when the picture is mirrored."""


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
    coarse_share: float = 0.6
    """How many are seen by a camera with fewer pixels, down to ..."""
    coarsest: float = 0.35
    """... this share of the crop's own."""
    compressed_share: float = 0.6
    """How many go through a lossy codec ..."""
    lowest_quality: int = 18
    """... of at least this quality."""
    covered_share: float = 0.06
    """How many are in part behind something."""


def augmented(
    picture: NDArray[np.uint8], points: Floats, random: np.random.Generator, config: AugmentConfig
) -> tuple[NDArray[np.uint8], Floats]:
    """(crop uint8 [72, 96, 3], points [N, 2] in its pixels) of a picture and its points."""
    mirrored = random.random() < 0.5
    scale = MM_PER_PIXEL / PICTURE_MM_PER_PIXEL * np.exp(random.normal(scale=config.zoom))
    wider = np.exp(random.normal(scale=config.stretch))
    angle = random.normal(scale=config.turn_rad)
    shift = random.normal(scale=config.shift_px, size=2)
    frame = _frame(scale * wider, scale / wider, angle, shift, mirrored)
    crop = _bytes(crop_mouth(picture, frame))
    moved = (points - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T
    if mirrored:
        moved = moved[_MIRROR]
    crop = _coloured(crop, random)
    if random.random() < config.covered_share:
        crop = _covered(crop, random)
    if random.random() < config.coarse_share:
        crop = _coarse(crop, random, config)
    crop = _noisy(crop, random)
    if random.random() < config.compressed_share:
        crop = _compressed(crop, random, config)
    return crop, moved.astype(np.float32)


def straight(picture: NDArray[np.uint8], points: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """(crop, points) as of landmarks that do not err, and nothing done to the picture."""
    scale = MM_PER_PIXEL / PICTURE_MM_PER_PIXEL
    frame = _frame(scale, scale, 0.0, np.zeros(2), False)
    return _bytes(crop_mouth(picture, frame)), ((points - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T).astype(
        np.float32
    )


def _frame(across: float, down: float, angle: float, shift: NDArray[Any], mirrored: bool) -> NDArray[np.float64]:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([-across if mirrored else across, down])
    middle = np.array(PICTURE_SIZE) / 2 + shift
    return np.column_stack([linear, middle - linear @ np.array(CROP_SIZE) / 2])


def _bytes(crop: Floats) -> NDArray[np.uint8]:
    return np.asarray(crop + 0.5, np.uint8)


def _coloured(crop: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    level = np.arange(256) / 255
    tables = []
    gamma, contrast, offset = (
        np.exp(random.normal(scale=0.25)),
        np.exp(random.normal(scale=0.2)),
        random.normal(scale=0.06),
    )
    cast = np.exp(random.normal(scale=0.08, size=3))
    for gain in cast:
        tables.append(((level * gain) ** gamma - 0.45) * contrast + 0.45 + offset)
    table = np.clip(np.stack(tables) * 255, 0, 255).astype(np.float32)
    coloured = np.empty(crop.shape, np.float32)
    for channel in range(3):
        coloured[..., channel] = table[channel][crop[..., channel]]
    saturation = random.uniform(0.2, 1.5)
    mixed = saturation * np.eye(3, dtype=np.float32) + np.float32((1 - saturation) / 3)
    return np.asarray(np.clip(coloured @ mixed, 0, 255), np.uint8)


def _covered(crop: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    width, height = CROP_SIZE
    middle = np.array([width, height]) * random.uniform(-0.1, 1.1, size=2)
    angle, half = random.uniform(0, np.pi), random.uniform(4, 22)
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    across = (column - middle[0]) * np.sin(angle) - (row - middle[1]) * np.cos(angle)
    along = (column - middle[0]) * np.cos(angle) + (row - middle[1]) * np.sin(angle)
    inside = (np.abs(across) < half) & (along > random.uniform(-10, 25))
    return np.where(inside[..., None], random.integers(0, 255, size=3, dtype=np.uint8), crop)


def _coarse(crop: NDArray[np.uint8], random: np.random.Generator, config: AugmentConfig) -> NDArray[np.uint8]:
    share = np.exp(random.uniform(np.log(config.coarsest), 0))
    width, height = (max(8, round(side * share)) for side in CROP_SIZE)
    small = Image.fromarray(crop).resize(
        (width, height), random.choice([Image.Resampling.BOX, Image.Resampling.BICUBIC])
    )
    way = random.choice([Image.Resampling.BILINEAR, Image.Resampling.BICUBIC])
    return np.asarray(small.resize(CROP_SIZE, way))


def _noisy(crop: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    strength = random.exponential(3.0)
    if strength < 0.5:
        return crop
    noise = _some_noise(random)
    if random.random() < 0.5:
        noise = noise + 0.7 * np.stack([_some_noise(random)[..., 0] for _ in range(3)], 2)
    return np.asarray(np.clip(crop + np.float32(strength) * noise, 0, 255), np.uint8)


@cache
def _noise() -> Floats:
    """More noise than a crop needs: drawing it anew took half of the time of a picture."""
    return np.random.default_rng(0).standard_normal((8 * CROP_SIZE[1], 8 * CROP_SIZE[0], 1), np.float32)


def _some_noise(random: np.random.Generator) -> Floats:
    down, across = random.integers(0, 7 * CROP_SIZE[1]), random.integers(0, 7 * CROP_SIZE[0])
    return _noise()[down : down + CROP_SIZE[1], across : across + CROP_SIZE[0]]


def _compressed(crop: NDArray[np.uint8], random: np.random.Generator, config: AugmentConfig) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    # The codec's blocks lie anywhere on the mouth, as they do in a film.
    start = random.integers(0, 8, size=2)
    rolled = np.pad(crop, ((start[0], 0), (start[1], 0), (0, 0)), mode="edge")
    Image.fromarray(rolled).save(stream, "JPEG", quality=int(random.integers(config.lowest_quality, 90)))
    return np.asarray(Image.open(stream).convert("RGB"))[start[0] :, start[1] :]
