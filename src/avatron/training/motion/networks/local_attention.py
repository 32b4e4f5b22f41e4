"""Self-attention that looks back a while and ahead a little, with a bias that falls with distance."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["LocalAttention"]

_NEVER = -1e4
"""Added to the score of what may not be looked at."""


class LocalAttention(nn.Module):
    """Multi-head attention over a window about each frame: [B, T, C] -> [B, T, C], without residual.

    The bias falls linearly with distance, by another slope in each head (ALiBi, Press et al. 2022). It is made from
    the length that is given, so there is none that it cannot read, and far frames weigh nothing: a piece with its
    surroundings gives what the whole gives.
    """

    slopes: Tensor

    def __init__(self, channels: int, *, heads: int, past: int, future: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.past, self.future = heads, past, future
        self.project_in = nn.Linear(channels, 3 * channels)
        self.project_out = nn.Linear(channels, channels)
        self.dropout = nn.Dropout(dropout)
        slopes = torch.tensor([2.0 ** -(head + 1) for head in range(heads)])
        self.register_buffer("slopes", slopes.view(1, heads, 1, 1), persistent=False)

    def bias(self, length: int, device: torch.device) -> Tensor:
        """[1, heads, T, T] what is added to the scores of `length` frames."""
        place = torch.arange(length, device=device)
        ahead = place[None] - place[:, None]
        seen = (ahead <= self.future) & (ahead >= -self.past)
        return torch.where(seen, -self.slopes * ahead.abs(), torch.full_like(self.slopes, _NEVER))

    def forward(self, hidden: Tensor) -> Tensor:
        """Every frame reads `past` frames before and `future` frames after itself."""
        batch, length, channels = hidden.shape
        projected = self.project_in(hidden)
        query, key, value = projected.view(batch, length, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4)
        score = query @ key.transpose(2, 3) / math.sqrt(channels // self.heads)
        weight = (score + self.bias(length, hidden.device)).softmax(3)
        mixed = (weight @ value).transpose(1, 2).reshape(batch, length, channels)
        return self.dropout(self.project_out(mixed))
