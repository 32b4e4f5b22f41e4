"""Weights that contradict each other, settled before shapes are added up.

Lids that are shut do not also look about, and `mouthClose` has nothing to close but what `jawOpen` opens: added up
as they are, such weights tear lids open over a turned eye and drive the lips through each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX

__all__ = ["balanced"]

PRESS = 0.03
"""`mouthClose` may exceed `jawOpen` by this: lips that press, by a millimetre."""
_CLOSE, _JAW = EXPRESSION_INDEX["mouthClose"], EXPRESSION_INDEX["jawOpen"]
_BLINKS = np.array([EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]])
_GAZES = np.array(
    [
        [EXPRESSION_INDEX[f"{name}{side}"] for side in ("Left", "Right")]
        for name in ("eyeLookUp", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeWide")
    ]
)


def balanced(expression: NDArray[Any]) -> NDArray[np.float32]:
    """[E] weights that can be added up, of one frame's `expression` [E]."""
    weights = np.array(expression, np.float32)
    weights[_CLOSE] = min(weights[_CLOSE], weights[_JAW] + np.float32(PRESS))
    weights[_GAZES] *= 1 - np.minimum(weights[_BLINKS], 1)
    return weights
