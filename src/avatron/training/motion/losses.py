"""What a decoder of motion minimises: distances where they are seen, and what phonetics demands of lips."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.training.motion.batches import Batch
from avatron.training.motion.geometry import LipMeasures
from avatron.training.motion.mesh import Geometry

__all__ = ["LossConfig", "MotionLoss"]

_SOFTNESS_MM = 0.7
"""A frame of a closure that is this much wider open than the narrowest one counts a third."""


@dataclass(frozen=True)
class LossConfig:
    """Weights, and where lips are closed."""

    vertices: float = 0.5
    """Of the squared distance of vertices, mm^2."""
    distance: float = 0.5
    """Of the distance itself, mm: what remains when errors are small."""
    velocity: float = 1.0
    """Of the squared distance of velocities, (mm a frame)^2."""
    channels: float = 6.0
    """Of the absolute distance of the curves: holds the tongue, and shapes that undo one another on the lips."""
    gap: float = 0.5
    """Of the distance of the lip gap, mm."""
    closure: float = 0.6
    """Of how far lips are apart where P, B or M is said, mm."""
    contact: float = 0.4
    """Of how far the lower lip is from the upper teeth, and the upper lip not off it, where F or V is said, mm."""
    silence: float = 0.5
    """Of how far lips are apart where nothing is said, mm."""
    closed_mm: float = -0.1
    """The gap, beyond that at rest, that a closure has to reach."""
    covered_mm: float = -0.6
    """A contact has to bring the lip that far below the edge of the teeth (negative: above it), ..."""
    reach_mm: float = 2.4
    """... no further in front of it than this: a lip is so thick, ..."""
    apart_mm: float = 1.0
    """... and to leave the lips that far apart: shut lips make a P of it."""
    trusted_in_silence: float = 0.3
    """Share of the weight that distances keep where nothing is said: films breathe through open mouths there."""


class MotionLoss(nn.Module):
    """Losses by name, weighted."""

    def __init__(self, config: LossConfig, geometry: Geometry) -> None:
        super().__init__()
        self.config, self.geometry = config, geometry

    def forward(self, curves: Tensor, batch: Batch) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """(losses, vertices [B, T, V', 3] of `curves` [B, T, O], and of the truth)."""
        config, geometry = self.config, self.geometry
        moved = geometry(curves)
        with torch.no_grad():
            truth = geometry(batch.target)
        trust = batch.weight * (1 - (1 - config.trusted_in_silence) * batch.silence)
        total = trust.sum().clamp(min=1)
        distance = ((moved - truth).square().sum(3) + 1e-4).sqrt()
        share = geometry.vertex_weight / geometry.vertex_weight.sum()
        steady = torch.minimum(trust[:, 1:], trust[:, :-1])
        velocity = (moved[:, 1:] - moved[:, :-1]) - (truth[:, 1:] - truth[:, :-1])
        lips, true_lips = geometry.measures(moved), geometry.measures(truth)
        apart = lips.gap - geometry.rest_gap
        losses = {
            "vertices": config.vertices * ((distance.square() @ share) * trust).sum() / total,
            "distance": config.distance * ((distance @ share) * trust).sum() / total,
            "velocity": config.velocity
            * ((velocity.square().sum(3) @ share) * steady).sum()
            / steady.sum().clamp(min=1),
            "channels": config.channels * ((curves - batch.target).abs().mean(2) * trust).sum() / total,
            "gap": config.gap * ((lips.gap - true_lips.gap).abs().mean(2) * trust).sum() / total,
            "closure": config.closure * reached(apart.amax(2), batch.closures, config.closed_mm),
            "contact": config.contact * reached(self._untouched(lips, apart), batch.contacts, 0.0),
            "silence": config.silence
            * (functional.relu(apart).mean(2) * batch.silence).sum()
            / batch.silence.sum().clamp(min=1),
        }
        return losses, moved, truth

    def _untouched(self, lips: LipMeasures, apart: Tensor) -> Tensor:
        """[B, T] what is missing to the lower lip at the upper teeth, mm."""
        config = self.config
        return (
            functional.relu(lips.tooth_gap - config.covered_mm)
            + functional.relu(lips.tooth_reach - config.reach_mm)
            + functional.relu(config.apart_mm - apart[..., 1])
        )


def reached(opening: Tensor, spans: Tensor, goal_mm: float) -> Tensor:
    """How far `opening` [B, T] stays above the goal in the narrowest frames of each span: 0 where all reach it.

    `spans` [B, K, L] are frames, -1 where there is none. The narrowest frames count most, softly: when exactly within
    its sound a closure happens is the film's to say, not the alignment's.
    """
    there = spans >= 0
    rows = torch.arange(len(opening))[:, None, None].expand_as(spans)
    inside = opening[rows, spans.clamp(min=0)]
    share = torch.where(there, -inside.detach() / _SOFTNESS_MM, torch.full_like(inside, -1e4)).softmax(2)
    missing = (share * functional.relu(inside - goal_mm)).sum(2)
    real = there.any(2)
    return (missing * real).sum() / real.sum().clamp(min=1)
