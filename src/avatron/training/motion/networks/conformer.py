"""A conformer block (Gulati et al. 2020) that sees little of the future."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from avatron.training.motion.networks.local_attention import LocalAttention

__all__ = ["ConformerBlock", "FeedForward"]


class FeedForward(nn.Module):
    """Norm, two layers, dropout: [B, T, C] -> [B, T, C], without residual."""

    def __init__(self, channels: int, *, expansion: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.expand = nn.Linear(channels, channels * expansion)
        self.contract = nn.Linear(channels * expansion, channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.dropout(self.contract(self.dropout(functional.silu(self.expand(self.norm(hidden))))))


class CausalConvolution(nn.Module):
    """The conformer's convolution module, looking back only: [B, T, C] -> [B, T, C], without residual.

    Layer norm stands where the paper has batch norm: batches here are small, and statistics of a batch would make the
    shipped network another one than the trained.
    """

    def __init__(self, channels: int, *, kernel: int, dropout: float) -> None:
        super().__init__()
        self.past = kernel - 1
        self.norm_in, self.norm_out = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.gate = nn.Linear(channels, 2 * channels)
        self.depthwise = nn.Conv1d(channels, channels, kernel, groups=channels)
        self.project = nn.Linear(channels, channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor) -> Tensor:
        gated = functional.glu(self.gate(self.norm_in(hidden)), 2).transpose(1, 2)
        mixed = self.depthwise(functional.pad(gated, (self.past, 0))).transpose(1, 2)
        return self.dropout(self.project(functional.silu(self.norm_out(mixed))))


class ConformerBlock(nn.Module):
    """Half a feed-forward, attention, convolution, half a feed-forward, each with its residual: [B, T, C]."""

    def __init__(
        self, channels: int, *, heads: int, past: int, future: int, kernel: int, expansion: int, dropout: float
    ) -> None:
        super().__init__()
        self.before = FeedForward(channels, expansion=expansion, dropout=dropout)
        self.attention_norm = nn.LayerNorm(channels)
        self.attention = LocalAttention(channels, heads=heads, past=past, future=future, dropout=dropout)
        self.convolution = CausalConvolution(channels, kernel=kernel, dropout=dropout)
        self.after = FeedForward(channels, expansion=expansion, dropout=dropout)
        self.norm = nn.LayerNorm(channels)
        self.past, self.future = past + kernel - 1, future

    def forward(self, hidden: Tensor) -> Tensor:
        hidden = hidden + 0.5 * self.before(hidden)
        hidden = hidden + self.attention(self.attention_norm(hidden))
        hidden = hidden + self.convolution(hidden)
        return self.norm(hidden + 0.5 * self.after(hidden))
