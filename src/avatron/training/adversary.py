"""A discriminator with its optimiser and its losses."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from avatron.training.losses import adversarial_loss, critic_loss, feature_matching_loss

__all__ = ["Adversary"]


class Adversary:
    """Learns to tell real from generated, and says how well the generator deceives it."""

    def __init__(
        self,
        discriminator: nn.Module,
        *,
        learning_rate: float,
        betas: tuple[float, float] = (0.8, 0.99),
        bfloat16: bool = True,
    ) -> None:
        self.discriminator = discriminator
        self.optimizer = torch.optim.AdamW(discriminator.parameters(), learning_rate, betas=betas, weight_decay=1e-3)
        self.bfloat16 = bfloat16
        self.real_features: list[list[Tensor]] = []

    def learn(self, real: Tensor, generated: Tensor, *condition: Tensor) -> float:
        """One step of the discriminator; the real features are kept for `judge`, which saves a pass."""
        with self._precision():
            real_verdict = self.discriminator(real, *condition)
            fake_verdict = self.discriminator(generated.detach(), *condition)
        loss = critic_loss(real_verdict.scores, fake_verdict.scores)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.discriminator.parameters(), 5.0)
        self.optimizer.step()
        self.real_features = [[layer.detach() for layer in layers] for layers in real_verdict.features]
        return loss.item()

    def judge(self, generated: Tensor, *condition: Tensor) -> tuple[Tensor, Tensor]:
        """(adversarial, feature matching) losses of the generator, after `learn` on the same batch."""
        self.discriminator.requires_grad_(False)
        with self._precision():
            verdict = self.discriminator(generated, *condition)
        self.discriminator.requires_grad_(True)
        return adversarial_loss(verdict.scores), feature_matching_loss(self.real_features, verdict.features)

    def _precision(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16)
