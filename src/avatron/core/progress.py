"""One share of a whole job, from stages that each count their own frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["StagedProgress"]


class StagedProgress:
    """Adds up stages; each is given its part of the whole beforehand, in the order in which they come."""

    def __init__(self, costs: Mapping[str, float], on_progress: Callable[[float], None] | None) -> None:
        """`costs` is how long each stage takes in relation to the others; `on_progress` hears 0 .. 1."""
        total = sum(costs.values()) or 1.0
        self._starts: dict[str, tuple[float, float]] = {}
        start = 0.0
        for stage, cost in costs.items():
            self._starts[stage] = (start / total, cost / total)
            start += cost
        self._on_progress = on_progress
        self._done = 0.0

    def __call__(self, stage: str, done: int, frames: int) -> None:
        """`done` of the `frames` of a stage are done; what an unknown stage does is not seen."""
        if self._on_progress is None:
            return
        if stage in self._starts:
            start, length = self._starts[stage]
            self._done = max(self._done, start + length * min(done / max(frames, 1), 1.0))
        self._on_progress(self._done)
