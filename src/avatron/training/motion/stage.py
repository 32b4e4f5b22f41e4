"""Training a decoder of motion: distances first, then against judges of movement where the config wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.training.adversary import Adversary
from avatron.training.motion.batches import Batch, WindowConfig, draw_batch, whole_batch
from avatron.training.motion.discriminators import DiscriminatorConfig, MotionDiscriminator
from avatron.training.motion.examples import MotionExample
from avatron.training.motion.losses import LossConfig, MotionLoss
from avatron.training.motion.measures import MotionMeasures
from avatron.training.motion.mesh import Geometry
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["MotionStage", "MotionStageConfig", "group_shares"]

_LARGEST_GRADIENT = 10.0


@dataclass(frozen=True)
class MotionStageConfig:
    """What a decoder minimises, and on how much at a time."""

    schedule: Schedule
    """Learning rate of the decoder; the discriminator's is the same."""
    windows: WindowConfig = field(default_factory=WindowConfig)
    """What a step learns from."""
    losses: LossConfig = field(default_factory=LossConfig)
    """Distances and demands."""
    adversarial_weight: float = 0.0
    """Weight of the discriminator's verdict; 0 trains without it."""
    feature_weight: float = 0.0
    """Weight of the distance of the discriminator's features."""
    begin_adversary: int = 300
    """Steps before the discriminator is heard ..."""
    ramp_steps: int = 300
    """... and steps over which it then grows to its weight."""
    judged_frames: int = 64
    """Frames of each window that the discriminator sees."""
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    """Its sizes."""
    bfloat16: bool = True
    """Whether the decoder computes in half precision where it can: 1.4 times as fast."""
    decay: float = 0.998
    """Of the averaged weights."""
    weight_decay: float = 0.01
    """Of the decoder's weights."""


class MotionStage:
    """Decoder, its averaged copy, and a discriminator where the config wants one."""

    def __init__(
        self,
        config: MotionStageConfig,
        make: Callable[[], Decoder],
        geometry: Geometry,
        styles: int,
        training: Sequence[MotionExample],
        held_out: Sequence[MotionExample],
        shares: NDArray[np.float64] | None = None,
    ) -> None:
        """`make` makes the network; `shares` [N] says how likely each clip is to be learned from."""
        self.config, self.styles, self.geometry = config, styles, geometry
        self.training, self.held_out, self.shares = training, held_out, shares
        self.model = make()
        self.average: AveragedWeights[Decoder] = AveragedWeights(self.model, make(), config.decay)
        self.losses = MotionLoss(config.losses, geometry)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), config.schedule.peak, betas=(0.9, 0.98), weight_decay=config.weight_decay
        )
        self.adversary = (
            Adversary(
                MotionDiscriminator(config.discriminator, geometry, styles),
                learning_rate=config.schedule.peak,
                betas=(0.5, 0.9),
                bfloat16=False,
            )
            if config.adversarial_weight or config.feature_weight
            else None
        )

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        found: dict[str, nn.Module] = {"decoder": self.model, "result": self.average.copy}
        if self.adversary:
            found["discriminator"] = self.adversary.discriminator
        return found

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        found: dict[str, tuple[torch.optim.Optimizer, Schedule]] = {"decoder": (self.optimizer, self.config.schedule)}
        if self.adversary:
            found["discriminator"] = (self.adversary.optimizer, self.config.schedule)
        return found

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step of the decoder, and of the discriminator once its time has come."""
        config = self.config
        columns = self.model.view.columns_for(config.windows.frames)
        batch = draw_batch(self.training, self.styles, config.windows, columns, chooser, self.shares)
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            curves = self.model.learn(batch)
        losses, moved, truth = self.losses(curves, batch)
        logged = {name: loss.item() for name, loss in losses.items()}
        loss = torch.stack(list(losses.values())).sum()
        ramp = min(1.0, (number - config.begin_adversary) / max(1, config.ramp_steps))
        if self.adversary and ramp > 0:
            verdicts = self._judged(moved, truth, batch)
            loss = loss + ramp * (config.adversarial_weight * verdicts[1] + config.feature_weight * verdicts[2])
            logged |= {"critic": verdicts[0], "adversarial": verdicts[1].item(), "features": verdicts[2].item()}
        self.optimizer.zero_grad()
        loss.backward()
        logged["gradient"] = float(nn.utils.clip_grad_norm_(self.model.parameters(), _LARGEST_GRADIENT))
        self.optimizer.step()
        self.average.update(number)
        return logged

    def _judged(self, moved: Tensor, truth: Tensor, batch: Batch) -> tuple[float, Tensor, Tensor]:
        """(loss of the discriminator, verdict, distance of features) of windows that can be trusted throughout."""
        assert self.adversary is not None
        # Frames that nobody saw would teach the discriminator what a film's faults look like.
        trusted = (batch.weight > 0)[..., None, None]
        seen = torch.where(trusted, truth, moved.detach())
        start = int(torch.randint(0, max(1, moved.shape[1] - self.config.judged_frames + 1), ()))
        judged = slice(start, start + self.config.judged_frames)
        phoneme_class, style = batch.condition
        condition = phoneme_class[:, judged], style
        critic = self.adversary.learn(seen[:, judged], moved[:, judged], *condition)
        return critic, *self.adversary.judge(moved[:, judged], *condition)

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Errors of the averaged weights on whole clips that are not trained on; `score` is what decides."""
        model = self.average.copy.eval()
        measures = MotionMeasures(self.geometry)
        for example in self.held_out:
            batch = whole_batch(example, self.styles, model.view.columns_for)
            measures.add(model.perform(batch), batch)
        return measures.means()


def group_shares(groups: Sequence[Sequence[MotionExample]], wanted: Sequence[float]) -> NDArray[np.float64]:
    """[N] how likely each example of all `groups` is, so that each group gets the share that is `wanted`, and each
    clip what its length deserves."""
    parts = []
    for group, share in zip(groups, wanted, strict=True):
        length = np.array([example.columns for example in group], np.float64)
        parts.append(share * length / max(float(length.sum()), 1.0))
    shares = np.concatenate(parts)
    return np.asarray(shares / shares.sum())
