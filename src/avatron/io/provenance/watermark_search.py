"""Looks for a watermark in pictures that may have been encoded anew, scaled and cropped.

What is common to all pictures of a film is averaged, what is filmed is taken away as far as it is smooth or strong, and
what is left is laid tile upon tile for each size that the tiles may have. Where the pilot waves agree on a place, the
message is read, and counts only if its checksum holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.io.provenance.watermark_code import CODE_BITS, decode
from avatron.io.provenance.watermark_pattern import TILE, carriers, tile_side

__all__ = ["LEAST_CERTAINTY", "WatermarkReading", "find_watermark", "mean_luminance"]

LEAST_CERTAINTY = 4.5
"""Standard deviations by which the pilots must agree better than by chance."""
_SMALLEST_TILE, _LARGEST_TILE = 0.7, 1.7
"""Sides that are searched, relative to what a picture of this size would be marked with: it may have been cropped."""
_STEP = 0.01
"""Of the natural log of the side: half of it turns the shortest wave by 40 degrees at the edge of what is searched."""
_CANDIDATES = 5
_WINDOW = 13
"""Pixels, where a tile has `TILE`, over which what is filmed counts as smooth, and as equally strong."""
_QUIET = 0.2
"""Levels that are added to the local strength, so that a flat wall is not all noise."""
_WINDOW_STEP = 1.25


@dataclass(frozen=True)
class WatermarkReading:
    """A watermark that was found."""

    payload: int
    """The 40 bits that stand for a replica."""
    certainty: float
    """Standard deviations by which the pilot waves agree better than by chance."""
    tile_px: float
    """Side of a tile in the picture; it was a quarter of the shorter side when it was marked."""


def mean_luminance(images: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """[H, W] the mean over pictures [H, W, 3 or 4] of the luminance, 0 .. 255."""
    total: NDArray[np.float32] | None = None
    count = 0
    for image in images:
        luminance = image[..., :3].astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        total = luminance if total is None else total + luminance
        count += 1
    assert total is not None, "at least one picture"
    return np.asarray(total / count, np.float32)


def find_watermark(luminance: NDArray[np.float32]) -> WatermarkReading | None:
    """The watermark in the mean luminance [H, W] of a film or a picture; None where none is found.

    A picture as it was marked, or scaled, is tried first; then what is left of a larger one.
    """
    residuals = _Residuals(luminance)
    expected = tile_side(*luminance.shape) if min(luminance.shape) >= TILE else min(luminance.shape) / 4
    if expected < 16:
        return None
    # Most files are as they were made.
    if (found := _read(residuals, expected)) is not None:
        return found
    tiles = expected * np.exp(np.arange(np.log(_SMALLEST_TILE), np.log(_LARGEST_TILE), _STEP))
    tried = sorted(((_pilots(residuals.spectrum(side))[0], side) for side in tiles), reverse=True)
    for _, side in tried[:_CANDIDATES]:
        near = side * np.exp(np.linspace(-_STEP / 2, _STEP / 2, 5))
        certainty = {one: _pilots(residuals.spectrum(one))[0] for one in near}
        if (found := _read(residuals, max(near, key=lambda one: certainty[one]))) is not None:
            return found
    return None


def _read(residuals: _Residuals, side: float) -> WatermarkReading | None:
    spectrum = residuals.spectrum(side)
    certainty, (down, across) = _pilots(spectrum)
    if certainty < LEAST_CERTAINTY:
        return None
    waves = carriers()
    turned = np.exp(2j * np.pi * (waves.messages @ np.array([down, across])) / TILE)
    heard = spectrum[tuple(waves.messages.T)] * waves.message_phases.conj() * turned
    evidence = np.zeros(CODE_BITS)
    evidence += heard.real
    evidence[waves.sines] += heard.imag
    payload = decode(evidence)
    return None if payload is None else WatermarkReading(payload, certainty, float(side))


def _pilots(spectrum: NDArray[np.complex128]) -> tuple[float, tuple[int, int]]:
    """How well the pilots agree, in standard deviations, and the place of the tile, at which they do so best."""
    waves = carriers()
    agreement = np.zeros_like(spectrum)
    agreement[tuple(waves.pilots.T)] = spectrum[tuple(waves.pilots.T)] * waves.pilot_phases.conj()
    places = np.fft.ifft2(agreement).real * TILE**2
    best = int(places.argmax())
    return float(places.flat[best] / np.sqrt(len(waves.pilots) / 2)), divmod(best, TILE)


class _Residuals:
    """What is left of a picture when what is filmed is taken away, for tiles of the sides that are asked for."""

    def __init__(self, luminance: NDArray[np.float32]) -> None:
        self._luminance = luminance.astype(np.float64)
        self._made: dict[int, NDArray[np.float32]] = {}

    def spectrum(self, side: float) -> NDArray[np.complex128]:
        """[P, P] the transform of all tiles of `side` pixels laid upon one another, with rings of equal strength."""
        scale = side / TILE
        return _levelled(np.fft.fft2(_folded(_resized(self._at(scale), 1 / scale))))

    def _at(self, scale: float) -> NDArray[np.float32]:
        # A window need not be exact: a few sizes do for all scales.
        size = round(float(np.log(scale) / np.log(_WINDOW_STEP)))
        if size not in self._made:
            window = max(round(_WINDOW * _WINDOW_STEP**size / 2) * 2 + 1, 3)
            rough = self._luminance - _mean(_mean(self._luminance, window), window)
            strength = np.sqrt(np.maximum(_mean(rough * rough, window), 0.0))
            self._made[size] = (rough / (strength + _QUIET)).astype(np.float32)
        return self._made[size]


def _mean(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """[H, W] the mean over squares of an odd number of pixels about each."""
    half = window // 2
    summed = np.pad(values, ((half + 1, half), (half + 1, half)), mode="edge").cumsum(0).cumsum(1)
    mean: NDArray[np.float64] = summed[window:, window:] - summed[:-window, window:]
    mean = mean - summed[window:, :-window] + summed[:-window, :-window]
    return mean / window**2


def _resized(values: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    if factor == 1:
        return values
    from PIL import Image

    height, width = (max(round(length * factor), 1) for length in values.shape)
    return np.asarray(Image.fromarray(np.ascontiguousarray(values)).resize((width, height), Image.Resampling.BICUBIC))


def _folded(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """[P, P] the sum of all tiles; those at the edge count as far as they are there."""
    rows, columns = (-(-length // TILE) for length in values.shape)
    whole = np.zeros((rows * TILE, columns * TILE), np.float32)
    whole[: values.shape[0], : values.shape[1]] = values
    folded: NDArray[np.float32] = whole.reshape(rows, TILE, columns, TILE).sum((0, 2))
    return folded


def _levelled(spectrum: NDArray[np.complex128]) -> NDArray[np.complex128]:
    rings = _rings()
    power = np.bincount(rings.ravel(), (np.abs(spectrum) ** 2).ravel()) / np.bincount(rings.ravel())
    return spectrum / (np.sqrt(power)[rings] + 1e-9)


@lru_cache(maxsize=1)
def _rings() -> NDArray[np.intp]:
    """[P, P] the number of periods of each wave, rounded."""
    periods = np.fft.fftfreq(TILE, 1 / TILE)
    rings: NDArray[np.intp] = np.rint(np.hypot(periods[:, None], periods[None])).astype(np.intp)
    return rings
