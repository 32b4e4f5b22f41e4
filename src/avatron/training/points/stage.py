"""Training the point network: the likelihood of the points under its own deviations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.track.observations import LANDMARKS
from avatron.track.points.crop import CROP_SIZE
from avatron.training.points.augment import AugmentConfig, Landmarker, augmented
from avatron.training.points.network import PointNetwork, PointNetworkConfig
from avatron.training.points.pictures import FacePictures
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["PointStage", "PointStageConfig"]


@dataclass(frozen=True)
class PointStageConfig:
    """How the point network is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 48
    """Pictures a step ..."""
    fresh: int = 16
    """... of which this many are made for it, and the others were seen before: making one costs as much as learning
    from it."""
    remembered: int = 4096
    """How many of those that were seen before may come again."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """What is done to them."""
    rest_weight: float = 0.1
    """Of the plain distance, which keeps points moving that the network is unsure of."""
    decay: float = 0.998
    """Of the averaged weights."""


class PointStage:
    """The network and its averaged copy."""

    def __init__(
        self,
        config: PointStageConfig,
        network: PointNetworkConfig,
        training: FacePictures,
        held_out: FacePictures,
        landmarker: Landmarker,
    ) -> None:
        self.config, self.training, self._landmarker = config, training, landmarker
        self.model, copy = PointNetwork(network), PointNetwork(network)
        width, height = CROP_SIZE
        self._crops = np.zeros((config.remembered, height, width, 3), np.uint8)
        self._points = np.zeros((config.remembered, LANDMARKS, 2), np.float32)
        self._seen = np.zeros_like(self._points)
        self._made = 0
        self.held_out = self._truth(*self._augmented(held_out, np.arange(len(held_out)), np.random.default_rng(1)))
        self.average = AveragedWeights(self.model, copy, config.decay)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), config.schedule.peak, weight_decay=0.02)

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"points": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"points": (self.optimizer, self.config.schedule)}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step."""
        crops, points, seen = self._batch(chooser)
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            read = self.model(crops.contiguous(memory_format=torch.channels_last), seen)
        losses = self._losses(read, points)
        self.optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(number)
        return {name: loss.item() for name, loss in losses.items()}

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Errors of the averaged weights on people that are not trained on; `score` is what decides."""
        crops, points, seen = self.held_out
        rows = [slice(start, start + 128) for start in range(0, len(crops), 128)]
        parts = [self.average.copy(crops[row], seen[row]) for row in rows]
        read = tuple(torch.cat([part[place] for part in parts]) for place in range(2))
        distance = (read[0] - points).norm(dim=2)
        return {
            "point_px": distance.mean().item(),
            "median_px": distance.median().item(),
            "seen_px": (seen - points).norm(dim=2).mean().item(),
            "score": self._losses(read, points)["points"].item(),
        }

    def _losses(self, read: tuple[Tensor, ...], points: Tensor) -> dict[str, Tensor]:
        """The likelihood is Laplace's: what is hidden must not pull at what is seen."""
        found, deviation = read
        distance = (found - points).abs().mean(2)
        likelihood = distance * torch.exp(-deviation) + deviation
        return {"points": likelihood.mean(), "distance": self.config.rest_weight * distance.mean()}

    def _batch(self, chooser: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """What a step learns from."""
        fresh = chooser.integers(len(self.training), size=self.config.fresh)
        made = self._augmented(self.training, fresh, chooser)
        slots = (self._made + np.arange(len(made[0]))) % self.config.remembered
        self._crops[slots], self._points[slots], self._seen[slots] = made
        self._made += len(slots)
        known = min(self._made, self.config.remembered)
        old = chooser.integers(known, size=self.config.batch - len(slots))
        chosen = np.concatenate([slots, old])
        return self._truth(self._crops[chosen], self._points[chosen], self._seen[chosen])

    def _augmented(
        self, pictures: FacePictures, places: NDArray[Any], random: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        config = self.config.augment
        tried = [
            augmented(pictures.pictures[one], pictures.points[one], self._landmarker, random, config) for one in places
        ]
        crops, points, seen = zip(*(made for made in tried if made is not None), strict=True)
        return np.stack(crops), np.stack(points), np.stack(seen)

    @staticmethod
    def _truth(
        crops: NDArray[np.uint8], points: NDArray[np.float32], seen: NDArray[np.float32]
    ) -> tuple[Tensor, Tensor, Tensor]:
        return torch.from_numpy(crops).permute(0, 3, 1, 2).float(), torch.from_numpy(points), torch.from_numpy(seen)
