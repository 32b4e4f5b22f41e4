"""The decoder `avatron-fc`: fully connected layers, frame by frame, on the same input.

It sees nothing but the two mel columns of its frame: what time adds is what it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.motion.decoder.features import CLASSES
from avatron.motion.decoder.view import TimeView
from avatron.training.motion.batches import Batch
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.motion.networks.front import StyleEmbedding
from avatron.training.motion.networks.heads import HeadConfig, make_head

__all__ = ["FullyConnectedConfig", "FullyConnectedNetwork"]


@dataclass(frozen=True)
class FullyConnectedConfig:
    """Sizes."""

    embedding_width: int = 192
    """D of the text embedding."""
    styles: int = 3
    """S: subjects whose way of moving is learned."""
    channels: int = 512
    """Width of the layers."""
    class_width: int = 24
    """Width of a phoneme class's embedding."""
    layers: int = 4
    """How many."""
    dropout: float = 0.1
    """In training."""
    head: HeadConfig = field(default_factory=HeadConfig)
    """What comes out."""


class FullyConnectedNetwork(Decoder):
    """Text embedding to curves, each frame by itself."""

    def __init__(self, config: FullyConnectedConfig) -> None:
        super().__init__()
        self.config = config
        self.norm = nn.LayerNorm(config.embedding_width)
        self.phoneme_class = nn.Embedding(len(CLASSES), config.class_width)
        self.join = nn.Linear(2 * (config.embedding_width + config.class_width + 1), config.channels)
        self.style = StyleEmbedding(config.styles, config.channels)
        self.layers = nn.ModuleList(nn.Linear(config.channels, config.channels) for _ in range(config.layers - 1))
        self.norms = nn.ModuleList(nn.LayerNorm(config.channels) for _ in range(config.layers - 1))
        self.dropout = nn.Dropout(config.dropout)
        self.head = make_head(config.channels, config.head)

    @property
    def view(self) -> TimeView:
        """A frame sees its own two columns."""
        return TimeView(past_frames=0, future_frames=0, future_columns=1)

    def forward(
        self,
        embedding: Tensor,
        phoneme_class: Tensor,
        age: Tensor,
        style: Tensor,
        first: Tensor,
        context: Tensor | int,
        count: Tensor | int,
    ) -> Tensor:
        """[B, count, O] curves of the `count` frames after the first `context`; `first` says nothing to it."""
        columns = torch.cat(
            [self.norm(embedding.transpose(1, 2)), self.phoneme_class(phoneme_class), age[:, :, None]], 2
        )
        frames = columns[:, : 2 * (context + count)].reshape(len(columns), -1, 2 * columns.shape[2])[:, context:]
        hidden = functional.gelu(self.join(frames) + self.style(style))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            hidden = hidden + self.dropout(functional.gelu(layer(norm(hidden))))
        curves: Tensor = self.head(hidden)
        return curves

    def learn(self, batch: Batch) -> Tensor:
        """[B, T, O] curves of windows."""
        speech = batch.embedding, batch.phoneme_class, batch.age, batch.style
        curves: Tensor = self(*speech, torch.tensor(batch.first), 0, batch.target.shape[1])
        return curves
