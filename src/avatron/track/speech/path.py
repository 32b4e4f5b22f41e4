"""The best path through the sounds of a text: Viterbi's algorithm, where parts of the text may be left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.speech.sounds import HALVES, SILENCE

__all__ = ["NEVER", "SoundPath", "StateChain", "best_path", "chain_of"]

NEVER = np.float32(-1e9)
"""Log probability of what cannot be."""
MOST_LEFT_OUT = 2
"""Optional sounds in a row that a path can go past: the `ɹ` that ends a word, and the pause after it."""


@dataclass(frozen=True, eq=False)
class StateChain:
    """What a path walks through."""

    state: NDArray[np.int64]
    """[S] of the listener."""
    sound: NDArray[np.int64]
    """[S] the place in the text of the sound that each is part of."""
    before: NDArray[np.int64]
    """[S, 2 + MOST_LEFT_OUT] from where each can be entered: itself first; -1 for none."""


@dataclass(frozen=True, eq=False)
class SoundPath:
    """Where in the chain a path is at each frame."""

    place: NDArray[np.int64]
    """[F] in the chain's S."""
    score: float
    """Sum over the frames."""


def chain_of(sounds: NDArray[np.int64], optional: NDArray[np.bool_]) -> StateChain:
    """The chain of `sounds` [P], of which those that are `optional` [P] may be left out."""
    counts = np.where(sounds == SILENCE, 1, HALVES)
    first = np.cumsum(counts) - counts
    last = first + counts - 1
    sound = np.repeat(np.arange(len(sounds)), counts)
    part = np.arange(len(sound)) - first[sound]
    number = sounds[sound]
    state = np.where(number == SILENCE, SILENCE, HALVES * number - (HALVES - 1) + part)
    before = np.full((len(sound), 2 + MOST_LEFT_OUT), -1, np.int64)
    before[:, 0] = np.arange(len(sound))
    before[1:, 1] = np.arange(len(sound) - 1)
    for place in range(len(sounds)):
        past = place - 1
        for jump in range(MOST_LEFT_OUT):
            if past < 1 or not optional[past]:
                break
            past -= 1
            before[first[place], 2 + jump] = last[past]
    return StateChain(state, sound, before)


def best_path(
    likelihood: NDArray[np.float32],
    chain: StateChain,
    begins: NDArray[np.bool_],
    ends: NDArray[np.bool_],
    allowed: NDArray[np.bool_] | None = None,
) -> SoundPath | None:
    """The path of the highest sum, or None where no path fits into the frames.

    `likelihood` [F, STATES] log likelihood ratios of the listener; `begins` and `ends` [S] where a path may do so,
    `allowed` [F, S] where it may be.
    """
    emission = likelihood[:, chain.state]
    if allowed is not None:
        emission = np.where(allowed, emission, NEVER)
    frames, length = emission.shape
    before = chain.before
    missing = before < 0
    came_from = np.zeros((frames, length), np.int8)
    score = np.where(begins, emission[0], NEVER).astype(np.float32)
    rows = np.arange(length)
    for frame in range(1, frames):
        choices = score[before]
        choices[missing] = NEVER
        chosen = choices.argmax(axis=1)
        came_from[frame] = chosen
        score = choices[rows, chosen] + emission[frame]
    final = np.where(ends, score, NEVER)
    here = int(final.argmax())
    if final[here] <= 0.5 * NEVER:
        return None
    place = np.empty(frames, np.int64)
    for frame in range(frames - 1, -1, -1):
        place[frame] = here
        here = int(before[here, came_from[frame, here]])
    return SoundPath(place, float(final.max()))
