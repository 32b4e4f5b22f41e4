"""The watermark's pattern: a square tile of faint waves whose phases carry a message, repeated over a picture.

A tile is a quarter of the picture's shorter side, so that a small picture holds as many tiles as a large one and
scaling keeps their number. 160 waves with 3.2 to 11 periods a tile are long enough to outlive an encoder and a halving
of the size, and short enough to stand out from what is filmed. 36 of them are the same for everybody: they tell where
the tile begins and how large it is. The others carry two signs of the code each, one on their cosine and one on their
sine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.io.provenance.watermark_code import CODE_BITS, encode
from avatron.native.watermark import PATTERN_UNIT

__all__ = ["TILE", "Carriers", "carriers", "tile", "tile_side"]

TILE = 128
"""Side in pixels at which tiles are looked at, whatever size they had in a picture."""
_TILES = 4
"""Along the shorter side of a picture."""
_SMALLEST_TILE, _LARGEST_TILE = 48, 512
_LONGEST, _SHORTEST = 3.2, 11.0
"""Periods a tile."""
_PILOTS = 36
_PILOT_GAIN = 1.3
"""Amplitude of a pilot, relative to that of a wave with a message: the place must be found before anything is read."""


@dataclass(frozen=True, eq=False)
class Carriers:
    """Which waves, and how they are turned."""

    pilots: NDArray[np.intp]
    """[Q, 2] periods a tile, down and across; as indices into its transform, negative ones count from its end."""
    pilot_phases: NDArray[np.complex128]
    """[Q] of magnitude 1."""
    messages: NDArray[np.intp]
    """[C, 2] likewise, of the waves that carry the C signs of the code."""
    message_phases: NDArray[np.complex128]
    """[C] of magnitude 1."""
    sines: NDArray[np.intp]
    """[C] which sign is on the sine of each wave; on the cosine of the first is the first."""


@lru_cache(maxsize=1)
def carriers() -> Carriers:
    """The waves of format 1: chosen and turned by hashes, which are the same everywhere and for ever."""
    half = [
        (down, across)
        for down in range(-TILE // 2, TILE // 2)
        for across in range(-TILE // 2, TILE // 2)
        if (down > 0 or (down == 0 and across > 0)) and _LONGEST <= np.hypot(down, across) <= _SHORTEST
    ]
    waves = sorted(half, key=lambda wave: _hashed("order", *wave))[: _PILOTS + CODE_BITS]
    assert len(waves) == _PILOTS + CODE_BITS, "the ring holds enough waves"
    places = np.array(waves, np.intp)
    phases = np.exp(2j * np.pi * np.array([_hashed("phase", *wave) for wave in waves]))
    sines = np.array(sorted(range(CODE_BITS), key=lambda sign: _hashed("sine", sign)), np.intp)
    return Carriers(places[:_PILOTS], phases[:_PILOTS], places[_PILOTS:], phases[_PILOTS:], sines)


def tile_side(height: int, width: int) -> int:
    """Side of a tile, in pixels of a picture of that size."""
    return min(max(round(min(height, width) / _TILES), _SMALLEST_TILE), _LARGEST_TILE)


@lru_cache(maxsize=8)
def tile(payload: int, side: int) -> NDArray[np.int16]:
    """[side, side] the pattern of a payload, of mean 0 and standard deviation 1, in units of `PATTERN_UNIT`."""
    waves, signs = carriers(), encode(payload).astype(np.float64)
    spectrum = np.zeros((side, side), np.complex128)
    spectrum[tuple(waves.pilots.T)] = waves.pilot_phases * np.sqrt(2) * _PILOT_GAIN
    spectrum[tuple(waves.messages.T)] = (signs + 1j * signs[waves.sines]) * waves.message_phases
    pattern = np.fft.ifft2(spectrum).real
    pattern /= pattern.std()
    limit = np.iinfo(np.int16).max
    return np.clip(np.rint(pattern / PATTERN_UNIT), -limit, limit).astype(np.int16)


def _hashed(*what: object) -> float:
    """A number 0 .. 1 that only depends on `what`."""
    digest = hashlib.sha256(repr(("avatron watermark 1", *what)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
