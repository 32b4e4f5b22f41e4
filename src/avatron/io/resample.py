"""Sound at another sample rate, in pieces, with exact lengths and no delay."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError

__all__ = ["StreamResampler", "resample_audio"]


class StreamResampler:
    """FFmpeg's band-limited resampler; sample n of the result is at n / target_rate seconds of the source.

    N source samples give exactly ceil(N * target_rate / source_rate), however they are cut into pieces.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        """`source_rate` and `target_rate` in Hz.

        Raises:
            InvalidValueError: a rate below 1.
        """
        if source_rate < 1 or target_rate < 1:
            raise InvalidValueError(f"cannot resample from {source_rate} Hz to {target_rate} Hz")
        self._ratio = Fraction(target_rate, source_rate)
        self._source_rate = source_rate
        self._taken = 0
        self._given = 0
        self._resampler: Any = None
        if source_rate != target_rate:
            from av import AudioResampler

            self._resampler = AudioResampler(format="fltp", layout="mono", rate=target_rate)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What can be said of the result after `samples` [N] more: some samples of it, possibly none."""
        if self._resampler is None or not len(samples):
            return samples
        from av import AudioFrame

        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
        frame.sample_rate = self._source_rate
        frame.pts = self._taken
        frame.time_base = Fraction(1, self._source_rate)
        self._taken += len(samples)
        return self._collect(frame)

    def finish(self) -> NDArray[np.float32]:
        """The rest of the result."""
        if self._resampler is None or not self._taken:
            return np.zeros(0, np.float32)
        before = self._given
        rest = self._collect(None)
        # The resampler's own count is within a sample of the exact one.
        missing = -int(-(self._taken * self._ratio) // 1) - before
        self._given = before + missing
        return np.concatenate([rest[:missing], np.zeros(max(missing - len(rest), 0), np.float32)])

    def _collect(self, frame: Any) -> NDArray[np.float32]:
        pieces = [piece.to_ndarray()[0] for piece in self._resampler.resample(frame)]
        result = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        self._given += len(result)
        return result


def resample_audio(audio: Audio, sample_rate: int) -> Audio:
    """`audio` at `sample_rate` Hz.

    Raises:
        InvalidValueError: a rate out of range.
    """
    if audio.sample_rate == sample_rate:
        return audio
    resampler = StreamResampler(audio.sample_rate, sample_rate)
    return Audio(np.concatenate([resampler.push(audio.samples), resampler.finish()]), sample_rate)
