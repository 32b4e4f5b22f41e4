"""Clips as the decoders learn from them: small enough to stay in memory, on the decoder's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.timeline import sample_curve
from avatron.motion.decoder.channels import TONGUE_CHANNELS
from avatron.motion.decoder.features import PAUSE_CLASS, column_classes
from avatron.text.inventory import BILABIALS, LABIODENTALS, base_of
from avatron.training.motion.clip import FILMED, MotionClip
from avatron.training.motion.tongue import expression_by_rules

__all__ = ["MotionExample", "example_of", "silent_columns", "spans_of"]

SHORTEST_SILENCE_S = 0.20
"""Pauses shorter than this need not shut a mouth."""
OPENING_S, CLOSING_S = 0.09, 0.14
"""What a pause leaves to the sounds after and before it."""


@dataclass(frozen=True, eq=False)
class MotionExample:
    """One clip. F mel columns, T = ceil(F / 2) frames of the decoder."""

    name: str
    style: int
    """Place of its subject among the styles."""
    embedding: NDArray[np.float16]
    """[D, F]."""
    phoneme_class: NDArray[np.int16]
    """[F]."""
    phoneme_start: NDArray[np.int32]
    """[F] the column at which the phoneme of each column begins."""
    mel: NDArray[np.float16]
    """[M, F] natural log."""
    target: NDArray[np.float16]
    """[T, O]."""
    weight: NDArray[np.float16]
    """[T] 0 .. 1."""
    silence: NDArray[np.float16]
    """[T] 1 where the mouth has to be shut."""
    closures: NDArray[np.int32]
    """[K, 2] first column and the one past the last of each P, B and M."""
    contacts: NDArray[np.int32]
    """[K, 2] the same of F and V."""
    frame_rate: float
    """Mel columns a second."""

    @property
    def columns(self) -> int:
        """F."""
        return self.embedding.shape[1]


def example_of(clip: MotionClip, channels: tuple[str, ...], styles: tuple[str, ...]) -> MotionExample:
    """The clip for curves of `channels`, its subject's place among `styles`.

    Films do not show the tongue: theirs is made by the rules of `viseme` from the same phonemes and times.

    Raises:
        ValueError: a subject that is not among the styles.
    """
    rate = float(clip.frame_rate)
    times_s = np.arange(0, clip.frames, 2) / rate
    fps = float(clip.motion.fps)
    expression = sample_curve(clip.motion.expression.T, fps, times_s).T.copy()
    if clip.source in FILMED:
        columns = [EXPRESSION_INDEX[name] for name in TONGUE_CHANNELS]
        expression[:, columns] = expression_by_rules(clip, times_s)[:, columns]
    # A frame between two video frames is as trusted as the less trusted one.
    position = times_s * fps
    trust = clip.confidence * clip.valid
    last = max(len(trust) - 1, 0)
    before, after = (np.clip(np.floor(position + side).astype(np.int64), 0, last) for side in (0, 0.999))
    weight = np.minimum(trust[before], trust[after]) * (position <= last + 0.5)
    classes = column_classes(clip.symbols, clip.durations)
    edges = np.concatenate([[0], np.cumsum(clip.durations)])
    return MotionExample(
        name=clip.name,
        style=styles.index(clip.subject),
        embedding=clip.embedding.astype(np.float16),
        phoneme_class=classes.astype(np.int16),
        phoneme_start=np.repeat(edges[:-1], clip.durations).astype(np.int32),
        mel=clip.mel.astype(np.float16),
        target=expression[:, [EXPRESSION_INDEX[name] for name in channels]].astype(np.float16),
        weight=weight.astype(np.float16),
        silence=silent_columns(classes, rate)[::2].astype(np.float16),
        closures=spans_of(clip.symbols, edges, BILABIALS),
        contacts=spans_of(clip.symbols, edges, LABIODENTALS),
        frame_rate=rate,
    )


def spans_of(symbols: Iterable[str], edges: NDArray[np.int64], sounds: frozenset[str]) -> NDArray[np.int32]:
    """[K, 2] first column and the one past the last of each of the `sounds`; phoneme p is between `edges` [P + 1]."""
    found = [
        (start, end)
        for symbol, start, end in zip(symbols, edges[:-1], edges[1:], strict=True)
        if end > start and base_of(symbol) in sounds
    ]
    return np.array(found, np.int32).reshape(-1, 2)


def silent_columns(classes: NDArray[np.int64], rate: float) -> NDArray[np.bool_]:
    """[F] inside of pauses that are long enough, and away from the sounds beside them."""
    silent = np.zeros(len(classes), np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], classes == PAUSE_CLASS, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        if (end - start) / rate < SHORTEST_SILENCE_S:
            continue
        first = start if start == 0 else start + round(CLOSING_S * rate)
        last = end if end == len(classes) else end - round(OPENING_S * rate)
        silent[first : max(first, last)] = True
    return silent
