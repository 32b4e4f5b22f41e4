"""Building blocks of the voice's networks."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ConvNextBlock", "ConvNextTrunk", "DistanceAttention"]


class ConvNextBlock(nn.Module):
    """Depthwise convolution, layer norm, two pointwise layers, scaled residual [B, C, F] -> [B, C, F].

    ConvNeXt (Liu et al. 2022) in one dimension, as vocoders use it (Siuzdak 2023).
    """

    def __init__(
        self, channels: int, *, expansion: int = 3, kernel: int = 7, scale: float = 0.2, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, kernel, padding=kernel // 2, groups=channels)
        self.norm = nn.LayerNorm(channels)
        self.expand = nn.Linear(channels, channels * expansion)
        self.contract = nn.Linear(channels * expansion, channels)
        self.scale = nn.Parameter(torch.full((channels,), scale))
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask` [B, 1, F] is 1 where there is something, 0 in the padding."""
        update = self.norm(self.depthwise(hidden).transpose(1, 2))
        update = self.dropout(self.contract(functional.gelu(self.expand(update)))) * self.scale
        hidden = hidden + update.transpose(1, 2)
        return hidden if mask is None else hidden * mask


class ConvNextTrunk(nn.Module):
    """A stack of blocks between an input convolution and an output layer: [B, I, F] -> [B, F, O]."""

    KERNEL = 7

    def __init__(self, inputs: int, outputs: int, *, channels: int, blocks: int) -> None:
        super().__init__()
        self.input = nn.Conv1d(inputs, channels, self.KERNEL, padding=self.KERNEL // 2)
        self.input_norm = nn.LayerNorm(channels)
        self.blocks = nn.ModuleList(ConvNextBlock(channels, kernel=self.KERNEL) for _ in range(blocks))
        self.output_norm = nn.LayerNorm(channels)
        self.output = nn.Linear(channels, outputs)

    @property
    def context_frames(self) -> int:
        """Frames on each side that an output frame depends on."""
        return (len(self.blocks) + 1) * (self.KERNEL // 2)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.input_norm(self.input(inputs).transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            hidden = block(hidden)
        # Gains and phases need more than the 8 bits of a bfloat16's mantissa.
        with torch.autocast("cpu", enabled=False):
            return self.output(self.output_norm(hidden.float().transpose(1, 2)))


class DistanceAttention(nn.Module):
    """Self-attention that prefers near positions, with a residual: [B, C, P] -> [B, C, P].

    The bias falls linearly with distance, by another slope in each head (ALiBi, Press et al. 2022), so no positional
    encoding is needed and any length works.
    """

    slopes: Tensor

    def __init__(self, channels: int, *, heads: int = 4, dropout: float = 0.1) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.project_in = nn.Linear(channels, 3 * channels)
        self.project_out = nn.Linear(channels, channels)
        self.dropout = nn.Dropout(dropout)
        slopes = torch.tensor([2.0 ** -(head + 1) for head in range(heads)])
        self.register_buffer("slopes", slopes.view(1, heads, 1, 1), persistent=False)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """`mask` [B, 1, P] is 1 where there is a phoneme, 0 in the padding."""
        batch, channels, length = hidden.shape
        projected = self.project_in(self.norm(hidden.transpose(1, 2)))
        query, key, value = projected.view(batch, length, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        place = torch.arange(length, device=hidden.device)
        distance = (place[:, None] - place[None]).abs()
        score = query @ key.transpose(2, 3) / math.sqrt(channels // self.heads) - self.slopes * distance
        score = score + (mask[:, None] - 1) * 1e4
        mixed = (score.softmax(3) @ value).transpose(1, 2).reshape(batch, length, channels)
        return (hidden + self.dropout(self.project_out(mixed)).transpose(1, 2)) * mask
