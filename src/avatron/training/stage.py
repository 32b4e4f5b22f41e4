"""What a stage of training is to the loop that runs it, and what stages share: schedules and averaged weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["AveragedWeights", "Schedule", "Stage"]

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Schedule:
    """A learning rate over the run."""

    peak: float
    """Highest rate, reached after the warm-up."""
    final_share: float = 0.1
    """Rate at the end, as a share of the peak."""
    warm_up_steps: int = 100
    """Steps of linear rise from nought."""
    shape: str = "cosine"
    """How it falls: `cosine` or `linear`."""

    def rate(self, step: int, steps: int) -> float:
        """Learning rate of step `step` of `steps`."""
        done = min(1.0, step / max(1, steps))
        falling = 0.5 * (1 + math.cos(math.pi * done)) if self.shape == "cosine" else 1 - done
        rising = min(1.0, (step + 1) / max(1, self.warm_up_steps))
        return self.peak * rising * (self.final_share + (1 - self.final_share) * falling)


class Stage(Protocol):
    """One thing being trained: networks, optimisers, and what a step does."""

    def modules(self) -> dict[str, nn.Module]:
        """All that a checkpoint holds, `result` (averaged weights) among them."""

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Each with its schedule."""

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step; returns what to log."""

    def evaluate(self) -> dict[str, float]:
        """Losses of the averaged weights on clips that are not trained on; `score` decides what is best."""


class AveragedWeights(Generic[Network]):
    """Exponential moving average of a network's weights, in a copy of the network."""

    def __init__(self, source: Network, copy: Network, decay: float) -> None:
        self.source, self.copy, self.decay = source, copy, decay
        copy.load_state_dict(source.state_dict())
        copy.requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After each optimiser step; young averages forget faster."""
        decay = min(self.decay, (step + 1) / (step + 21))
        averaged: list[Tensor] = list(self.copy.parameters())
        current: list[Tensor] = list(self.source.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)
        for ours, theirs in zip(self.copy.buffers(), self.source.buffers(), strict=True):
            ours.copy_(theirs)
