"""Weights that contradict or need each other, settled before shapes are added up.

Lids that are shut do not also look about, and `mouthClose` has nothing to close but what `jawOpen` opens: added up
as they are, such weights tear lids open over a turned eye and drive the lips through each other. And a smile in an
open mouth is more than both: combination shapes come in with the product of two weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES

__all__ = ["Combinations", "balanced", "lip_seal"]

PRESS = 0.03
"""`mouthClose` may exceed `jawOpen` by this: lips that press, by a millimetre."""
SEAL_FROM = 0.8
"""From this share of `jawOpen` on, `mouthClose` seals the lips."""
CLOSE, JAW = EXPRESSION_INDEX["mouthClose"], EXPRESSION_INDEX["jawOpen"]
BLINKS = np.array([EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]])
GAZES = np.array(
    [
        [EXPRESSION_INDEX[f"{name}{side}"] for side in ("Left", "Right")]
        for name in ("eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeWide")
    ]
)
TONGUE = np.array([index for index, name in enumerate(EXPRESSION_NAMES) if name.startswith("tongue")])


@dataclass(frozen=True, eq=False)
class Combinations:
    """Shapes that belong to two expressions at once."""

    expressions: NDArray[np.int32]
    """[C, 2] the two expressions of each."""
    full: NDArray[np.float32]
    """[C, 2] the weights at which the shape is complete."""

    def weights(self, expression: NDArray[np.float32]) -> NDArray[np.float32]:
        """[E + C] the weights of one frame's `expression` [E], and behind them those of the combinations."""
        shares = np.clip(expression[self.expressions] / self.full, 0, 1)
        return np.concatenate([expression, shares[:, 0] * shares[:, 1]])


def balanced(expression: NDArray[Any]) -> NDArray[np.float32]:
    """[E] weights that can be added up, of one frame's `expression` [E]."""
    weights = np.array(expression, np.float32)
    weights[CLOSE] = min(weights[CLOSE], weights[JAW] + np.float32(PRESS))
    weights[GAZES] *= 1 - np.minimum(weights[BLINKS], 1)
    return weights


def lip_seal(expression: NDArray[Any]) -> float:
    """How far `mouthClose` of one frame's `expression` [E] balances `jawOpen`, 0 .. 1: lips that seal over the jaw."""
    jaw, close = float(expression[JAW]), float(expression[CLOSE])
    if close < PRESS:
        return 0.0
    share = min(max((close / max(jaw, PRESS) - SEAL_FROM) / (1 - SEAL_FROM), 0.0), 1.0)
    return share * share * (3 - 2 * share) * min((close - PRESS) / PRESS, 1.0)
