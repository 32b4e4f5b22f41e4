"""Mel, pitch and voicing to samples: the vocoder's network and its signal processing, streamed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.voice.source_filter import FrameFilters, SourceFilter

__all__ = ["Vocoder"]

CHUNKS = (16, 256)
"""Frames that the network works on at a time: few at first, so that sound begins early, then more, since the edges of
each are worked on twice; the last number again and again. The second is done long before the first has been played."""


class Vocoder:
    """The network that shapes pulses and noise."""

    def __init__(
        self, session: Any, *, sample_rate: int, hop_length: int, window_length: int, context_frames: int
    ) -> None:
        """Filters are half a window apart; `context_frames` on each side are what one frame of them depends on."""
        self._session = session
        self.sample_rate, self.hop_length, self.context_frames = sample_rate, hop_length, context_frames
        self.step = window_length // 2

    def stream(
        self,
        mel: NDArray[np.float32],
        log_pitch: NDArray[np.float32],
        voiced: NDArray[np.bool_],
        *,
        seed: int,
        chunk_frames: int | None = None,
    ) -> Iterator[NDArray[np.float32]]:
        """Pieces that join to [F * hop] samples, from mel [M, F], ln Hz [F] and voicing [F].

        The first piece is short, for a quick start; `chunk_frames` is the most that any piece holds. The network works
        on the same frames at a time in any case, since its rounding depends on them: so pieces of any size join to the
        same samples, bit for bit.
        """
        frames, per_frame = mel.shape[1], self.hop_length // self.step
        shaper = SourceFilter(sample_rate=self.sample_rate, hop_length=self.hop_length, step=self.step, seed=seed)
        pitch_hz = np.exp(np.append(log_pitch, log_pitch[-1:]).astype(np.float64))
        start = 0
        for size in itertools.chain(CHUNKS, itertools.repeat(CHUNKS[-1])):
            end = min(frames, start + size)
            filters = self.filters(mel, log_pitch, voiced, start, end)
            for left in range(start, end, chunk_frames or size):
                right = min(end, left + (chunk_frames or size))
                part = filters.part((left - start) * per_frame, (right - start) * per_frame)
                piece = shaper.push(part, pitch_hz[left : right + 1])
                yield np.concatenate([piece, shaper.finish()]) if right == frames else piece
            start = end
            if start == frames:
                return

    def filters(
        self,
        mel: NDArray[np.float32],
        log_pitch: NDArray[np.float32],
        voiced: NDArray[np.bool_],
        start: int,
        end: int,
    ) -> FrameFilters:
        """The filters of frames `start` .. `end`."""
        left, right = max(0, start - self.context_frames), min(mel.shape[1], end + self.context_frames)
        inputs = {
            "mel": mel[None, :, left:right],
            "log_pitch": log_pitch[None, left:right],
            "voiced": voiced[None, left:right].astype(np.float32),
        }
        harmonic, phase, noise = self._session.run(
            ["harmonic_log_gain", "harmonic_phase", "noise_log_gain"],
            {name: np.ascontiguousarray(array) for name, array in inputs.items()},
        )
        per_frame = self.hop_length // self.step
        own = slice((start - left) * per_frame, (end - left) * per_frame)
        return FrameFilters(harmonic[0, own], phase[0, own], noise[0, own])
