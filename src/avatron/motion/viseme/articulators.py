"""What moves in a speaking mouth: the channels of the rules, and how early and how long each articulator acts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES

__all__ = ["ARTICULATORS", "CHANNELS", "CHANNEL_INDEX", "Articulator", "to_expression"]


@dataclass(frozen=True)
class Articulator:
    """Channels that move together, and the time over which a phoneme claims them.

    The claim is full inside the phoneme's core and fades over these distances from it; at a little more than half of
    the distance it is a half. Lips round long before a vowel is heard (Perkell and Matthies, Temporal measures of
    anticipatory labial coarticulation for the vowel /u/, 1992), the tongue tip is fast, the jaw is heavy.
    """

    channels: tuple[str, ...]
    before_s: float
    """How far ahead of the phoneme's core it begins to act."""
    after_s: float
    """How long after the phoneme's core it still acts."""


ARTICULATORS: dict[str, Articulator] = {
    "jaw": Articulator(("jawOpen",), 0.12, 0.11),
    "rounding": Articulator(("mouthFunnel", "mouthPucker"), 0.27, 0.16),
    "spreading": Articulator(("mouthSmile", "mouthStretch"), 0.17, 0.15),
    "lips": Articulator(("mouthLowerDown", "mouthUpperUp"), 0.12, 0.11),
    "tongue": Articulator(("tongueL", "tongueTH", "tongueN", "tongueK"), 0.10, 0.09),
}

_CONTACT_CHANNELS = ("mouthClose", "mouthPress", "mouthRollLower", "mouthRollUpper", "cheekPuff")
"""Channels that only contacts use."""

CHANNELS: tuple[str, ...] = (
    *(channel for articulator in ARTICULATORS.values() for channel in articulator.channels),
    *_CONTACT_CHANNELS,
)
"""[C] the mouth's channels; one without a side drives its left and right shape alike."""

CHANNEL_INDEX: dict[str, int] = {name: index for index, name in enumerate(CHANNELS)}


def _columns(channel: str) -> tuple[int, ...]:
    names = (channel,) if channel in EXPRESSION_INDEX else (f"{channel}Left", f"{channel}Right")
    return tuple(EXPRESSION_INDEX[name] for name in names)


_TARGETS = tuple((index, column) for index, name in enumerate(CHANNELS) for column in _columns(name))


def to_expression(curves: NDArray[np.float64]) -> NDArray[np.float32]:
    """[T, E] expression weights of mouth curves [T, C]; everything but the mouth is 0."""
    expression = np.zeros((len(curves), len(EXPRESSION_NAMES)), np.float32)
    sources, columns = zip(*_TARGETS, strict=True)
    expression[:, columns] = curves[:, sources]
    return expression
