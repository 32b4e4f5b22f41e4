"""A way of moving for those who look at the lips: a filmed person's, with lips rounded as far as sounds ask for.

A camera before the face does not see how far lips come forward, and a person who reads word lists hardly rounds them
and opens wide on every vowel. Learned as it is, such a style is true to the person and hard to read on another head.
So the person's timing, openings and closures stay, what is widest is opened less, and the lips' rounding is that of
the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.face.balance import CLOSE, JAW, PRESS
from avatron.face.head import PosedHead
from avatron.motion.decoder.channels import MOUTH_CHANNELS
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.examples import MotionExample, example_of
from avatron.training.motion.restyle import Restyling, learn_restyling
from avatron.training.motion.tongue import expression_by_rules

__all__ = ["PRESENTER", "LipOpening", "PresenterConfig", "presented", "presenter_clips"]

PRESENTER = "presenter"
"""The subject of clips that are made here."""

_PUCKER = EXPRESSION_INDEX["mouthPucker"]
_ROUNDING = [_PUCKER, EXPRESSION_INDEX["mouthFunnel"]]
_SPREADING = [
    EXPRESSION_INDEX[f"mouth{name}{side}"] for name in ("Smile", "Stretch", "Dimple") for side in ("Left", "Right")
]
_MOST_RAISED = 0.5
_MOUTH = [EXPRESSION_INDEX[name] for name in MOUTH_CHANNELS]


@dataclass(frozen=True)
class PresenterConfig:
    """How far from the person."""

    rounding: float = 0.9
    """Of the rules' rounding."""
    fully_rounded: float = 0.5
    """Pucker at which the corners are not drawn apart any more, and the lips are no further apart than by the rules."""
    slack_mm: float = 0.5
    """By how much they may be then."""
    knee_mm: float = 7.0
    """Openings beyond this one grow more slowly ..."""
    beyond: float = 0.5
    """... by this share."""


def presented(
    person: NDArray[np.float32],
    rules: NDArray[np.float32],
    opening: LipOpening,
    config: PresenterConfig | None = None,
) -> NDArray[np.float32]:
    """[T, E] weights of a presenter, from the person's and the rules' [T, E] for the same speech."""
    config = config or PresenterConfig()
    rounded = (rules[:, _PUCKER] / config.fully_rounded).clip(0, 1)
    result = person.copy()
    result[:, _ROUNDING] = np.maximum(person[:, _ROUNDING], config.rounding * rules[:, _ROUNDING])
    result[:, _SPREADING] *= (1 - rounded)[:, None]
    gap_mm = opening.of(person)
    eased_mm = np.minimum(gap_mm, config.knee_mm + config.beyond * np.maximum(gap_mm - config.knee_mm, 0))
    narrow_mm = np.minimum(eased_mm, np.maximum(opening.of(rules), 0) + config.slack_mm)
    return opening.changed(result, (1 - rounded) * eased_mm + rounded * narrow_mm)


@dataclass(frozen=True, eq=False)
class LipOpening:
    """How far weights part the middle of the inner lips: a linear matter, but for lips that press."""

    rest_mm: float
    slope_mm: NDArray[np.float64]
    """[E] for a weight of 1."""

    @staticmethod
    def on(head: PosedHead) -> LipOpening:
        """Of that head."""
        upper, lower = head.model.lip_pairs[1]
        starts, indices, deltas = head.shapes.sparse
        slope = np.zeros(len(EXPRESSION_NAMES))
        for shape in range(len(slope)):
            inside = slice(int(starts[shape]), int(starts[shape + 1]))
            for vertex, sign in ((upper, 1000), (lower, -1000)):
                slope[shape] += sign * deltas[inside][indices[inside] == vertex, 1].sum()
        return LipOpening(1000 * float(head.rest[upper, 1] - head.rest[lower, 1]), slope)

    def of(self, expression: NDArray[np.float32]) -> NDArray[np.float64]:
        """[T] millimetres for weights [T, E]; negative where lips press."""
        return np.asarray(self.rest_mm + expression.astype(np.float64) @ self.slope_mm)

    def changed(self, expression: NDArray[np.float32], wanted_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        """The weights with lips as far apart as `wanted_mm` [T]: to open, `mouthClose` gives way before the jaw does;
        to close, the jaw rises by half at most before `mouthClose` does the rest."""
        more = wanted_mm - self.of(expression)
        jaw, close = (expression[:, place].astype(np.float64) for place in (JAW, CLOSE))
        opens = more > 0
        released = np.where(opens, np.minimum(close, more / -self.slope_mm[CLOSE]), 0)
        raised = np.where(opens, 0, np.minimum(_MOST_RAISED * jaw, -more / self.slope_mm[JAW]))
        left = more + released * self.slope_mm[CLOSE] + raised * self.slope_mm[JAW]
        jaw = jaw - raised + np.where(opens, left / self.slope_mm[JAW], 0)
        close = close - released + np.where(opens, 0, left / self.slope_mm[CLOSE])
        result = expression.copy()
        result[:, JAW] = jaw.clip(0, 1)
        result[:, CLOSE] = np.minimum(close, jaw + PRESS).clip(0, 1)
        return result


def presenter_clips(
    films: Sequence[MotionClip], by_rules: Sequence[MotionClip], mean_head: PosedHead
) -> Iterator[MotionClip]:
    """What a presenter makes of each of the `films` of one person and of each clip `by_rules`; names say so.

    Clips by rules are first moved as the person would move, as far as films of the split `train` tell.

    Raises:
        InvalidValueError: too few films to tell.
    """
    opening = LipOpening.on(mean_head)
    learned_from = [film for film in films if film.split == "train"]
    restyling = learn_restyling(
        [_example(film) for film in learned_from],
        [_rules(film)[:, _MOUTH] for film in learned_from],
        MOUTH_CHANNELS,
    )
    for clip in films:
        example = _example(clip)
        yield _clip(clip, presented(_whole(example.target), _rules(clip), opening), example.weight)
    for clip in by_rules:
        example = _example(clip)
        person = _as_person(example, restyling)
        yield _clip(clip, presented(person, _whole(example.target), opening), example.weight)


def _example(clip: MotionClip) -> MotionExample:
    return example_of(clip, MOUTH_CHANNELS, (clip.subject,))


def _rules(clip: MotionClip) -> NDArray[np.float32]:
    return expression_by_rules(clip, np.arange(0, clip.frames, 2) / float(clip.frame_rate))


def _as_person(example: MotionExample, restyling: Restyling) -> NDArray[np.float32]:
    return _whole(restyling.of(example.target.astype(np.float32), example.phoneme_class[::2]))


def _whole(curves: NDArray[np.floating]) -> NDArray[np.float32]:
    """[T, E] with `curves` [T, O] of the mouth, and nothing else that moves."""
    result = np.zeros((len(curves), len(EXPRESSION_NAMES)), np.float32)
    result[:, _MOUTH] = curves
    return result


def _clip(clip: MotionClip, expression: NDArray[np.float32], weight: NDArray[np.floating]) -> MotionClip:
    """`clip` with other motion, on the decoder's clock; `weight` [T] is how far to trust each frame."""
    at_rest = FaceMotion.at_rest(len(expression))
    return replace(
        clip,
        name=f"{PRESENTER}-{clip.name}",
        subject=PRESENTER,
        motion=replace(at_rest, expression=expression, fps=Fraction(clip.frame_rate, 2)),
        valid=weight > 0,
        confidence=weight.astype(np.float32),
        identity=None,
    )
