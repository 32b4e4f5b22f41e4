"""The habits of one person as numbers: blinks, head, gaze, and how far everything goes."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_NAMES
from avatron.errors import DamagedModelError, InvalidValueError, ShapeError
from avatron.motion.idle.blinks import BlinkShape

__all__ = ["POSE_NAMES", "BlinkHabits", "GazeHabits", "HeadHabits", "MotionHabits"]

POSE_NAMES: tuple[str, ...] = tuple(
    f"{joint}_{axis}"
    for joint in ("head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation")
    for axis in "xyz"
)
"""[15] columns of a pose."""
_JSON_DIGITS = 6


@dataclass(frozen=True)
class BlinkHabits:
    """How somebody blinks."""

    rate_hz: float = 0.26
    """Blinks a second."""
    closing_s: float = 0.11
    """From open to shut."""
    hold_s: float = 0.042
    """Shut."""
    opening_s: float = 0.22
    """From shut to open."""
    depth: float = 1.0
    """Weight of `eyeBlink` at the deepest."""
    count: int = 0
    """Blinks that were seen; 0: the numbers are an ordinary person's."""

    @property
    def shape(self) -> BlinkShape:
        """The course of one of them."""
        return BlinkShape(self.closing_s, self.hold_s, self.opening_s)


@dataclass(frozen=True)
class HeadHabits:
    """How somebody's head moves while they talk."""

    spread: tuple[float, float, float] = (0.02, 0.03, 0.015)
    """Standard deviation of pitch, yaw and roll of head, neck and torso together, radians."""
    speed: float = 0.06
    """Mean angular speed, radians a second."""
    talking_gain: float = 1.0
    """Speed while something is said over the speed in pauses; 1 where there was too little of either."""
    nod_per_energy: float = 0.0
    """Pitch in radians for a standard deviation of the sound's energy: positive for who nods with stress."""
    nod_delay_s: float = 0.0
    """By how much the head follows the sound."""
    nod_correlation: float = 0.0
    """Of the two, -1 .. 1; what is below `LEAST_CORRELATION` of `observe.py` is noise and moves nothing."""


@dataclass(frozen=True)
class GazeHabits:
    """Where somebody looks."""

    middle: tuple[float, float] = (0.0, 0.0)
    """Median yaw and pitch, radians."""
    spread: tuple[float, float] = (0.02, 0.02)
    """Standard deviation about it."""
    saccades_hz: float = 0.6
    """Jumps of more than two degrees, a second."""


@dataclass(frozen=True, eq=False)
class MotionHabits:
    """What a video says of a person's motion; frames of it that were not to be learned from had no say.

    Raises:
        ShapeError: lengths that disagree.
        InvalidValueError: limits that are crossed.
    """

    rest: NDArray[np.float32]
    """[E] weights while nothing is said: where the mouth returns to."""
    middle: NDArray[np.float32]
    """[E] mean weights."""
    spread: NDArray[np.float32]
    """[E] standard deviation."""
    low: NDArray[np.float32]
    """[E] the least that was seen, all but the most extreme frames ..."""
    high: NDArray[np.float32]
    """[E] ... and the most."""
    pose_low: NDArray[np.float32]
    """[15] the same of `POSE_NAMES`, radians and metres."""
    pose_high: NDArray[np.float32]
    """[15]."""
    blinks: BlinkHabits = field(default_factory=BlinkHabits)
    head: HeadHabits = field(default_factory=HeadHabits)
    gaze: GazeHabits = field(default_factory=GazeHabits)
    seconds: float = 0.0
    """Of video that they were learned from."""

    def __post_init__(self) -> None:
        for name in _EXPRESSION_FIELDS:
            value = checked_array(name, getattr(self, name), (len(EXPRESSION_NAMES),), np.float32)
            object.__setattr__(self, name, value)
        for name in _POSE_FIELDS:
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (len(POSE_NAMES),), np.float32))
        if (self.low > self.high).any() or (self.pose_low > self.pose_high).any():
            raise InvalidValueError("a lower limit of a motion is above its upper one")

    def to_json(self) -> bytes:
        """As a JSON object; expressions and poses by name."""
        values: dict[str, Any] = {
            **{name: _named(EXPRESSION_NAMES, getattr(self, name)) for name in _EXPRESSION_FIELDS},
            **{name: _named(POSE_NAMES, getattr(self, name)) for name in _POSE_FIELDS},
            **{name: asdict(getattr(self, name)) for name in _PARTS},
            "seconds": round(self.seconds, _JSON_DIGITS),
        }
        return (json.dumps(values, indent=1, allow_nan=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes, source: str) -> Self:
        """What `to_json` wrote; `source` names it in messages.

        Raises:
            DamagedModelError: something else, or numbers that cannot be.
        """
        try:
            values = json.loads(data)
            arrays: dict[str, Any] = {name: _ordered(EXPRESSION_NAMES, values[name]) for name in _EXPRESSION_FIELDS}
            arrays |= {name: _ordered(POSE_NAMES, values[name]) for name in _POSE_FIELDS}
            parts = {name: _part(made, values[name]) for name, made in _PARTS.items()}
            return cls(**arrays, **parts, seconds=_number(values["seconds"]))
        except (KeyError, TypeError, ValueError, ShapeError, InvalidValueError) as error:
            raise DamagedModelError(f"the habits in `{source}` cannot be read ({error!r}); build it again") from error


_EXPRESSION_FIELDS = ("rest", "middle", "spread", "low", "high")
_POSE_FIELDS = ("pose_low", "pose_high")
_PARTS: dict[str, type[Any]] = {"blinks": BlinkHabits, "head": HeadHabits, "gaze": GazeHabits}


def _named(names: tuple[str, ...], values: NDArray[np.float32]) -> dict[str, float]:
    return {name: round(float(value), _JSON_DIGITS) for name, value in zip(names, values, strict=True)}


def _ordered(names: tuple[str, ...], values: dict[str, Any]) -> NDArray[np.float32]:
    if set(values) != set(names):
        raise ValueError(f"{len(values)} names, expected {len(names)}")
    return np.array([_number(values[name]) for name in names], np.float32)


def _part(made: type[Any], values: dict[str, Any]) -> Any:
    if set(values) != {one.name for one in fields(made)}:
        raise ValueError(f"`{made.__name__}` has the fields {sorted(values)}")
    return made(
        **{
            name: tuple(_number(one) for one in value) if isinstance(value, list) else _number(value)
            for name, value in values.items()
        }
    )


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"`{value}` is not a number")
    return value
