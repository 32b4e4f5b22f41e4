"""Training the lip network: likelihood of contours and gap under its own deviations, and cross entropy of closure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avatron.track.lips.crop import CROP_SIZE
from avatron.track.lips.points import LIP_POINTS
from avatron.training.lips.augment import AugmentConfig, augmented
from avatron.training.lips.network import LipNetwork, LipNetworkConfig
from avatron.training.lips.pictures import LipPictures
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["LipStage", "LipStageConfig"]


@dataclass(frozen=True)
class LipStageConfig:
    """How the lip network is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 64
    """Pictures a step ..."""
    fresh: int = 24
    """... of which this many are made for it, and the others were seen before: making one costs as much as learning
    from it."""
    remembered: int = 3072
    """How many of those that were seen before may come again."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """What is done to them."""
    closed_mm: float = 0.4
    """Lips nearer than this are closed ..."""
    apart_mm: float = 1.2
    """... and further than this are apart; what lies between is both in parts."""
    slit_weight: float = 0.5
    """Of the likelihood of the slit, against that of a point."""
    closure_weight: float = 1.0
    """Of the cross entropy of closure."""
    decay: float = 0.998
    """Of the averaged weights."""


class LipStage:
    """The network and its averaged copy."""

    def __init__(
        self, config: LipStageConfig, network: LipNetworkConfig, training: LipPictures, held_out: LipPictures
    ) -> None:
        self.config, self.training = config, training
        self.model, copy = LipNetwork(network), LipNetwork(network)
        self.average = AveragedWeights(self.model, copy, config.decay)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), config.schedule.peak, weight_decay=0.02)
        width, height = CROP_SIZE
        self._crops = np.zeros((config.remembered, height, width, 3), np.uint8)
        self._points = np.zeros((config.remembered, LIP_POINTS, 2), np.float32)
        self._slits = np.zeros(config.remembered, np.float32)
        self._made = 0
        self.held_out = self._truth(*self._augmented(held_out, np.arange(len(held_out)), np.random.default_rng(1)))

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"lips": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"lips": (self.optimizer, self.config.schedule)}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step."""
        crops, points, slit = self._batch(chooser)
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            read = self.model(crops.contiguous(memory_format=torch.channels_last))
        losses = self._losses(read, points, slit)
        self.optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(number)
        return {name: loss.item() for name, loss in losses.items()}

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Errors of the averaged weights on people that are not trained on; `score` is what decides."""
        crops, points, slit = self.held_out
        parts = [self.average.copy(crops[start : start + 128]) for start in range(0, len(crops), 128)]
        read = tuple(torch.cat([part[place] for part in parts]) for place in range(3))
        losses = {name: loss.item() for name, loss in self._losses(read, points, slit).items()}
        distance = (read[0] - points).norm(dim=2).mean(1)
        closed, apart = slit < self.config.closed_mm, slit > self.config.apart_mm
        guess = read[2][:, 2] > 0
        return {
            **losses,
            "point_px": distance.mean().item(),
            "slit_mm": (read[2][:, 0] - slit).abs().mean().item(),
            "near_slit_mm": (read[2][:, 0] - slit).abs()[slit < 4].mean().item(),
            "missed": (~guess)[closed].float().mean().item(),
            "invented": guess[apart].float().mean().item(),
            "score": sum(losses.values()),
        }

    def _losses(self, read: tuple[Tensor, ...], points: Tensor, slit: Tensor) -> dict[str, Tensor]:
        """The likelihoods are Laplace's: a few wild pictures must not pull at everything."""
        found, deviation, opening = read
        contour = ((found - points).abs() * torch.exp(-deviation) + deviation).mean()
        width = ((opening[:, 0] - slit).abs() * torch.exp(-opening[:, 1]) + opening[:, 1]).mean()
        share = ((self.config.apart_mm - slit) / (self.config.apart_mm - self.config.closed_mm)).clamp(0, 1)
        closure = functional.binary_cross_entropy_with_logits(opening[:, 2], share)
        return {
            "contour": contour,
            "slit": self.config.slit_weight * width,
            "closure": self.config.closure_weight * closure,
        }

    def _batch(self, chooser: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """What a step learns from."""
        fresh = chooser.integers(len(self.training), size=self.config.fresh)
        slots = (self._made + np.arange(self.config.fresh)) % self.config.remembered
        made = self._augmented(self.training, fresh, chooser)
        self._crops[slots], self._points[slots], self._slits[slots] = made
        self._made += self.config.fresh
        known = min(self._made, self.config.remembered)
        old = chooser.integers(known, size=self.config.batch - self.config.fresh)
        chosen = np.concatenate([slots, old])
        return self._truth(self._crops[chosen], self._points[chosen], self._slits[chosen])

    def _augmented(
        self, pictures: LipPictures, places: NDArray[Any], random: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
        made = [augmented(pictures.pictures[one], pictures.points[one], random, self.config.augment) for one in places]
        return np.stack([crop for crop, _ in made]), np.stack([moved for _, moved in made]), pictures.slit_mm[places]

    @staticmethod
    def _truth(
        crops: NDArray[np.uint8], points: NDArray[np.float32], slit: NDArray[np.float32]
    ) -> tuple[Tensor, Tensor, Tensor]:
        return torch.from_numpy(crops).permute(0, 3, 1, 2).float(), torch.from_numpy(points), torch.from_numpy(slit)
