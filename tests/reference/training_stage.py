"""The smallest thing that can be trained: a line through noisy points, with random numbers of both kinds."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["LineStage"]


class LineStage:
    """A stage whose steps draw from NumPy's and from torch's random numbers."""

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s
        self.line = nn.Linear(4, 1)
        self.average = AveragedWeights(self.line, nn.Linear(4, 1), 0.9)
        self.optimizer = torch.optim.AdamW(self.line.parameters(), 1e-2)

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"line": self.line, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"line": (self.optimizer, Schedule(1e-2, warm_up_steps=5))}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step."""
        time.sleep(self.pause_s)
        points = torch.from_numpy(chooser.standard_normal((8, 4))).float()
        distance = (self.line(points)[:, 0] - points.sum(dim=1) - 0.1 * torch.randn(8)).square().mean()
        self.optimizer.zero_grad()
        distance.backward()
        self.optimizer.step()
        self.average.update(number)
        return {"distance": distance.item()}

    def evaluate(self) -> dict[str, float]:
        """How far it is from the sum."""
        return {"score": float((self.average.copy.weight - 1).abs().mean())}
