"""From sound to what the listener hears in it, in blocks: hours of sound need no more memory than a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio
from avatron.track.speech.features import FRAME_RATE, HEARING, heard_mel, normalised
from avatron.track.speech.listener import Listener

__all__ = ["BLOCK_FRAMES", "hear", "hear_pieces"]

BLOCK_FRAMES = round(20 * FRAME_RATE)
"""Frames that are given at once."""
CONTEXT_FRAMES = round(5 * FRAME_RATE)
"""Frames on either side of a block that say how loud its speech is."""


def hear(audio: Audio, listener: Listener) -> Iterator[NDArray[np.float32]]:
    """Blocks [f, STATES] of `Listener.log_shares`, F = N // 160 in all at 100 a second; `audio` of any rate."""
    yield from hear_pieces([resample_audio(audio, HEARING.sample_rate).samples], listener)


def hear_pieces(pieces: Iterable[NDArray[np.float32]], listener: Listener) -> Iterator[NDArray[np.float32]]:
    """The same of sound at 16 kHz that comes in pieces [n]; samples that are no numbers count as silence."""
    hop = HEARING.hop_length
    margin = -(-HEARING.window_length // (2 * hop))
    held = np.zeros(0, np.float32)
    first = 0  # frame of the first sample held
    given = 0
    for gathered in _gathered(pieces, BLOCK_FRAMES * hop):
        held = np.concatenate([held, np.nan_to_num(gathered, nan=0.0, posinf=0.0, neginf=0.0)])
        while len(held) // hop + first - margin >= given + BLOCK_FRAMES + CONTEXT_FRAMES:
            until = given + BLOCK_FRAMES + CONTEXT_FRAMES
            mel = heard_mel(Audio(held[: (until - first + margin) * hop], HEARING.sample_rate))[: until - first]
            yield _block(mel, first, given, given + BLOCK_FRAMES, listener)
            given += BLOCK_FRAMES
            kept = max(0, given - CONTEXT_FRAMES)
            held = held[(kept - first) * hop :]
            first = kept
    if len(held) // hop + first > given:
        mel = heard_mel(Audio(_long_enough(held), HEARING.sample_rate))[: len(held) // hop]
        yield _block(mel, first, given, first + len(mel), listener)


def _gathered(pieces: Iterable[NDArray[np.float32]], length: int) -> Iterator[NDArray[np.float32]]:
    """The pieces [n] again, none much longer than `length` samples, and all but the last no shorter."""
    waiting: list[NDArray[np.float32]] = []
    count = 0
    for piece in pieces:
        for part in np.array_split(piece, max(1, len(piece) // length)):
            waiting.append(part)
            count += len(part)
            if count >= length:
                yield np.concatenate(waiting)
                waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _block(mel: NDArray[np.float32], first: int, start: int, stop: int, listener: Listener) -> NDArray[np.float32]:
    return listener.log_shares(normalised(mel))[start - first : stop - first]


def _long_enough(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mirroring the edges of a window needs half a window of sound."""
    return np.pad(samples, (0, max(0, HEARING.window_length - len(samples))))
