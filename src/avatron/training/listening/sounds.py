"""What recordings say of sounds in general: how often they come, what follows them, how long they last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.training.listening.recordings import Recording
from avatron.voice.listening.features import COLUMN_S
from avatron.voice.listening.sounds import HEARD_SYMBOLS, SILENCE, SOUND_OF_ID
from avatron.voice.listening.statistics import SoundStatistics

__all__ = ["mean_embeddings", "measure_sounds"]

SHORT = 0.05
"""Share of a sound's occurrences that may be shorter than its least duration ..."""
MOST_LEAST_COLUMNS = 3
"""... which is no longer than this: machines do not align closer than 10 ms."""
SEEN_BEFORE = 0.3
"""Times that every pair of sounds is taken to have been seen besides."""


def mean_embeddings(recordings: Sequence[Recording]) -> NDArray[np.float32]:
    """[K, D] the mean text embedding of each sound over its time, in the recordings that are trained on."""
    width = recordings[0].embedding.shape[0]
    total, weight = np.zeros((len(HEARD_SYMBOLS), width)), np.full(len(HEARD_SYMBOLS), 1e-9)
    for recording in recordings:
        sounds = SOUND_OF_ID[recording.ids]
        known = (sounds >= 0) & (not recording.held_out)
        lengths = np.diff(recording.end_s, prepend=0.0)[known]
        np.add.at(total, sounds[known], lengths[:, None] * recording.embedding[:, known].T.astype(float))
        np.add.at(weight, sounds[known], lengths)
    return (total / weight[:, None]).astype(np.float32)


def measure_sounds(recordings: Sequence[Recording]) -> SoundStatistics:
    """Of the recordings that are trained on."""
    kinds = len(HEARD_SYMBOLS)
    columns, pairs = np.ones(kinds), np.full((kinds, kinds), SEEN_BEFORE)
    lengths: list[list[float]] = [[] for _ in range(kinds)]
    for recording in recordings:
        if recording.held_out:
            continue
        before = SILENCE
        run = 0.0
        for sound, length in zip(
            SOUND_OF_ID[recording.ids].tolist(), np.diff(recording.end_s, prepend=0.0).tolist(), strict=True
        ):
            if sound < 0:
                before = SILENCE
                continue
            columns[sound] += length / COLUMN_S
            if sound == SILENCE and before == SILENCE:
                run += length
                continue
            lengths[sound].append(length / COLUMN_S + (run if sound == SILENCE else 0.0))
            run = 0.0
            pairs[before, sound] += 1
            before = sound
    least = np.array(
        [int(np.clip(np.floor(np.quantile(each, SHORT)) if each else 1, 1, MOST_LEAST_COLUMNS)) for each in lengths]
    )
    mean = np.array([np.mean(each) if each else 6.0 for each in lengths])
    return SoundStatistics(
        log_prior=np.log(columns / columns.sum()).astype(np.float32),
        log_follows=np.log(pairs / pairs.sum(axis=1, keepdims=True)).astype(np.float32),
        log_ends=np.log(1 / np.maximum(mean - least + 1, 1.5)).astype(np.float32),
        least_columns=least,
    )
