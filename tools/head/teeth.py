"""The middle of the rows of teeth: the source's front teeth stand half a millimetre to a whole one apart.

Seen past a lip that is a black line. Their inner sides are moved together until they overlap a little; the outer sides
stay, so the row keeps its length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

__all__ = ["close_middle"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OVERLAP_M = 0.0001
"""How far beyond the middle each of the two reaches: identities spread them by a tenth of a millimetre or two."""
FARTHEST_M = 0.0008
"""No inner side moves further than this: towards the gums a gap between teeth is natural."""
EDGE_M, EDGE_SHARE = 0.0012, 0.45
"""Within this of the biting edge, and by this part of the move, the rounded corners stay."""
SAMPLES = 9
"""Points along an edge by which a tooth's outline is found."""
BIN_M = 0.001


def close_middle(rest: Floats, triangles: Integers, weld: Integers, edge: float) -> Floats:
    """[V, 3] `rest` [V, 3] (metres) with the two middle teeth of one row moved together.

    `triangles` [K, 3] are the row's, `weld` [V] the first vertex at the same place; `edge` is -1 for the upper row,
    whose biting edge is its lower end, and 1 for the lower.
    """
    result = rest.copy()
    for side in (1.0, -1.0):
        corners = _middle_tooth(rest, triangles, weld, side)
        vertices = np.unique(corners)
        place = rest[vertices] * [side, 1, 1]
        heights, inner, outer = _outline(rest[corners] * [side, 1, 1])
        height = place[:, 1]
        near, far = np.interp(height, heights, inner), np.interp(height, heights, outer)
        wanted = np.clip(near + OVERLAP_M, 0, FARTHEST_M)
        from_edge = np.clip(np.abs(height - edge * (edge * height).max()) / EDGE_M, 0, 1)
        wanted *= 1 - EDGE_SHARE * (1 - from_edge)
        share = np.clip((far - place[:, 0]) / np.maximum(far - near, 1e-4), 0, 1)
        result[vertices, 0] -= side * wanted * share
    return result


def _middle_tooth(rest: Floats, triangles: Integers, weld: Integers, side: float) -> Integers:
    """[K', 3] the triangles of the tooth next to the middle on one side."""
    welded = weld[triangles]
    links = np.concatenate([welded[:, :2], welded[:, 1:]])
    graph = coo_matrix((np.ones(len(links)), links.T), shape=(len(rest),) * 2)
    tooth = connected_components(graph, directed=False)[1][welded[:, 0]]
    across = {number: side * float(rest[triangles[tooth == number], 0].mean()) for number in np.unique(tooth)}
    nearest = min((number for number in across if across[number] > 0), key=lambda number: across[number])
    return triangles[tooth == nearest]


def _outline(corners: Floats) -> tuple[Floats, Floats, Floats]:
    """(heights [H], least x [H], greatest x [H]) of a tooth with `corners` [K, 3, 3], metres, smoothed along y."""
    share = np.linspace(0, 1, SAMPLES)[None, None, :, None]
    ends = np.roll(corners, -1, axis=1)
    points = (corners[:, :, None] * (1 - share) + ends[:, :, None] * share).reshape(-1, 3)
    row = np.floor((points[:, 1] - points[:, 1].min()) / BIN_M).astype(int)
    inner, outer = np.full(row.max() + 1, np.inf), np.full(row.max() + 1, -np.inf)
    np.minimum.at(inner, row, points[:, 0])
    np.maximum.at(outer, row, points[:, 0])
    heights = points[:, 1].min() + (np.arange(len(inner)) + 0.5) * BIN_M
    kept = np.isfinite(inner)
    return heights[kept], _smooth(inner[kept]), _smooth(outer[kept])


def _smooth(values: Floats) -> Floats:
    return np.convolve(np.pad(values, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
