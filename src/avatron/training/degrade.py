"""What cameras, codecs and hands do to a picture: done to drawn ones before a network sees them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["DegradeConfig", "crop_frame", "degraded", "moved_points"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_NOISE_SIDE = 640


@dataclass(frozen=True)
class DegradeConfig:
    """How much is done to a picture."""

    gamma: float = 0.25
    """Standard deviation of the logarithm of its gamma ..."""
    contrast: float = 0.2
    """... of its contrast ..."""
    cast: float = 0.08
    """... and of each channel's gain."""
    offset: float = 0.06
    """Standard deviation of what is added to all levels, 0 .. 1."""
    noise: float = 3.0
    """Mean strength, of 255."""
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


def crop_frame(
    size: tuple[int, int],
    picture_size: tuple[int, int],
    scale: tuple[float, float],
    angle: float = 0.0,
    shift: NDArray[Any] | tuple[float, float] = (0.0, 0.0),
    *,
    mirrored: bool = False,
) -> NDArray[np.float64]:
    """[2, 3] what takes pixels of a crop of `size` (width, height) to those of a picture of `picture_size`, whose
    middle it shows but for `shift` px; `scale` (across, down) is picture pixels for one of the crop."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([-scale[0] if mirrored else scale[0], scale[1]])
    middle = np.array(picture_size) / 2 + np.asarray(shift)
    return np.column_stack([linear, middle - linear @ np.array(size) / 2])


def moved_points(points: NDArray[Any], frame: NDArray[Any]) -> NDArray[np.float64]:
    """[N, 2] pixels of the crop of `frame` [2, 3], of `points` [N, 2] of the picture."""
    return np.asarray((points - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T)


def degraded(crop: Bytes, random: np.random.Generator, config: DegradeConfig) -> Bytes:
    """`crop` [H, W, 3] as a poor camera, codec and hand would have left it."""
    crop = _coloured(crop, random, config)
    if random.random() < config.covered_share:
        crop = _covered(crop, random)
    if random.random() < config.coarse_share:
        crop = _coarse(crop, random, config)
    crop = _noisy(crop, random, config)
    if random.random() < config.compressed_share:
        crop = _compressed(crop, random, config)
    return crop


def _coloured(crop: Bytes, random: np.random.Generator, config: DegradeConfig) -> Bytes:
    level = np.arange(256) / 255
    gamma, contrast = np.exp(random.normal(scale=config.gamma)), np.exp(random.normal(scale=config.contrast))
    offset = random.normal(scale=config.offset)
    coloured = np.empty(crop.shape, np.float32)
    for channel, gain in enumerate(np.exp(random.normal(scale=config.cast, size=3))):
        table = ((level * gain) ** gamma - 0.45) * contrast + 0.45 + offset
        coloured[..., channel] = np.clip(255 * table, 0, 255).astype(np.float32)[crop[..., channel]]
    saturation = random.uniform(0.2, 1.5)
    mixed = saturation * np.eye(3, dtype=np.float32) + np.float32((1 - saturation) / 3)
    return np.asarray(np.clip(coloured @ mixed, 0, 255), np.uint8)


def _covered(crop: Bytes, random: np.random.Generator) -> Bytes:
    height, width = crop.shape[:2]
    middle = np.array([width, height]) * random.uniform(-0.1, 1.1, size=2)
    angle, half = random.uniform(0, np.pi), width * random.uniform(0.04, 0.23)
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    across = (column - middle[0]) * np.sin(angle) - (row - middle[1]) * np.cos(angle)
    along = (column - middle[0]) * np.cos(angle) + (row - middle[1]) * np.sin(angle)
    inside = (np.abs(across) < half) & (along > width * random.uniform(-0.1, 0.26))
    return np.where(inside[..., None], random.integers(0, 255, size=3, dtype=np.uint8), crop)


def _coarse(crop: Bytes, random: np.random.Generator, config: DegradeConfig) -> Bytes:
    share = np.exp(random.uniform(np.log(config.coarsest), 0))
    size = crop.shape[1], crop.shape[0]
    width, height = (max(8, round(side * share)) for side in size)
    small = Image.fromarray(crop).resize(
        (width, height), random.choice([Image.Resampling.BOX, Image.Resampling.BICUBIC])
    )
    way = random.choice([Image.Resampling.BILINEAR, Image.Resampling.BICUBIC])
    return np.asarray(small.resize(size, way))


def _noisy(crop: Bytes, random: np.random.Generator, config: DegradeConfig) -> Bytes:
    strength = random.exponential(config.noise)
    if strength < 0.5:
        return crop
    noise = _some_noise(random, crop.shape)
    if random.random() < 0.5:
        coloured = np.concatenate([_some_noise(random, crop.shape) for _ in range(3)], 2)
        noise = np.asarray(noise + 0.7 * coloured, np.float32)
    return np.asarray(np.clip(crop + np.float32(strength) * noise, 0, 255), np.uint8)


@cache
def _noise() -> Floats:
    """More noise than a crop needs: drawing it anew took half of the time of a picture."""
    return np.random.default_rng(0).standard_normal((_NOISE_SIDE, _NOISE_SIDE, 1), np.float32)


def _some_noise(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    down, across = random.integers(0, _NOISE_SIDE - shape[0]), random.integers(0, _NOISE_SIDE - shape[1])
    return _noise()[down : down + shape[0], across : across + shape[1]]


def _compressed(crop: Bytes, random: np.random.Generator, config: DegradeConfig) -> Bytes:
    stream = io.BytesIO()
    # The codec's blocks lie anywhere on the face, as they do in a film.
    start = random.integers(0, 8, size=2)
    rolled = np.pad(crop, ((start[0], 0), (start[1], 0), (0, 0)), mode="edge")
    Image.fromarray(rolled).save(stream, "JPEG", quality=int(random.integers(config.lowest_quality, 90)))
    return np.asarray(Image.open(stream).convert("RGB"))[start[0] :, start[1] :]
