"""A fixed piece of work beside every time, so that numbers of different days and loads can be compared.

A benchmark that is 20 % slower than last month's while the anchor is 20 % slower too has not become slower.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

__all__ = ["anchor", "best_median_ms"]


def best_median_ms(work: Any, repeats: int, rounds: int = 5) -> float:
    """Milliseconds of `work()`: the best of `rounds` medians over `repeats` calls each.

    A median ignores what interrupts a call, the best of several ignores a busy neighbour.
    """
    work()
    medians = []
    for _ in range(rounds):
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
        medians.append(statistics.median(seconds))
    return min(medians) * 1000


def anchor() -> dict[str, float]:
    """Milliseconds of a float32 matrix product of 512 x 512 and of copying 64 MB."""
    generator = np.random.default_rng(0)
    left, right = generator.standard_normal((2, 512, 512), dtype=np.float32)
    product = np.empty_like(left)
    source = np.ones(16 * 2**20, np.float32)
    target = np.zeros_like(source)
    return {
        "matmul_512_ms": round(best_median_ms(lambda: np.matmul(left, right, out=product), 15), 3),
        "copy_64mb_ms": round(best_median_ms(lambda: np.copyto(target, source), 7), 3),
    }
