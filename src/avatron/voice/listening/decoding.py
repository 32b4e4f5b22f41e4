"""From shares of sounds to sounds with durations: Viterbi's algorithm, each sound as long as it must be at least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.voice.listening.statistics import SoundStatistics

__all__ = ["DecodedSounds", "DecodingConfig", "decode_sounds"]

_NEVER = np.float32(-1e9)


@dataclass(frozen=True)
class DecodingConfig:
    """How much is made of what is known of sounds in general."""

    prior_weight: float = 0.25
    """Of how often a sound comes, which is taken off: rare sounds are heard more readily for it."""
    follows_weight: float = 0.5
    """Of which sound follows which."""
    ends_weight: float = 1.0
    """Of how long sounds last."""


@dataclass(frozen=True, eq=False)
class DecodedSounds:
    """The likeliest sounds."""

    sounds: NDArray[np.int64]
    """[P] numbers of `HEARD_SYMBOLS`."""
    durations: NDArray[np.int64]
    """[P] columns each, at least 1; sum = F."""


def decode_sounds(
    log_shares: NDArray[np.float32], statistics: SoundStatistics, config: DecodingConfig | None = None
) -> DecodedSounds:
    """The path of the highest sum through `log_shares` [K, F].

    Sounds of no more columns than the longest least duration are one sound: the likeliest.
    """
    config = config or DecodingConfig()
    kinds, columns = log_shares.shape
    emission = (log_shares - config.prior_weight * statistics.log_prior[:, None]).T.astype(np.float32)
    least = statistics.least_columns
    if columns <= int(least.max()):
        if not columns:
            return DecodedSounds(np.zeros(0, np.int64), np.zeros(0, np.int64))
        return DecodedSounds(np.array([int(emission.sum(axis=0).argmax())]), np.array([columns]))
    leaves = config.ends_weight * statistics.log_ends
    stays = config.ends_weight * np.log(np.maximum(-np.expm1(statistics.log_ends), 1e-4)).astype(np.float32)
    follows = config.follows_weight * statistics.log_follows + leaves[:, None]
    follows[np.arange(kinds), np.arange(kinds)] = _NEVER
    depth = int(least.max())
    # score[d, k]: in sound k, d + 1 columns into it; at its own last place a sound may stay.
    last = least - 1
    rows = np.arange(kinds)
    score = np.full((depth, kinds), _NEVER, np.float32)
    # What was going on before the recording began may end at once.
    score[last, rows] = emission[0]
    entered_from = np.zeros((columns, kinds), np.int16)
    stayed = np.zeros((columns, kinds), bool)
    for column in range(1, columns):
        ready = score[last, rows]
        entering = ready[:, None] + follows
        best = entering.argmax(axis=0)
        entered_from[column] = best
        moved = np.empty_like(score)
        moved[0] = entering[best, rows]
        moved[1:] = score[:-1]
        staying = ready + stays
        stayed[column] = staying > moved[last, rows]
        moved[last, rows] = np.maximum(staying, moved[last, rows])
        score = moved + emission[column]
    # What goes on after its end may just have begun.
    deep, sound = np.unravel_index(
        int(np.where(np.arange(depth)[:, None] <= last, score, _NEVER).argmax()), score.shape
    )
    return _traced(int(sound), int(deep), last, entered_from, stayed)


def _traced(
    sound: int, depth: int, last: NDArray[np.int64], entered_from: NDArray[np.int16], stayed: NDArray[np.bool_]
) -> DecodedSounds:
    """Back from the last column to the first."""
    sounds, durations, count = [], [], 0
    for column in range(len(entered_from) - 1, -1, -1):
        count += 1
        if column == 0:
            break
        if depth == last[sound] and stayed[column, sound]:
            continue
        if depth > 0:
            depth -= 1
            continue
        sounds.append(sound)
        durations.append(count)
        sound, count = int(entered_from[column, sound]), 0
        depth = int(last[sound])
    sounds.append(sound)
    durations.append(count)
    return DecodedSounds(np.array(sounds[::-1], np.int64), np.array(durations[::-1], np.int64))
