"""What the source's open jaw lacks: an upper lip that rises a little, and a lower lip that stays as thick as it was.

The source draws the upper lip down by 2.5 mm as the jaw falls and thins the lower one. What is added to `jawOpen` is
taken from `mouthClose`, so equal weights of both still leave the lips where they meet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX

__all__ = ["lips_of_open_jaw"]

Floats = NDArray[np.float64]

UPPER_LIP_MM, UPPER_REACH_MM = (0.0, 3.3, 0.3), 26.0
"""How a wide-open jaw lifts the upper lip's rim, and how far above the rim that ends."""
LOWER_LIP_MM, LOWER_REACH_MM = (0.0, 1.0, 0.9), 8.0
"""How the lower lip's rim is turned out."""
HALF_WIDTH_MM = 21.0
FRONT_MM = (78.0, 93.0)
"""Between these the effect sets in: lips, not cheeks or what is deep in the mouth."""


def lips_of_open_jaw(
    expression: Floats, rest: Floats, rim_y: Floats, above: NDArray[np.bool_], flesh: NDArray[np.bool_]
) -> Floats:
    """`expression` [E, V, 3] (metres) with other lips in `jawOpen`, and a `mouthClose` that takes that back.

    `rim_y` [V] is the height of the lips' seam at each vertex's x, `above` [V] tells the upper lip from the lower,
    `flesh` [V] is skin and lining.
    """
    place = rest * 1000
    away = np.abs(place[:, 1] - rim_y * 1000)
    across = np.exp(-((place[:, 0] / HALF_WIDTH_MM) ** 4))
    near = np.clip((place[:, 2] - FRONT_MM[0]) / (FRONT_MM[1] - FRONT_MM[0]), 0, 1)
    upper, lower = _falling(away / UPPER_REACH_MM) * above, _falling(away / LOWER_REACH_MM) * ~above
    delta = upper[:, None] * np.array(UPPER_LIP_MM) + lower[:, None] * np.array(LOWER_LIP_MM)
    delta *= (across * near * flesh)[:, None] / 1000
    result = expression.copy()
    result[EXPRESSION_INDEX["jawOpen"]] += delta
    result[EXPRESSION_INDEX["mouthClose"]] -= delta
    return result


def _falling(share: Floats) -> Floats:
    """1 at 0, 0 from 1 on, smooth."""
    left = np.clip(1 - share, 0, 1)
    return np.asarray(left * left * (3 - 2 * left))
