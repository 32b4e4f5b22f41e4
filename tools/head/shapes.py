"""Our 56 expressions out of the source's 57, and lips that meet.

The source's lips stand 0.8 mm apart at rest, and its `mouthClose` drives them 5 mm into each other when the jaw is
open. Ours touch at rest, and `mouthClose` cancels what `jawOpen` opens, at any opening: ARKit's meaning of the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_NAMES
from head.source import Source

__all__ = ["INNER_LIPS", "arkit_shapes", "source_names"]

Floats = NDArray[np.float64]

INNER_LIPS = ((5711, 5966), (5533, 5517), (6216, 6470))
"""Source vertices (upper, lower) of the inner lips: right, middle, left (Multi-PIE 61/67, 62/66, 63/65)."""
SEAL_SHARE = 0.30
"""How much of `mouthPress` brings the source's lips together."""
_MERGED = {"browInnerUp": "browInnerUp", "cheekPuff": "cheekPuff"}
"""Names without a side in ARKit that the source has once per side."""


def source_names(name: str) -> str:
    """The source's name of an ARKit name: `eyeBlinkLeft` is `eyeBlink_L`."""
    for side in ("Left", "Right"):
        # jawLeft, mouthRight ... are directions, not sides.
        if name.endswith(side) and name not in {"jawLeft", "jawRight", "mouthLeft", "mouthRight"}:
            return f"{name.removesuffix(side)}_{side[0]}"
    return _MERGED.get(name, name)


def arkit_shapes(source: Source) -> tuple[Floats, Floats]:
    """(rest, expression): rest [V, 3] with lips that meet, and [E, V, 3] deltas; tongue poses are zero here."""
    rest = source.neutral + SEAL_SHARE * source.shape("mouthPress")
    expression = np.zeros((len(EXPRESSION_NAMES), *rest.shape))
    for index, name in enumerate(ARKIT_NAMES):
        if name != "tongueOut":
            expression[index] = source.shape(source_names(name))
    close, jaw = ARKIT_NAMES.index("mouthClose"), ARKIT_NAMES.index("jawOpen")
    expression[close] *= _closing_share(rest, expression[jaw], expression[close])[:, None]
    return rest, expression


def _closing_share(rest: Floats, jaw: Floats, close: Floats) -> Floats:
    """[V] factor on `mouthClose` by which it takes back exactly the gap that `jawOpen` makes, across the mouth."""
    upper, lower = np.array(INNER_LIPS).T
    opened = jaw[upper, 1] - jaw[lower, 1]
    closed = close[lower, 1] - close[upper, 1]
    share = opened / closed
    place = np.abs(rest[upper, 0])
    # Middle and sides are measured; beyond them the share goes on as it is at the side.
    side = place > 0.003
    return np.interp(
        np.abs(rest[:, 0]), [0.0, float(place[side].mean())], [float(share[~side].mean()), float(share[side].mean())]
    )
