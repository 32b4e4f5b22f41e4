"""Which frames of a clip are looked at: stretches of neighbours, and single key pictures spread between them.

Motion, cuts and lips want neighbours; angles, light and people want moments from everywhere. Key pictures cost nothing
but themselves to decode, so a clip of any length takes a few seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.io.clips import ClipInfo, read_frames
from avatron.io.key_frames import key_frames, read_key_frames

__all__ = ["Sample", "SamplePlan", "SamplingConfig", "plan_samples", "read_samples"]


@dataclass(frozen=True)
class SamplingConfig:
    """How much of a clip is looked at."""

    whole_frames: int = 900
    """A clip of at most so many frames is looked at whole."""
    stretches: int = 8
    """Of a longer one, so many stretches of neighbouring frames ..."""
    stretch_frames: int = 75
    key_pictures: int = 150
    """... and at most so many single ones between them."""
    every_frame: bool = False
    """Whether all frames are looked at, however long it takes."""

    def __post_init__(self) -> None:
        if min(self.whole_frames, self.stretches, self.stretch_frames) < 1 or self.key_pictures < 0:
            raise InvalidValueError("`whole_frames`, `stretches` and `stretch_frames` must be at least 1")


@dataclass(frozen=True)
class SamplePlan:
    """The frames to look at."""

    stretches: tuple[range, ...]
    """In order, without overlap."""
    keys: tuple[int, ...]
    """Key pictures outside of them, rising."""

    def __len__(self) -> int:
        return sum(map(len, self.stretches)) + len(self.keys)


@dataclass(frozen=True, eq=False)
class Sample:
    """A frame of the clip."""

    frame: int
    picture: NDArray[np.uint8]
    """[H, W, 3]."""
    follows: bool
    """Whether the sample before it is the frame before it."""


def plan_samples(info: ClipInfo, config: SamplingConfig) -> SamplePlan:
    """The frames of a clip to look at."""
    keys = key_frames(info)
    if config.every_frame or info.frames <= max(config.whole_frames, config.stretches * config.stretch_frames):
        return SamplePlan((range(info.frames),), ())
    step = info.frames / config.stretches
    stretches: list[range] = []
    for number in range(config.stretches):
        wanted = int(number * step)
        # From a key picture on, nothing is decoded in vain; where they are rare, a few pictures are.
        near = keys[(keys <= wanted) & (keys > wanted - step / 2)]
        begin = max(int(near[-1]) if len(near) else wanted, stretches[-1].stop if stretches else 0)
        stretches.append(range(begin, min(begin + config.stretch_frames, info.frames)))
    outside = np.array([key for key in keys if not any(key in stretch for stretch in stretches)], np.int64)
    if len(outside) > config.key_pictures:
        outside = outside[np.linspace(0, len(outside) - 1, config.key_pictures).astype(int)]
    return SamplePlan(tuple(stretches), tuple(outside.tolist()))


def read_samples(info: ClipInfo, plan: SamplePlan) -> Iterator[Sample]:
    """The samples of a plan in the order of the clip, one picture at a time.

    Raises:
        UnreadableFileError: the file cannot be read any more.
    """
    singles = read_key_frames(info, plan.keys)
    waiting = next(singles, None)
    for stretch in plan.stretches:
        while waiting is not None and waiting[0] < stretch.start:
            yield Sample(*waiting, follows=False)
            waiting = next(singles, None)
        for frame, picture in zip(stretch, read_frames(info, stretch.start, stretch.stop), strict=True):
            yield Sample(frame, picture, follows=frame > stretch.start)
    while waiting is not None:
        yield Sample(*waiting, follows=False)
        waiting = next(singles, None)
