"""What every decoder is to training and to export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from torch import Tensor, nn

from avatron.motion.decoder.view import TimeView
from avatron.training.motion.batches import Batch

__all__ = ["Decoder"]


class Decoder(nn.Module, ABC):
    """Speech to curves of a face."""

    config: Any
    """Its sizes."""

    @property
    @abstractmethod
    def view(self) -> TimeView:
        """What a frame sees."""

    @abstractmethod
    def learn(self, batch: Batch) -> Tensor:
        """[B, T, O] curves of windows, in training."""

    def perform(self, batch: Batch) -> Tensor:
        """[B, T, O] curves as the run time makes them."""
        return self.learn(batch)
