"""Reels: stretches of a person's own motion that close on themselves, so that they can be played without end.

What a head, brows and eyes do together cannot be made up as well as the person did it. A reel holds it as it was
tracked, without blinks, which come at their own times. It is read as a function of the script's clock: utterances that
are animated one by one join, and any piece is what it is in the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_NAMES
from avatron.errors import DamagedModelError, InvalidValueError, ShapeError
from avatron.motion.curves import minimum_jerk
from avatron.motion.decoder.channels import MOUTH_CHANNELS
from avatron.motion.noise import hashed_uniform
from avatron.motion.personal.habits import POSE_NAMES

__all__ = ["FACE_CHANNELS", "Reel", "closed_loop"]

FACE_CHANNELS: tuple[str, ...] = tuple(name for name in EXPRESSION_NAMES if name not in MOUTH_CHANNELS)
"""[19] brows and eyes: what a reel moves beside the pose and the gaze."""
WIDTH = len(FACE_CHANNELS) + len(POSE_NAMES) + 4
"""Columns of a reel: face channels, pose, gaze (left yaw and pitch, right yaw and pitch)."""
_CLOSING_S = 1.2
"""Before its end a reel leans over to its beginning for so long at most."""


@dataclass(frozen=True, eq=False)
class Reel:
    """N frames after the last of which the first comes again.

    Raises:
        ShapeError: another number of columns, or values that are not finite.
        InvalidValueError: fewer than two frames, or a rate that is not positive.
    """

    values: NDArray[np.float32]
    """[N, WIDTH]."""
    rate_hz: float
    """Frames a second."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", checked_array("values", self.values, (None, WIDTH), np.float32))
        if len(self.values) < 2 or not self.rate_hz > 0:
            raise InvalidValueError(f"a reel has {len(self.values)} frames at {self.rate_hz:g} Hz; expected 2 or more")

    @property
    def seconds(self) -> float:
        """How long it plays before it begins again."""
        return len(self.values) / self.rate_hz

    @property
    def middle(self) -> NDArray[np.float32]:
        """[WIDTH] the median of each column."""
        return np.asarray(np.median(self.values, axis=0), np.float32)

    def at(self, times_s: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
        """[T, WIDTH] at `times_s` [T] on the script's clock; the seed chooses where it begins."""
        count = len(self.values)
        place = np.mod((times_s + self.seconds * float(hashed_uniform(seed, "personal/reel", 0))) * self.rate_hz, count)
        left = np.minimum(np.floor(place).astype(np.int64), count - 1)
        share = (place - left)[:, None]
        values = self.values.astype(np.float64)
        # Through four frames (Catmull and Rom, 1974): straight lines between frames of a film would jerk at others.
        before, first, second, after = (values[(left + step) % count] for step in (-1, 0, 1, 2))
        return np.asarray(
            first
            + 0.5
            * share
            * (
                second
                - before
                + share
                * (2 * before - 5 * first + 4 * second - after + share * (3 * (first - second) + after - before))
            )
        )

    def tensors(self) -> dict[str, NDArray[Any]]:
        """For a safetensors file; a hundredth of a degree and a fiftieth of a millimetre are kept."""
        return {"values": self.values.astype(np.float16), "rate_hz": np.array([self.rate_hz], np.float32)}

    @staticmethod
    def of(tensors: Mapping[str, NDArray[Any]], source: str) -> Reel:
        """What `tensors` gave; `source` names it in messages.

        Raises:
            DamagedModelError: an array is missing or not of this form.
        """
        try:
            return Reel(tensors["values"].astype(np.float32), float(tensors["rate_hz"][0]))
        except (KeyError, IndexError, ShapeError, InvalidValueError) as error:
            raise DamagedModelError(f"the reel in `{source}` cannot be read ({error}); build it again") from error


def closed_loop(
    values: NDArray[np.floating], rate_hz: float, scale: NDArray[np.floating], *, shortest_s: float, longest_s: float
) -> tuple[Reel, range]:
    """The part of `values` [N, WIDTH] that closes best, and its frames; longer parts are preferred a little.

    How well a part closes is how near its end is to its beginning, in place and in speed, each column in units of its
    `scale` [WIDTH]. What is left between them is made up for over the last second or so.

    Raises:
        InvalidValueError: fewer frames than `shortest_s` takes.
    """
    count = len(values)
    least = max(round(shortest_s * rate_hz), 2)
    most = max(min(round(longest_s * rate_hz), count - 1), least)
    if count <= least:
        raise InvalidValueError(
            f"{count} frames are too few for a reel of {shortest_s:g} s; expected more than {least}"
        )
    unit = np.asarray(values, np.float64) / np.maximum(scale, 1e-6)
    speed = np.gradient(unit, axis=0) * rate_hz * _SPEED_SHARE
    state = np.concatenate([unit, speed], axis=1)
    best, chosen = np.inf, range(count - 1)
    for start in range(0, count - least, max(1, count // 200)):
        ends = np.arange(start + least, min(start + most, count - 1) + 1)
        apart = np.sqrt(np.square(state[ends] - state[start]).mean(axis=1))
        cost = apart - _LENGTH_WORTH * (ends - start) / most
        place = int(cost.argmin())
        if cost[place] < best:
            best, chosen = float(cost[place]), range(start, int(ends[place]))
    part = np.asarray(values[chosen.start : chosen.stop], np.float64).copy()
    gap = np.asarray(values[chosen.stop], np.float64) - part[0]
    closing = min(round(_CLOSING_S * rate_hz), len(part) // 2)
    lean = minimum_jerk((np.arange(len(part)) - (len(part) - closing)) / closing)
    part -= lean[:, None] * gap
    return Reel(part.astype(np.float32), rate_hz), chosen


_SPEED_SHARE = 0.15
"""A scale a second is as bad as this part of a scale."""
_LENGTH_WORTH = 0.8
"""How much further apart the ends of the longest reel may be than those of a very short one, in scales."""
