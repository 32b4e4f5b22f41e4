"""What the source's smile lacks: cheeks that bulge, a fold beside the nose, a pushed lower lid, teeth that show.

The source moves the corners of the mouth well, but little above them: at full weight the cheek comes forward by a
millimetre. Strokes are added in millimetres on the mean head, mirrored, and follow everybody's shape from there.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX

__all__ = ["COMBINATIONS", "combination_deltas", "sculpt_smile"]

Floats = NDArray[np.float64]

COMBINATIONS: tuple[tuple[tuple[str, float], tuple[str, float]], ...] = (
    (("mouthSmileLeft", 1.0), ("jawOpen", 0.15)),
    (("mouthSmileRight", 1.0), ("jawOpen", 0.15)),
    (("mouthRollLower", 1.0), ("mouthRollLower", 1.0)),
)
"""Two expressions and the weights at which their common shape is complete: it counts with the product of their shares
of these, each at most 1. A shape with itself bends its course: `mouthRollLower` slows down towards its end."""
ROLL_SLOWED = 0.35
"""This part of `mouthRollLower` is taken back at full weight, where shut teeth leave no room for it."""

CHEEK_MM = (0.9, 2.2, 3.4)
"""The apple of the cheek moves out, up, forward."""
FOLD = np.array([[15.0, 1.0], [20.0, -8.0], [26.5, -18.0], [32.5, -29.0], [35.5, -40.0], [35.0, -50.0]])
"""x and y of the nasolabial fold, millimetres, from beside the nose to beside the corner of the mouth."""
FOLD_DEEP_MM, FOLD_WIDE_MM = 1.15, 3.8
FOLD_RIDGE_MM, FOLD_RIDGE_AT_MM, FOLD_RIDGE_WIDE_MM = 1.3, 8.5, 6.5
"""The cheek stands over the fold like a pillow."""
CORNER_PIT_MM = 0.4
FILL_MM, FILL_AT, FILL_WIDE = 0.9, (34.5, -28.0), (6.0, 6.5)
"""The source's own smile folds the cheek into a pit here, which the fold of ours would deepen."""
LID_MM = (0.0, 0.8, 1.0)
"""The bag of the lower lid is pushed up and forward by the cheek."""
BROW_MM = 0.7
"""Inner brows rise a little: a smile that lowers them is a scowl."""
UPPER_LIP_MM = (0.0, 3.2, -0.5)
"""How an open smile lifts the middle of the upper lip."""
LOWER_LIP_MM = (0.0, -1.5, -0.4)
CORNER_MM = (1.6, 1.2, -1.2)


def sculpt_smile(rest: Floats, normals: Floats, skin: NDArray[np.bool_], expression: Floats) -> Floats:
    """`expression` [E, V, 3] with fuller `mouthSmileLeft` and `mouthSmileRight`, metres.

    `rest` [V, 3] and `normals` [V, 3] are the mean head's, `skin` [V] its outer surface.
    """
    result = expression.copy()
    for name, side in (("mouthSmileLeft", 1.0), ("mouthSmileRight", -1.0)):
        result[EXPRESSION_INDEX[name]] += _full_smile(rest * [side, 1, 1] * 1000, normals * [side, 1, 1], skin) * (
            np.array([side, 1, 1]) / 1000
        )
    return result


def combination_deltas(
    rest: Floats, rim_y: Floats, above: NDArray[np.bool_], flesh: NDArray[np.bool_], expression: Floats
) -> Floats:
    """[C, V, 3] metres, of `COMBINATIONS`; `rim_y` [V] is the height of the lips' seam at each vertex's x.

    `expression` [E, V, 3] are the shapes themselves, metres. `above` [V] tells the upper lip from the lower, `flesh`
    [V] is skin and lining, all else stays.
    """
    sides = [_open_smile(rest * [side, 1, 1] * 1000, rim_y * 1000, above, side) for side in (1.0, -1.0)]
    slowed = -ROLL_SLOWED * expression[EXPRESSION_INDEX["mouthRollLower"]]
    return np.stack([*sides, slowed]) * flesh[:, None]


def _full_smile(place: Floats, normal: Floats, skin: NDArray[np.bool_]) -> Floats:
    """[V, 3] millimetres for the side where x of `place` (millimetres) is positive."""
    front = skin * np.clip((place[:, 2] - 40) / 25, 0, 1)
    delta = _blob(place, (36.0, -3.0), (15.0, 14.0))[:, None] * np.array(CHEEK_MM)
    beside, along = _beside(place[:, :2], FOLD)
    strength = np.sin(np.pi * np.clip(along, 0.02, 0.98) ** 0.7) ** 0.8
    crease = -FOLD_DEEP_MM * np.exp(-((beside / FOLD_WIDE_MM) ** 2))
    ridge = FOLD_RIDGE_MM * np.exp(-(((beside - FOLD_RIDGE_AT_MM) / FOLD_RIDGE_WIDE_MM) ** 2))
    delta += ((crease + ridge) * strength * (place[:, 0] > 4))[:, None] * normal
    delta -= CORNER_PIT_MM * _blob(place, (28.5, -35.0), (5.5, 6.5))[:, None] * normal
    delta += FILL_MM * _blob(place, FILL_AT, FILL_WIDE)[:, None] * normal
    delta += _blob(place, (31.0, 21.5), (13.0, 4.5))[:, None] * np.array(LID_MM)
    delta[:, 1] += BROW_MM * _blob(place, (17.0, 56.0), (11.0, 9.0))
    return np.asarray(delta * front[:, None])


def _open_smile(place: Floats, rim_y: Floats, above: NDArray[np.bool_], side: float) -> Floats:
    """[V, 3] metres for the side where x of `place` (millimetres) is positive."""
    # Both sides together make the whole: at the middle each has half.
    share = 0.5 + 0.5 * np.tanh(place[:, 0] / 5.0)
    across = np.exp(-((place[:, 0] / 19.0) ** 4))
    near = np.clip((place[:, 2] - 78) / 15, 0, 1)
    away = np.abs(place[:, 1] - rim_y)
    upper = np.where(above, np.clip(1 - away / 22.0, 0, 1), 0.0)
    lower = np.where(above, 0.0, np.clip(1 - away / 20.0, 0, 1))
    delta = (upper * across)[:, None] * np.array(UPPER_LIP_MM) + (lower * across)[:, None] * np.array(LOWER_LIP_MM)
    delta *= (share * near)[:, None]
    delta += (_blob(place, (23.0, -34.0), (8.0, 8.0)) * near)[:, None] * np.array(CORNER_MM)
    return np.asarray(delta * [side, 1, 1] / 1000)


def _blob(place: Floats, centre: tuple[float, float], radii: tuple[float, float]) -> Floats:
    scaled = (place[:, :2] - np.array(centre)) / np.array(radii)
    return np.asarray(np.exp(-(scaled * scaled).sum(1)))


def _beside(points: Floats, path: Floats) -> tuple[Floats, Floats]:
    """([V] distance of `points` [V, 2] from a path, positive on its outer side, [V] how far along, 0 .. 1)."""
    best, side, along = np.full(len(points), np.inf), np.ones(len(points)), np.zeros(len(points))
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    passed = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()
    for number, (start, end) in enumerate(itertools.pairwise(path)):
        run = end - start
        share = np.clip(((points - start) @ run) / (run @ run), 0, 1)
        offset = points - start - share[:, None] * run
        distance = np.linalg.norm(offset, axis=1)
        nearer = distance < best
        best = np.where(nearer, distance, best)
        side = np.where(nearer, np.sign(run[0] * offset[:, 1] - run[1] * offset[:, 0]), side)
        along = np.where(nearer, passed[number] + share * (passed[number + 1] - passed[number]), along)
    return best * np.where(side >= 0, 1, -1), along
