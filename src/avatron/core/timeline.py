"""The one place where the two clocks meet: mel frames (sample rate / hop) and video frames (fps).

Video frame t is at t / fps seconds, exactly, however long the script is: times are computed from the frame's
number as a rational, never accumulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError

__all__ = ["MAXIMUM_FPS", "FrameClock", "sample_curve"]

MAXIMUM_FPS = 240


@dataclass(frozen=True)
class FrameClock:
    """Video frames in time.

    Raises:
        InvalidValueError: fps outside (0, 240].
    """

    fps: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.fps <= MAXIMUM_FPS:
            raise InvalidValueError(f"fps {float(self.fps):g} is not above 0 and at most {MAXIMUM_FPS}")
        object.__setattr__(self, "fps", Fraction(self.fps))

    def first_frame_at(self, time_s: Fraction | float) -> int:
        """The first frame that is not before `time_s`."""
        return -int(-(Fraction(time_s) * self.fps) // 1)

    def frames_between(self, start_s: Fraction | float, end_s: Fraction | float) -> range:
        """The frames t with start_s <= t / fps < end_s: half-open spans that touch share no frame and lose none.

        Give exact fractions (samples / rate) where spans must touch: two floats that should be equal may not be.
        """
        return range(self.first_frame_at(start_s), self.first_frame_at(end_s))

    def times(self, frames: range) -> NDArray[np.float64]:
        """[T] the time of each frame in seconds, each rounded once from the exact rational."""
        numbers = np.arange(frames.start, frames.stop, dtype=np.int64)
        return numbers * self.fps.denominator / self.fps.numerator

    @staticmethod
    def parse(text: str | float | Fraction) -> FrameClock:
        """A clock from `25`, `29.97` or `30000/1001`; NTSC rates in decimals mean the exact x1000/1001 ones.

        Raises:
            InvalidValueError: not a number, or outside (0, 240].
        """
        try:
            if isinstance(text, str) and (len(text) > 40 or "e" in text.lower()):
                # Fraction would write out 1e999999999 digit by digit.
                raise ValueError
            fps = Fraction(text)
        except (TypeError, ValueError, ZeroDivisionError, OverflowError):
            raise InvalidValueError(f"fps `{text}` is not a number such as 25, 29.97 or 30000/1001") from None
        for ntsc in (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)):
            if abs(fps - ntsc) < Fraction(1, 200) and fps.denominator != 1:
                fps = ntsc
        return FrameClock(fps.limit_denominator(1001))


def sample_curve(curve: NDArray[Any], rate_hz: float, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """[..., T] `curve` [..., F], whose column f is centred on f / rate_hz seconds, read linearly at `times_s` [T].

    Times outside the curve read its first or last column.
    """
    position = np.clip(times_s * rate_hz, 0, curve.shape[-1] - 1)
    left = np.minimum(position.astype(np.int64), max(curve.shape[-1] - 2, 0))
    right = np.minimum(left + 1, curve.shape[-1] - 1)
    weight = (position - left).astype(np.float32)
    return np.asarray(curve[..., left] * (1 - weight) + curve[..., right] * weight, dtype=np.float32)
