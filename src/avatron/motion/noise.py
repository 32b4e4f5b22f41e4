"""Randomness without state: numbers and smooth curves that depend on a seed, a name and a place in time alone.

Any piece of a film can be made on its own, and is the same as when the whole is made at once.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["hashed_uniform", "smooth_noise"]


def hashed_uniform(seed: int, stream: str, index: NDArray[Any] | int) -> NDArray[np.float64]:
    """Numbers in 0 .. 1, evenly spread, one for each integer of `index`; another for each seed and stream.

    The finaliser of SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014) on the
    index plus a key.
    """
    state = np.atleast_1d(np.asarray(index, dtype=np.int64)).astype(np.uint64)
    state = state * np.uint64(0x9E3779B97F4A7C15) + np.uint64(_key(seed, stream))
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = state ^ (state >> np.uint64(31))
    uniform = (state >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return np.asarray(uniform.reshape(np.shape(index)))


@lru_cache(maxsize=1024)
def _key(seed: int, stream: str) -> int:
    return int.from_bytes(blake2b(f"{seed}/{stream}".encode(), digest_size=8).digest(), "little")


def smooth_noise(seed: int, stream: str, times_s: NDArray[np.float64], period_s: float) -> NDArray[np.float64]:
    """[T] a slow random curve in -1 .. 1 that turns about once in `period_s`, with two continuous derivatives.

    A uniform cubic B-spline through hashed coefficients, one each `period_s`; scaled so that its standard deviation
    is near 0.5. Unlike gradient noise it does not return to zero at even times, so nothing looks periodic.
    """
    position = times_s / period_s
    cell = np.floor(position).astype(np.int64)
    share = position - cell
    rest = 1.0 - share
    weights = (
        rest**3 / 6.0,
        (3.0 * share**3 - 6.0 * share**2 + 4.0) / 6.0,
        (3.0 * rest**3 - 6.0 * rest**2 + 4.0) / 6.0,
        share**3 / 6.0,
    )
    if not len(times_s):
        return np.zeros(0)
    first = int(cell.min()) - 1
    coefficients = 2.0 * hashed_uniform(seed, stream, np.arange(first, int(cell.max()) + 3)) - 1.0
    total = np.zeros(len(times_s))
    for offset, weight in enumerate(weights):
        total += weight * coefficients[cell - 1 - first + offset]
    # A mean of uniform numbers over the spline's weights has a standard deviation of about 0.39.
    return np.asarray(np.tanh(1.4 * total))
