"""The encoder of recorded speech: mel features to the text embedding and the shares of the sounds, on one clock.

Half the columns are enough for a trunk: a convolution of stride 2 goes in, two columns come out for each. No layer
pads: what a column depends on is stated, so that a recording heard in pieces gives what the whole gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.voice.listening.features import HEARING
from avatron.voice.listening.sounds import HEARD_SYMBOLS

__all__ = ["EncoderConfig", "EncoderNetwork"]


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes."""

    embedding: int = 192
    """D, the width of the text embedding."""
    stem: int = 160
    """Channels at the full clock."""
    channels: int = 256
    """Channels at half the clock."""
    expansion: int = 2
    """Of the two pointwise layers of a block."""
    kernel: int = 7
    """Taps of a block, 23 ms apart."""
    future: tuple[int, ...] = (1, 1, 0, 0, 0)
    """For each block, how many of its taps look ahead."""
    dropout: float = 0.08

    @property
    def context(self) -> tuple[int, int]:
        """Columns before and after a pair of columns that it depends on."""
        past = sum(self.kernel - 1 - future for future in self.future)
        return 2 * past + 3, 2 * sum(self.future) + 3


class EncoderNetwork(nn.Module):
    """features [B, M, left + F + right] -> (text embedding [B, D, F], logits [B, K, F]); F is even."""

    embedding_mean: Tensor
    """[D] over the training set: what the network says is how far an embedding is from it ..."""
    embedding_scale: Tensor
    """... [D] in standard deviations."""

    def __init__(self, config: EncoderConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or EncoderConfig()
        self.stem = nn.Conv1d(HEARING.bins, config.stem, 5)
        self.halve = nn.Conv1d(config.stem, config.channels, 4, stride=2)
        self.halve_norm = nn.LayerNorm(config.channels)
        self.blocks = nn.ModuleList(_Block(config, future) for future in config.future)
        self.norm = nn.LayerNorm(config.channels)
        self.output = nn.Linear(config.channels, 2 * (config.embedding + len(HEARD_SYMBOLS)))
        self.register_buffer("embedding_mean", torch.zeros(config.embedding))
        self.register_buffer("embedding_scale", torch.ones(config.embedding))

    @property
    def context(self) -> tuple[int, int]:
        """Columns before and after those that are asked about."""
        return self.config.context

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        hidden = functional.gelu(self.stem(1.3 * (features + 1.25)))
        hidden = self.halve_norm(self.halve(hidden).transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            hidden = block(hidden)
        batch, _, pairs = hidden.shape
        with torch.autocast("cpu", enabled=False):
            both = self.output(self.norm(hidden.float().transpose(1, 2)))
        both = both.view(batch, pairs, 2, -1).reshape(batch, 2 * pairs, -1).transpose(1, 2)
        relative, logits = both[:, : self.config.embedding], both[:, self.config.embedding :]
        return relative * self.embedding_scale[:, None] + self.embedding_mean[:, None], logits


class _Block(nn.Module):
    """Depthwise convolution, layer norm, two pointwise layers, scaled residual; shortens by its taps."""

    def __init__(self, config: EncoderConfig, future: int) -> None:
        super().__init__()
        channels = config.channels
        self.past, self.future = config.kernel - 1 - future, future
        self.depthwise = nn.Conv1d(channels, channels, config.kernel, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.expand = nn.Linear(channels, channels * config.expansion)
        self.contract = nn.Linear(channels * config.expansion, channels)
        self.scale = nn.Parameter(torch.full((channels,), 0.3))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        update = self.norm(self.depthwise(hidden).transpose(1, 2))
        update = self.dropout(self.contract(functional.gelu(self.expand(update)))) * self.scale
        return hidden[:, :, self.past : hidden.shape[2] - self.future] + update.transpose(1, 2)
