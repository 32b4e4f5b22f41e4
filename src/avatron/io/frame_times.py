"""From the times that a file gives its pictures to a grid of constant rate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.timeline import MAXIMUM_FPS

__all__ = ["COMMON_RATES", "FrameTimes", "constant_grid"]

COMMON_RATES = tuple(
    Fraction(rate) for rate in (8, 10, 12, 12.5, 15, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
) + tuple(Fraction(rate * 1000, 1001) for rate in (12, 15, 24, 30, 48, 60, 120, 240))
"""Frames per second of cameras, films, screens and slow motion."""

_SNAP = 0.02
"""A rate within this part of a common one is taken for it."""
_STEADY = 0.25
"""Pictures within this part of a frame of their places on a line are of constant rate: jitter that no face shows."""


@dataclass(frozen=True, eq=False)
class FrameTimes:
    """Which of a file's M pictures is shown in each of the T frames of a grid of constant rate."""

    fps: Fraction
    """Of the grid."""
    variable_rate: bool
    """Whether the pictures come at uneven times: then some are shown twice, or left out."""
    stamps: NDArray[np.int64]
    """[M] the pictures' times in order, in the file's own ticks."""
    source: NDArray[np.int32]
    """[T] the picture of each frame, the nearest in time; never falls."""

    def __len__(self) -> int:
        return len(self.source)


def constant_grid(stamps: NDArray[np.int64], tick: Fraction, declared: tuple[Fraction, ...] = ()) -> FrameTimes:
    """The grid of pictures at `stamps` [M] (rising, in ticks of `tick` seconds), M at least 1.

    Pictures that lie on a line are a constant rate, and each is a frame; the rates tried are the common ones, those
    that the file has `declared`, and the slope of the line itself. Otherwise the rate is the median, snapped to a
    common one, and each frame shows the picture that is nearest in time (of two, the earlier).
    """
    count = len(stamps)
    declared = tuple(rate for rate in declared if 0 < rate <= MAXIMUM_FPS)
    if count == 1:
        fps = declared[0] if declared else Fraction(25)
        return FrameTimes(fps, False, stamps, np.zeros(1, np.int32))
    offset_s = (stamps - stamps[0]) * float(tick)
    slope = Fraction(count - 1) / (int(stamps[-1] - stamps[0]) * tick)
    tolerance_s = max(_STEADY / float(slope), 1.01 * float(tick))
    for fps in (*_near(slope, float(tick) * float(slope)), *declared, slope.limit_denominator(1001)):
        if fps <= MAXIMUM_FPS and _unevenness(offset_s, fps) <= tolerance_s:
            return FrameTimes(fps, False, stamps, np.arange(count, dtype=np.int32))
    median_s = float(np.median(np.diff(offset_s)))
    median = min(Fraction(1 / median_s).limit_denominator(1001), Fraction(MAXIMUM_FPS))
    fps = next(iter(_near(median, float(tick) / median_s)), median)
    frames = round(float(offset_s[-1]) * float(fps)) + 1
    times_s = np.arange(frames) / float(fps)
    right = np.searchsorted(offset_s, times_s).clip(1, count - 1)
    nearer_left = times_s - offset_s[right - 1] <= offset_s[right] - times_s
    return FrameTimes(fps, True, stamps, (right - nearer_left).astype(np.int32))


def _near(rate: Fraction, slack: float) -> list[Fraction]:
    """The common rates within reach of `rate`, nearest first; `slack` is how coarse the ticks are, in frames."""
    reach = max(_SNAP, slack) * float(rate)
    return sorted((own for own in COMMON_RATES if abs(own - rate) <= reach), key=lambda own: abs(own - rate))


def _unevenness(offset_s: NDArray[np.float64], fps: Fraction) -> float:
    """Half the spread, in seconds, of the pictures about their places at a constant rate."""
    late_s = offset_s - np.arange(len(offset_s)) / float(fps)
    return float(np.ptp(late_s)) / 2
