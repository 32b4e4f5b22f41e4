"""Nearest neighbour by phoneme: pieces of true motion, put together by what is said. No network has an excuse to lose
to it: it has the same data, and learns nothing.

For each phone, of all pieces with the same sound, the one whose neighbours and length fit best; its motion is stretched
to the phone's length. Pieces overlap by some frames and fade into one another, as in concatenative synthesis (Bregler,
Covell and Slaney, Video rewrite, 1997).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock, sample_curve
from avatron.errors import InvalidValueError
from avatron.evaluation.face.case import FaceCase
from avatron.text.inventory import LEAD_PAUSE, base_of, is_pause

__all__ = ["NearestPhones"]

_FADE_S = 0.04
"""Pieces reach so far into their neighbours."""
_NEIGHBOUR = 1.0
"""What a neighbour of the same sound is worth, in log units of length."""


@dataclass(frozen=True, eq=False)
class _Piece:
    """One phone as it was once said."""

    before: str
    after: str
    symbol: str
    start_s: float
    end_s: float
    clip: int


class NearestPhones:
    """Motion made of pieces of known cases."""

    def __init__(self, known: Iterable[FaceCase]) -> None:
        """Keep the motion of `known`, and where its phones are whose frames are all trusted.

        Raises:
            InvalidValueError: no phone that could be used.
        """
        self._curves: list[tuple[NDArray[np.float32], float]] = []
        self._pieces: dict[str, list[_Piece]] = defaultdict(list)
        for case in known:
            rate = float(case.truth.fps)
            self._curves.append((case.truth.expression.T, rate))
            sounds = _sounds(case.speech)
            for place, span in enumerate(case.speech.spans):
                rows = slice(math.floor(span.start_s * rate), math.ceil(span.end_s * rate) + 1)
                if span.end_s <= span.start_s or not case.trusted[rows].all() or not len(case.trusted[rows]):
                    continue
                before, sound, after = sounds[place : place + 3]
                self._pieces[sound].append(
                    _Piece(before, after, span.label, span.start_s, span.end_s, len(self._curves) - 1)
                )
        if not self._pieces:
            raise InvalidValueError("there is no phone to take motion from; give clips of the split `train`")
        everything = np.concatenate([curves for curves, _ in self._curves], axis=1)
        self._mean = everything.mean(axis=1)

    def animate(self, case: FaceCase, speech: Speech) -> FaceMotion:
        """The pieces that fit `speech` best; sounds that nobody said have the mean of all motion."""
        clock = FrameClock(case.truth.fps)
        frames = clock.frames_between(speech.start, speech.end)
        times_s = clock.times(frames) - speech.start_s
        total, weight = np.zeros((len(EXPRESSION_NAMES), len(times_s))), np.zeros(len(times_s))
        sounds = _sounds(speech)
        for place, span in enumerate(speech.spans):
            length_s = span.end_s - span.start_s
            if length_s <= 0:
                continue
            here = (times_s > span.start_s - _FADE_S) & (times_s < span.end_s + _FADE_S)
            if not here.any():
                continue
            piece = self._best(sounds[place], sounds[place + 1], sounds[place + 2], span.label, length_s)
            own_s = times_s[here]
            fade = np.minimum(own_s - span.start_s, span.end_s - own_s) / _FADE_S
            share = np.clip(0.5 * (1 + fade), 0, 1)
            weight[here] += share
            if piece is None:
                total[:, here] += share * self._mean[:, None]
                continue
            inside_s = np.interp(own_s, [span.start_s, span.end_s], [piece.start_s, piece.end_s])
            # Beyond its borders a piece goes on at its own pace.
            inside_s += np.minimum(own_s - span.start_s, 0) + np.maximum(own_s - span.end_s, 0)
            total[:, here] += share * sample_curve(*self._curves[piece.clip], inside_s)
        expression = np.where(weight > 0, total / np.maximum(weight, 1e-9), self._mean[:, None]).T
        still = np.zeros((len(times_s), 3), np.float32)
        gaze = np.zeros((len(times_s), 2, 2), np.float32)
        return FaceMotion(
            expression.astype(np.float32), still, still, still, still, still, gaze, case.truth.fps, frames.start
        )

    def _best(self, before: str, sound: str, after: str, symbol: str, length_s: float) -> _Piece | None:
        """The known phone that fits best; the first of equals."""

        def misfit(piece: _Piece) -> float:
            off = abs(math.log((piece.end_s - piece.start_s) / length_s))
            other = (piece.before != before) + (piece.after != after) + 0.5 * (piece.symbol != symbol)
            return off + _NEIGHBOUR * other

        return min(self._pieces.get(sound, ()), key=misfit, default=None)


def _sounds(speech: Speech) -> list[str]:
    """[P + 2] the sounds without stress, all pauses alike, with a pause at both ends."""
    bare = [LEAD_PAUSE if is_pause(span.label) else base_of(span.label) for span in speech.spans]
    return [LEAD_PAUSE, *bare, LEAD_PAUSE]
