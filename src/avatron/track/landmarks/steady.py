"""Landmarks without their jitter, and without lag where a face moves fast.

An exponential filter whose cutoff rises with the speed of what it filters (Casiez et al., 1 Euro Filter, CHI 2012).
Speed is that of a landmark against the whole face, so that a nodding head does not let the lips jitter, and the face as
a whole is filtered by its own speed. Lips, lids and irises have higher cutoffs: plosives and blinks last one to three
frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.track.observations import LANDMARKS

__all__ = ["LIDS", "LIPS", "LandmarkSteadier", "SteadyConfig", "steady_clip"]

Floats = NDArray[np.float64]

LIPS = np.array(
    [
        *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
        *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
    ]
)
"""Outer contour, then the inner one."""
LIDS = np.array(
    [
        *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
        *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466, *range(468, 478)),
    ]
)
"""Rims of the lids, and the irises."""
_EYES = (33, 263)


@dataclass(frozen=True)
class SteadyConfig:
    """How much each part is held still. Speeds are in distances between the eyes a second."""

    face_hz: float = 1.5
    """Cutoff of what stands still; lower is calmer."""
    quick_hz: float = 3.0
    """The same of lips, lids and irises."""
    face_rise: float = 40.0
    """By how many hertz the cutoff rises for a speed of 1; higher lags less."""
    quick_rise: float = 60.0
    speed_hz: float = 8.0
    """Cutoff of the speed itself."""

    def __post_init__(self) -> None:
        for name in ("face_hz", "quick_hz", "speed_hz"):
            if not getattr(self, name) > 0:
                raise InvalidValueError(f"`{name}` is {getattr(self, name)} Hz, expected more than 0")
        if min(self.face_rise, self.quick_rise) < 0:
            raise InvalidValueError("`face_rise` and `quick_rise` must not be negative")


class LandmarkSteadier:
    """Filters landmarks frame by frame; knows nothing of those to come."""

    def __init__(self, config: SteadyConfig | None = None) -> None:
        """Begin with whatever comes first."""
        self.config = config or SteadyConfig()
        quick = np.zeros(LANDMARKS, bool)
        quick[LIPS] = quick[LIDS] = True
        self._floor = np.where(quick, self.config.quick_hz, self.config.face_hz)[:, None]
        self._rise = np.where(quick, self.config.quick_rise, self.config.face_rise)[:, None]
        self.reset()

    def reset(self) -> None:
        """Forget what was seen, as at a cut."""
        self._middle: Floats | None = None
        self._own = self._own_speed = np.zeros((LANDMARKS, 3))
        self._speed = np.zeros(3)

    def steady(self, landmarks: NDArray[np.float32], elapsed_s: float) -> NDArray[np.float32]:
        """[478, 3] px for landmarks [478, 3] px that are `elapsed_s` later than the last ones."""
        points = landmarks.astype(np.float64)
        middle = points.mean(0)
        own = points - middle
        if self._middle is None:
            self._middle, self._own = middle, own
            self._own_speed, self._speed = np.zeros_like(own), np.zeros(3)
            return landmarks
        scale = max(float(np.linalg.norm(points[_EYES[0]] - points[_EYES[1]])), 1.0)
        settle = _share(self.config.speed_hz, elapsed_s)
        # Against what was given out last: a slow filter thereby sees how far it has fallen behind.
        self._speed = self._speed + settle * ((middle - self._middle) / (scale * elapsed_s) - self._speed)
        self._own_speed = self._own_speed + settle * ((own - self._own) / (scale * elapsed_s) - self._own_speed)
        pace = float(np.linalg.norm(self._speed[:2]))
        self._middle = self._middle + _share(self.config.face_hz + self.config.face_rise * pace, elapsed_s) * (
            middle - self._middle
        )
        cutoff = self._floor + self._rise * np.abs(self._own_speed)
        self._own = self._own + _share(cutoff, elapsed_s) * (own - self._own)
        return np.asarray(self._middle + self._own, np.float32)


def steady_clip(
    landmarks: NDArray[np.float32], valid: NDArray[np.bool_], fps: float, config: SteadyConfig | None = None
) -> NDArray[np.float32]:
    """[T, 478, 3] px: the same filter over a clip [T, 478, 3], without any lag, since all of it is known.

    It goes through the frames in both directions, and the two ways, one as late as the other is early, are averaged.
    Frames that are not `valid` [T] stay as they are, and what lies on their two sides is not mixed.
    """
    ways = []
    for order in (range(len(landmarks)), range(len(landmarks) - 1, -1, -1)):
        steadier = LandmarkSteadier(config)
        way = landmarks.astype(np.float32).copy()
        for frame in order:
            if valid[frame]:
                way[frame] = steadier.steady(landmarks[frame], 1 / fps)
            else:
                steadier.reset()
        ways.append(way)
    return np.asarray((ways[0] + ways[1]) / 2, np.float32)


def _share(cutoff_hz: NDArray[np.float64] | float, elapsed_s: float) -> NDArray[np.float64]:
    """By how much a filter of that cutoff goes towards what it is given, 0 .. 1."""
    turn = 2 * np.pi * np.asarray(cutoff_hz) * elapsed_s
    return np.asarray(turn / (turn + 1))
