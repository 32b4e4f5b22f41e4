"""How far a decoder is from the truth, in millimetres of the lips: what training is steered by.

They are measured on the linear geometry that losses use. `avatron bench face` measures the real head.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

from avatron.training.motion.batches import Batch
from avatron.training.motion.geometry import LipMeasures
from avatron.training.motion.mesh import Geometry

__all__ = ["MotionMeasures"]

CLOSED_MM = 0.5
"""Lips nearer than this, beyond their gap at rest, are closed."""


TOOTH_REACH_MM = 3.0
"""A lower lip that is this near in front of the teeth's edge touches them."""


class MotionMeasures:
    """Sums over clips."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._values: dict[str, list[Tensor]] = defaultdict(list)

    def add(self, curves: Tensor, batch: Batch) -> None:
        """Curves [1, T, O] of one whole clip."""
        geometry = self.geometry
        moved, truth = geometry.shown(curves), geometry(batch.target)
        seen = batch.weight[0] > 0
        distance = (moved - truth).norm(dim=3)[0]
        lips = distance[:, geometry.is_lip].amax(1)[seen]
        ours, true = geometry.measures(moved), geometry.measures(truth)
        gap, true_gap = ours.gap[0, seen, 1], true.gap[0, seen, 1]
        speed, true_speed = (
            (places[0, 1:] - places[0, :-1])[seen[1:] & seen[:-1]][:, geometry.is_lip].norm(dim=2).mean(1)
            for places in (moved, truth)
        )
        apart = (ours.gap - geometry.rest_gap).amax(2)[0]
        true_apart = (true.gap - geometry.rest_gap).amax(2)[0]
        for name, values in {
            "lip_mm": lips,
            "lip_mm2": lips.square(),
            "vertex_mm": distance.mean(1)[seen],
            "gap_mm": (gap - true_gap).abs(),
            "speed_mm": speed,
            "true_speed_mm": true_speed,
            "closed": _narrowest(apart, batch.closures[0]) < CLOSED_MM,
            "true_closed": _narrowest(true_apart, batch.closures[0]) < CLOSED_MM,
            "on_teeth": _narrowest(_off_teeth(ours, apart), batch.contacts[0]) <= 0,
            "true_on_teeth": _narrowest(_off_teeth(true, true_apart), batch.contacts[0]) <= 0,
            "silence_mm": apart[batch.silence[0] > 0].clamp(min=0),
            "range_mm": gap.quantile(0.95)[None] if len(gap) else gap,
            "true_range_mm": true_gap.quantile(0.95)[None] if len(gap) else gap,
        }.items():
            self._values[name].append(values.float().reshape(-1))

    def means(self) -> dict[str, float]:
        """Means over all frames and closures; `score` falls with the lips' error and rises with what is missed."""
        means = {
            name: float(torch.cat(values).mean()) if sum(map(len, values)) else 0.0
            for name, values in self._values.items()
        }
        missed = 1 - means["closed"] if any(map(len, self._values["closed"])) else 0.0
        return {**means, "score": means["lip_mm"] + missed + means["silence_mm"]}


def _off_teeth(lips: LipMeasures, apart: Tensor) -> Tensor:
    """[T] 0 where the lower lip is at the upper teeth and the lips are apart, 1 elsewhere."""
    touching = (lips.tooth_gap[0] <= 0) & (lips.tooth_reach[0] <= TOOTH_REACH_MM) & (apart >= CLOSED_MM)
    return 1 - touching.float()


def _narrowest(opening: Tensor, spans: Tensor) -> Tensor:
    """[K'] the least of `opening` [T] in each span of frames [K, L], -1 where there is none."""
    there = spans >= 0
    inside = torch.where(there, opening[spans.clamp(min=0)], torch.full_like(opening[:1], torch.inf))
    return inside.amin(1)[there.any(1)]
