"""The blinks of a tracked person: when, how fast, how deep; and their motion without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.motion.idle.blinks import LENGTH_S
from avatron.motion.personal.habits import BlinkHabits

__all__ = ["SeenBlinks", "blink_habits", "find_blinks", "without_blinks"]

LEAST_HEIGHT = 0.25
"""Weight by which lids rise above where they were, for a blink."""
LONGEST_S = 0.7
"""Lids that stay down for longer are a look down, or a pause."""
_AROUND_S = 1.2
"""Where the lids are between blinks is their median over so long on each side."""
_FOOT = 0.2
"""A blink begins and ends at this share of its height."""
_TOP = 0.85
"""It is shut above this."""
_ORDINARY_HZ = 0.26
_WORTH_S = 10.0
"""Seconds of video that an ordinary person's rate counts as."""
_COVERED_S = 0.05
"""Lids change what the tracker makes of the eyes a little before and after a blink, too."""


@dataclass(frozen=True, eq=False)
class SeenBlinks:
    """B blinks, in frames."""

    first: NDArray[np.int64]
    """[B] first frame above the foot."""
    past_last: NDArray[np.int64]
    """[B] the one after the last."""
    peak: NDArray[np.int64]
    """[B] the deepest."""
    height: NDArray[np.float64]
    """[B] weight above where the lids were."""

    def __len__(self) -> int:
        return len(self.peak)


def find_blinks(lids: NDArray[np.floating], rate_hz: float) -> SeenBlinks:
    """The blinks in how far the lids are closed, `lids` [T], the mean of both eyes."""
    closed = np.asarray(lids, np.float64)
    rest = _median_around(closed, round(_AROUND_S * rate_hz))
    above = closed - rest
    found = []
    frame = 0
    while frame < len(closed):
        if above[frame] < LEAST_HEIGHT:
            frame += 1
            continue
        stop = frame
        while stop < len(closed) and above[stop] >= LEAST_HEIGHT:
            stop += 1
        peak = frame + int(above[frame:stop].argmax())
        foot = _FOOT * above[peak]
        first, past_last = peak, peak + 1
        while first > 0 and above[first - 1] > foot:
            first -= 1
        while past_last < len(closed) and above[past_last] > foot:
            past_last += 1
        if (past_last - first) / rate_hz <= LONGEST_S and first > 0 and past_last < len(closed):
            found.append((first, past_last, peak, above[peak]))
        frame = max(stop, past_last)
    columns = np.array(found, np.float64).reshape(-1, 4)
    first, past_last, peak = columns[:, :3].astype(np.int64).T
    return SeenBlinks(first, past_last, peak, columns[:, 3])


def blink_habits(lids: NDArray[np.floating], rate_hz: float) -> BlinkHabits:
    """How somebody blinks whose lids close as `lids` [T] say.

    A short video holds few blinks: the rate is drawn to an ordinary person's, and without three blinks the course of
    one is, too.
    """
    blinks = find_blinks(lids, rate_hz)
    seconds = len(lids) / rate_hz
    rate = (len(blinks) + _ORDINARY_HZ * _WORTH_S) / (seconds + _WORTH_S)
    ordinary = BlinkHabits()
    if len(blinks) < 3:
        return BlinkHabits(rate_hz=rate, count=len(blinks))
    closing, hold, opening = (np.median(times) for times in zip(*_courses(lids, blinks, rate_hz), strict=True))
    # Longer than this, a blink at a pause would not lie inside of its utterance.
    shrink = min(1.0, LENGTH_S / float(closing + hold + opening))
    return BlinkHabits(
        rate_hz=rate,
        closing_s=float(max(shrink * closing, 0.5 * ordinary.closing_s)),
        hold_s=float(max(shrink * hold, 0.5 * ordinary.hold_s)),
        opening_s=float(max(shrink * opening, 0.5 * ordinary.opening_s)),
        depth=float(np.clip(np.percentile(np.asarray(lids)[blinks.peak], 75), 0.3, 1.0)),
        count=len(blinks),
    )


def without_blinks(values: NDArray[np.floating], blinks: SeenBlinks, rate_hz: float) -> NDArray[np.float64]:
    """`values` [T, N] of lids and gaze with straight lines where the person blinked."""
    result = np.array(values, np.float64)
    covered = np.zeros(len(result), bool)
    around = max(1, round(_COVERED_S * rate_hz))
    for first, past_last in zip(blinks.first.tolist(), blinks.past_last.tolist(), strict=True):
        covered[max(first - around, 0) : past_last + around] = True
    if covered.all() or not covered.any():
        return result
    frames = np.arange(len(result))
    for column in result.T:
        column[covered] = np.interp(frames[covered], frames[~covered], column[~covered])
    return result


def _courses(lids: NDArray[np.floating], blinks: SeenBlinks, rate_hz: float) -> list[tuple[float, float, float]]:
    """Seconds of closing, being shut and opening of each."""
    found = []
    for first, past_last, peak, height in zip(
        blinks.first.tolist(), blinks.past_last.tolist(), blinks.peak.tolist(), blinks.height.tolist(), strict=True
    ):
        top = float(lids[peak]) - (1 - _TOP) * height
        shut = np.flatnonzero(np.asarray(lids[first:past_last]) >= top) + first
        found.append(
            (
                (int(shut[0]) - first + 0.5) / rate_hz,
                (int(shut[-1]) - int(shut[0])) / rate_hz,
                (past_last - int(shut[-1]) - 0.5) / rate_hz,
            )
        )
    return found


def _median_around(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """[T] the median of the `reach` frames on each side of each."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, mode="edge"), 2 * reach + 1)
    return np.asarray(np.median(windows, axis=1))
