"""Which lip a vertex belongs to: by the way along the skin, not by height, for rims that touch are equally high."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["lip_rims", "of_upper_lip"]


def lip_rims(loop: NDArray[np.int32], neutral: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(upper [C], lower [D]) rim of the lips from the right corner to the left, both with the corners.

    `loop` is the contour `lips_inner` of the head `neutral` [V, 3].
    """
    across = neutral[loop, 0]
    turned = np.roll(loop, -int(np.argmin(across))).astype(np.int64)
    left = int(np.argmax(neutral[turned, 0]))
    return turned[: left + 1], np.append(turned[left:], turned[0])[::-1]


def of_upper_lip(
    rims: tuple[NDArray[np.int64], NDArray[np.int64]],
    neutral: NDArray[Any],
    triangles: NDArray[Any],
    weld: NDArray[Any],
) -> NDArray[np.bool_]:
    """[V] whether the way along the edges of `triangles` [K, 3] to the upper rim is shorter than to the lower one.

    Corners count as upper; vertices of no triangle as lower. Dijkstra, A note on two problems in connexion with
    graphs, 1959, from both rims at once.
    """
    beside: dict[int, dict[int, float]] = {}
    welded = np.asarray(weld, np.int64)[triangles]
    for first, second in ((0, 1), (1, 2), (2, 0)):
        ends = welded[:, [first, second]]
        lengths = np.linalg.norm(neutral[ends[:, 0]] - neutral[ends[:, 1]], axis=1)
        for (one, other), length in zip(ends.tolist(), lengths.tolist(), strict=True):
            beside.setdefault(one, {})[other] = length
            beside.setdefault(other, {})[one] = length
    upper = np.zeros(len(neutral), bool)
    known: dict[int, bool] = {}
    queue = [(0.0, 1, int(weld[vertex])) for vertex in rims[1][1:-1]] + [(0.0, 0, int(weld[v])) for v in rims[0]]
    heapq.heapify(queue)
    while queue:
        passed, lower, vertex = heapq.heappop(queue)
        if vertex in known:
            continue
        known[vertex] = not lower
        for neighbour, length in beside.get(vertex, {}).items():
            if neighbour not in known:
                heapq.heappush(queue, (passed + length, lower, neighbour))
    for vertex, is_upper in known.items():
        upper[vertex] = is_upper
    return np.asarray(upper[weld], np.bool_)
