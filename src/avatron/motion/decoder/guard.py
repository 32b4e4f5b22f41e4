"""Lips that the network left apart on P, B and M, closed by the rules' contacts.

A network that was trained on closures closes nearly all of them; a video frame may still fall beside the narrowest
moment. The guard is laid over the network's curves where an animator's folder asks for it, and what it is worth is
measured with and without.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.speech import Speech
from avatron.motion.viseme.contacts import contact_curve, contacts_of

__all__ = ["guarded"]

_PARTING = (
    *("mouthFunnel", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthShrugUpper", "mouthStretchLeft", "mouthStretchRight"),
)
"""Expressions that part the lips by themselves."""
_JAW, _CLOSE = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]
_JAW_KEPT = 0.6
"""Share of the jaw's opening that stays behind lips that are closed."""


def guarded(
    expression: NDArray[np.float32], speech: Speech, times_s: NDArray[np.float64], frames: range, fps: Fraction
) -> NDArray[np.float32]:
    """[T, E] `expression` with lips that meet on every P, B and M; `times_s` count from the start of the speech."""
    if not speech.spans:
        return expression
    contacts = contacts_of(speech.spans, speech.start, frames, fps)["lips"]
    sealed = contact_curve(contacts, times_s).astype(np.float32)
    result = expression.copy()
    for name in _PARTING:
        result[:, EXPRESSION_INDEX[name]] *= 1 - sealed
    result[:, _JAW] *= 1 - (1 - _JAW_KEPT) * sealed
    jaw, close = result[:, _JAW], result[:, _CLOSE]
    # `mouthClose` undoes the parting of an equal `jawOpen`.
    result[:, _CLOSE] = close + sealed * (np.maximum(jaw, 0.0) - close)
    return result
