"""What all decoders of text begin with: embedding, phoneme class and age at the mel clock, down to the decoder's."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.motion.decoder.features import CLASSES

__all__ = ["PeriodicPositions", "SpeechFront", "StyleEmbedding"]

KERNEL = 5


class SpeechFront(nn.Module):
    """Convolution over the upsampled embedding with stride 2: [B, D, F] and what belongs to it -> [B, F / 2, C]."""

    PAST = FUTURE = KERNEL // 2 * 2
    """Mel columns before and after 2 t that frame t sees."""

    def __init__(self, embedding_width: int, channels: int, *, class_width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(embedding_width)
        self.phoneme_class = nn.Embedding(len(CLASSES), class_width)
        self.join = nn.Linear(embedding_width + class_width + 1, channels)
        self.look = nn.Conv1d(channels, channels, KERNEL, padding=KERNEL // 2, groups=channels)
        self.halve = nn.Conv1d(channels, channels, KERNEL, stride=2, padding=KERNEL // 2)
        self.norm_out = nn.LayerNorm(channels)
        self.dropout = nn.Dropout(dropout)

    def forward(self, embedding: Tensor, phoneme_class: Tensor, age: Tensor) -> Tensor:
        """`embedding` [B, D, F], `phoneme_class` [B, F] places in `CLASSES`, `age` [B, F] 0 .. 1."""
        columns = torch.cat(
            [self.norm(embedding.transpose(1, 2)), self.phoneme_class(phoneme_class), age[:, :, None]], 2
        )
        hidden = self.dropout(functional.gelu(self.join(columns))).transpose(1, 2)
        hidden = hidden + functional.gelu(self.look(hidden))
        return self.norm_out(functional.gelu(self.halve(hidden)).transpose(1, 2))


class StyleEmbedding(nn.Module):
    """Weights of subjects [B, S] -> [B, 1, C]: whose way of moving it is; a mix of several is a way of its own."""

    def __init__(self, styles: int, channels: int) -> None:
        super().__init__()
        self.table = nn.Linear(styles, channels, bias=False)
        nn.init.normal_(self.table.weight, std=0.1)

    def forward(self, style: Tensor) -> Tensor:
        embedded: Tensor = self.table(style)
        return embedded[:, None]


class PeriodicPositions(nn.Module):
    """Where a frame is within a period of the absolute clock: [T, C] (periodic positional encoding, Fan et al.,
    FaceFormer, 2022). It repeats, so no length is beyond it."""

    table: Tensor

    def __init__(self, channels: int, period: int) -> None:
        super().__init__()
        self.period = period
        place = torch.arange(period)[:, None] / period
        harmonic = torch.arange(1, channels // 2 + 1)[None].remainder(period // 2) + 1
        angle = 2 * torch.pi * place * harmonic
        self.register_buffer("table", torch.cat([angle.sin(), angle.cos()], 1), persistent=False)
        self.gain = nn.Parameter(torch.full((channels,), 0.05))

    def forward(self, first: Tensor, frames: Tensor) -> Tensor:
        """[T, C] of as many frames as `frames` [B, T, C] has, the first of which is number `first` [] of the clock."""
        place = (first + torch.arange(frames.shape[1])).remainder(self.period)
        return self.table[place] * self.gain
