"""How fast a replica is played: milliseconds a frame at the sizes of films, warm, with and without its refiner."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from avatron.render.protocol import Renderer
from avatron.render.view import View
from avatron.replica.likeness import Refinable
from avatron.replica.replica import Replica

__all__ = ["PLAYED_SIZES", "Playback", "measure_playback"]

PLAYED_SIZES: dict[str, tuple[int, int]] = {
    "512 1:1": (512, 512),
    "360p 1:1": (360, 360),
    "360p 9:16": (360, 640),
    "360p 16:9": (640, 360),
    "720p 1:1": (720, 720),
    "720p 9:16": (720, 1280),
    "720p 16:9": (1280, 720),
    "1080p 1:1": (1080, 1080),
    "1080p 9:16": (1080, 1920),
    "1080p 16:9": (1920, 1080),
}
"""(width, height) by name."""

_ROUNDS = 5


@dataclass(frozen=True)
class Playback:
    """Of one size."""

    size: str
    refined: bool
    ms: float
    """Wall time of a frame: the best of five medians."""
    processor_ms: float
    """Processor time of a frame, all threads together, of the same round."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "size": self.size,
            "refined": self.refined,
            "ms": round(self.ms, 3),
            "processor_ms": round(self.processor_ms, 3),
            "frames_per_second": round(1000 / self.ms, 1),
        }


def measure_playback(replica: Replica, *, frames: int = 40, sizes: tuple[str, ...] = ()) -> list[Playback]:
    """Each of `sizes` (none: all of `PLAYED_SIZES`), with and, where there is a refiner, without it."""
    likeness = replica.likeness
    motion = replica.track.motion
    part = motion.part(0, min(frames, len(motion)))
    found = []
    for name in sizes or tuple(PLAYED_SIZES):
        view = View(PLAYED_SIZES[name])
        refined = isinstance(likeness, Refinable) and likeness.has_refiner
        found.append(_timed(name, refined, likeness.renderer(view), part))
        if isinstance(likeness, Refinable) and refined:
            found.append(_timed(name, False, likeness.unrefined(view), part))
    return found


def _timed(name: str, refined: bool, renderer: Renderer, motion: Any) -> Playback:
    next(renderer.frames(motion.part(0, 1)))
    rounds = []
    for _ in range(_ROUNDS):
        walls, begun = [], time.process_time()
        last = time.perf_counter()
        for _ in renderer.frames(motion):
            now = time.perf_counter()
            walls.append(now - last)
            last = now
        rounds.append((float(np.median(walls)), (time.process_time() - begun) / max(len(walls), 1)))
    wall_s, processor_s = min(rounds)
    return Playback(name, refined, 1000 * wall_s, 1000 * processor_s)
