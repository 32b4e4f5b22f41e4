"""How one person would move where only rules have moved: what films lack, in the manner of the films.

A decoder that learns a person's films, and rules on other texts, tells the texts apart and follows the rules wherever
a text is not like a film's: the person is lost in the very sentences that people will type. So the rules' motion is
turned into the person's first. How is learned where both are known, on the films: the rules say them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.motion.decoder.channels import TONGUE_CHANNELS
from avatron.motion.decoder.features import CLASSES
from avatron.training.motion.examples import MotionExample

__all__ = ["Restyling", "learn_restyling"]

REACH_FRAMES = 6
"""Frames before and after that a frame of the person is made of: what people do earlier or later than rules."""
_PHONEME_DELAYS = (-6, -4, -2, 0, 2, 4, 6)
"""Frames at which the phoneme is looked at."""
_STIFFNESS = 3.0
"""Of the ridge, in frames: what is seen in fewer counts little."""
_LEAST_FRAMES = 200


@dataclass(frozen=True, eq=False)
class Restyling:
    """A linear filter over time, from the rules' curves and the phonemes to a person's curves.

    Curves alone would move a sound that films lack as they move its shape; phonemes alone would not move it at all.
    """

    solution: NDArray[np.float64]
    """[I, O] from what `_design` makes of a frame to the person's curves."""
    kept: NDArray[np.bool_]
    """[O] channels that stay the rules': the tongue."""

    def of(self, curves: NDArray[np.floating], phoneme_class: NDArray[np.integer]) -> NDArray[np.float32]:
        """[T, O] the person's curves, within 0 .. 1, for the rules' `curves` [T, O] and `phoneme_class` [T]."""
        given = curves.astype(np.float64)
        made = _design(given, phoneme_class) @ self.solution
        return np.where(self.kept, given, np.clip(made, 0, 1)).astype(np.float32)

    def example(self, by_rules: MotionExample, style: int) -> MotionExample:
        """What the rules made, as the person would have: an example of that person's `style`."""
        target = self.of(by_rules.target, by_rules.phoneme_class[::2])
        return replace(by_rules, style=style, target=target.astype(np.float16))


def learn_restyling(
    films: Sequence[MotionExample], by_rules: Sequence[NDArray[np.floating]], channels: tuple[str, ...]
) -> Restyling:
    """From the person's `films` and what the rules make of each [T, O], by least squares with a ridge.

    Raises:
        InvalidValueError: too few frames that can be trusted.
    """
    frames = int(sum((film.weight > 0).sum() for film in films))
    if frames < _LEAST_FRAMES:
        raise InvalidValueError(
            f"{frames} frames of films can be trusted, expected {_LEAST_FRAMES} at least to learn how a person differs "
            "from the rules; give more clips, or a recipe with `restyled` 0"
        )
    gram: NDArray[np.float64] | None = None
    for film, rules in zip(films, by_rules, strict=True):
        design = _design(rules.astype(np.float64), film.phoneme_class[::2])
        weighed = design * film.weight.astype(np.float64)[:, None]
        if gram is None:
            gram, wanted = np.zeros((design.shape[1],) * 2), np.zeros((design.shape[1], rules.shape[1]))
        gram += weighed.T @ design
        wanted += weighed.T @ film.target.astype(np.float64)
    assert gram is not None
    ridge = np.full(len(gram), _STIFFNESS)
    ridge[-1] = 1e-6
    kept = np.array([name in TONGUE_CHANNELS for name in channels])
    return Restyling(np.asarray(np.linalg.solve(gram + np.diag(ridge), wanted), np.float64), kept)


def _design(curves: NDArray[np.float64], phoneme_class: NDArray[np.integer]) -> NDArray[np.float64]:
    """[T, I] each frame with the curves and the phonemes around it, and a one; the ends go on."""
    classes = np.eye(len(CLASSES))[phoneme_class]
    around = [_shifted(curves, delay) for delay in range(-REACH_FRAMES, REACH_FRAMES + 1)]
    said = [_shifted(classes, delay) for delay in _PHONEME_DELAYS]
    return np.concatenate([*around, *said, np.ones((len(curves), 1))], 1)


def _shifted(values: NDArray[np.float64], delay: int) -> NDArray[np.float64]:
    """[T, ...] `values` [T, ...] of `delay` frames later."""
    return values[np.clip(np.arange(len(values)) + delay, 0, len(values) - 1)]
