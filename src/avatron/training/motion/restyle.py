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
from avatron.training.motion.examples import MotionExample

__all__ = ["Restyling", "learn_restyling"]

REACH_FRAMES = 6
"""Frames before and after that a frame of the person is made of: what people do earlier or later than rules."""
_STIFFNESS = 3.0
"""Of the ridge, in frames: what is seen in fewer counts little."""
_LEAST_FRAMES = 200


@dataclass(frozen=True, eq=False)
class Restyling:
    """A linear filter over time, from the rules' curves to a person's."""

    filters: NDArray[np.float64]
    """[2 REACH + 1, O, O] from a channel of the rules at each delay to one of the person; without a gain for time."""
    rest: NDArray[np.float64]
    """[O] what the person does where the rules do nothing."""
    kept: NDArray[np.bool_]
    """[O] channels that stay the rules': the tongue."""

    def of(self, curves: NDArray[np.floating]) -> NDArray[np.float32]:
        """[T, O] the person's curves for the rules' `curves` [T, O], within 0 .. 1."""
        given = curves.astype(np.float64)
        made = np.einsum("tdi,dio->to", _surroundings(given), self.filters) + self.rest
        return np.where(self.kept, given, np.clip(made, 0, 1)).astype(np.float32)

    def example(self, by_rules: MotionExample, style: int) -> MotionExample:
        """What the rules made, as the person would have: an example of that person's `style`."""
        return replace(by_rules, style=style, target=self.of(by_rules.target).astype(np.float16))


def learn_restyling(
    films: Sequence[MotionExample], by_rules: Sequence[NDArray[np.floating]], channels: tuple[str, ...]
) -> Restyling:
    """From the person's `films` and what the rules make of each [T, O], by least squares with a ridge.

    Raises:
        InvalidValueError: too few frames that can be trusted.
    """
    inputs, targets, weights = [], [], []
    for film, rules in zip(films, by_rules, strict=True):
        inputs.append(_surroundings(rules.astype(np.float64)).reshape(len(rules), -1))
        targets.append(film.target.astype(np.float64))
        weights.append(film.weight.astype(np.float64))
    weight = np.concatenate(weights)[:, None]
    if (weight > 0).sum() < _LEAST_FRAMES:
        raise InvalidValueError(
            f"{int((weight > 0).sum())} frames of films can be trusted, expected {_LEAST_FRAMES} at least to learn how "
            "a person differs from the rules; give more clips, or a recipe with `restyled` 0"
        )
    design = np.concatenate([np.concatenate(inputs), np.ones((len(weight), 1))], 1)
    wanted = np.concatenate(targets)
    gram = design.T @ (weight * design)
    ridge = np.full(len(gram), _STIFFNESS)
    ridge[-1] = 0
    solution = np.linalg.solve(gram + np.diag(ridge), design.T @ (weight * wanted))
    count = wanted.shape[1]
    kept = np.array([name in TONGUE_CHANNELS for name in channels])
    return Restyling(solution[:-1].reshape(2 * REACH_FRAMES + 1, count, count), solution[-1], kept)


def _surroundings(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T, 2 REACH + 1, O] each frame with those around it; the ends go on."""
    padded = np.pad(curves, ((REACH_FRAMES, REACH_FRAMES), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH_FRAMES + 1, axis=0)
    return np.asarray(windows.transpose(0, 2, 1))
