"""Region masks of the skin, from the source's 68 Multi-PIE landmarks."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from avatron.face.parts import PART_INDEX
from head.pieces import Joined

__all__ = ["MULTI_PIE", "lip_pairs", "region_weights"]

Floats = NDArray[np.float64]

# fmt: off
MULTI_PIE: tuple[int, ...] = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493,
    1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542,
    1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461,
    5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)
# fmt: on
"""Source vertices: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-59 outer and 60-67 inner lips."""


def region_weights(mesh: Joined, landmarks: Floats) -> dict[str, Floats]:
    """Name to weight [V] in 0 .. 1; `landmarks` [68, 3] are the places of `MULTI_PIE`, metres.

    Only skin has weight; edges of a region are soft over a few millimetres, but lips are sharp.
    """
    skin = np.zeros(len(mesh.rest), bool)
    skin[np.unique(mesh.triangles[mesh.part == PART_INDEX["skin"]])] = True
    x, y, z = mesh.rest.T
    mouth = _inside_polygon(mesh.rest, landmarks[48:60]) & (z > 0.085)
    middle_line = np.interp(x, *_sorted(np.concatenate([landmarks[[48, 54]], landmarks[61:64], landmarks[65:68]])))
    corner_y = landmarks[[48, 54], 1].mean()
    brow_y, nose_y = landmarks[17:27, 1].mean(), landmarks[30, 1]

    def near(points: Floats, full_m: float, none_m: float) -> Floats:
        distance = np.min(np.linalg.norm(mesh.rest[:, None] - points[None], axis=2), axis=1)
        return np.clip((none_m - distance) / (none_m - full_m), 0, 1)

    front = np.clip((z - 0.02) / 0.02, 0, 1)
    lids = near(landmarks[36:48], 0.006, 0.012) * (z > 0.07)
    ears = (np.abs(x) > 0.074) & (y < 0.050) & (y > -0.045) & (np.abs(z) < 0.032)
    regions = {
        "lips_upper": mouth & (y >= middle_line),
        "lips_lower": mouth & (y < middle_line),
        "lids": lids,
        "brows": near(_along(landmarks[17:27]), 0.006, 0.014) * front,
        "nose": near(landmarks[27:36], 0.010, 0.020) * front,
        "cheeks": front
        * np.clip((brow_y - 0.025 - y) / 0.01, 0, 1)
        * np.clip((np.abs(x) - 0.022) / 0.01, 0, 1)
        * np.clip((y - corner_y) / 0.01, 0, 1)
        * ~ears,
        "jaw": front * np.clip((corner_y - 0.005 - y) / 0.01, 0, 1) * np.clip((y + 0.105) / 0.01, 0, 1),
        "upper_face": front * np.clip((y - nose_y) / 0.01, 0, 1),
        "forehead": front * np.clip((y - brow_y - 0.005) / 0.01, 0, 1),
        "scalp": np.clip(np.maximum((y - 0.085) / 0.02, (0.015 - z) / 0.02 * (y > -0.03)), 0, 1) * ~ears,
        "ears": ears,
        "neck": np.clip((-0.085 - y) / 0.02, 0, 1) * np.clip((y + 0.155) / 0.02, 0, 1),
    }
    return {name: np.where(skin, np.asarray(weight, float), 0.0) for name, weight in regions.items()}


def lip_pairs(mesh: Joined) -> NDArray[np.int64]:
    """[3, 2] our vertices (upper, lower) that meet when the lips are closed: right, middle, left."""
    ours = {int(source): index for index, source in reversed(list(enumerate(mesh.source)))}
    return np.array([[ours[MULTI_PIE[a]], ours[MULTI_PIE[b]]] for a, b in ((61, 67), (62, 66), (63, 65))])


def _inside_polygon(points: Floats, polygon: Floats) -> NDArray[np.bool_]:
    """[V] whether a point lies inside a polygon, seen from the front."""
    inside = np.zeros(len(points), bool)
    x, y = points[:, 0], points[:, 1]
    for a, b in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        crosses = (a[1] > y) != (b[1] > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
    return inside


def _sorted(points: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(points[:, 0])
    return points[order, 0], points[order, 1]


def _along(points: Floats) -> Floats:
    """The points and three more between each two neighbours."""
    return np.concatenate([a + (b - a) * np.linspace(0, 1, 5)[:, None] for a, b in itertools.pairwise(points)])
