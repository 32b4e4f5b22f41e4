"""Curves that motion is made of: smooth steps and bumps over time, and how many of them meet at one moment.

All are closed forms of time, so that a curve read at 25 frames per second is the same curve as at 240.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs", "falloff", "meeting_pairs", "minimum_jerk", "plateau", "soft_union"]


def minimum_jerk(progress: NDArray[Any]) -> NDArray[np.float64]:
    """0 .. 1 along a movement from rest to rest, `progress` being the share of its time that is over.

    The polynomial of least squared jerk (Flash and Hogan, The coordination of arm movements, 1985, eq. 3);
    velocity and acceleration are zero at both ends, and the largest velocity is 1.875 / duration.
    """
    share = np.clip(progress, 0.0, 1.0)
    return np.asarray(share * share * share * (10.0 + share * (6.0 * share - 15.0)))


def plateau(
    times_s: NDArray[Any],
    start_s: NDArray[Any] | float,
    end_s: NDArray[Any] | float,
    rise_s: NDArray[Any] | float,
    fall_s: NDArray[Any] | float,
) -> NDArray[np.float64]:
    """1 from `start_s` to `end_s`, 0 before `start_s - rise_s` and after `end_s + fall_s`, minimum jerk between."""
    rising = minimum_jerk((times_s - start_s) / rise_s + 1.0)
    falling = minimum_jerk((times_s - end_s) / fall_s)
    return np.asarray(rising * (1.0 - falling))


def falloff(distance: NDArray[Any], radius: NDArray[Any] | float) -> NDArray[np.float64]:
    """(1 - (distance / radius)^2)^2 inside the radius, 0 outside: a bell with compact support and smooth ends."""
    inside = np.maximum(1.0 - np.square(distance / radius), 0.0)
    return np.asarray(inside * inside)


def soft_union(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """At least as large as either of two curves in 0 .. 1, and as smooth as they are; a maximum would have corners."""
    return np.asarray(1.0 - (1.0 - first) * (1.0 - second))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which of many short events are under way at each of many times."""

    event: NDArray[np.int64]
    """[T, W] number of an event; W is the largest count that meets at one time."""
    valid: NDArray[np.bool_]
    """[T, W] False where fewer events meet, and `event` says nothing."""


def meeting_pairs(times_s: NDArray[np.float64], starts_s: NDArray[np.float64], ends_s: NDArray[np.float64]) -> Pairs:
    """For each time in `times_s` [T] the events that may be under way, out of starts [S] and ends [S] in order.

    Looking only at those makes the cost of a curve proportional to T, not to T times S. Starts must rise; an end
    before an earlier event's end is fine (the pair is then listed without need).
    """
    if not len(starts_s):
        return Pairs(np.zeros((len(times_s), 0), np.int64), np.zeros((len(times_s), 0), np.bool_))
    first = np.searchsorted(np.maximum.accumulate(ends_s), times_s, side="left")
    past_last = np.searchsorted(starts_s, times_s, side="right")
    width = max(int((past_last - first).max(initial=0)), 0)
    event = first[:, None] + np.arange(width)
    valid = event < past_last[:, None]
    return Pairs(np.minimum(event, len(starts_s) - 1), valid)
