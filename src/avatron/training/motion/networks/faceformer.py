"""The baseline `faceformer`: sound in, and each frame from the frames before it (Fan et al., FaceFormer, 2022).

    mel [M, F] ─ convolutions ─ transformer encoder ─ memory [F, C]
                                                        │ aligned cross-attention: frame t sees columns 2 t and 2 t + 1
    frame t - 1 ─ + style ─ + periodic positions ─ biased causal self-attention ─ feed-forward ─ head ─ frame t

As in the paper, the self-attention's bias falls with every period of distance, and a frame attends to the sound of its
own moment only. Other than there, the audio encoder is small, reads the mel and is trained here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.motion.decoder.view import TimeView
from avatron.training.motion.batches import Batch
from avatron.training.motion.networks.conformer import FeedForward
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.motion.networks.front import PeriodicPositions, StyleEmbedding
from avatron.training.motion.networks.heads import HeadConfig, make_head
from avatron.training.motion.networks.local_attention import LocalAttention

__all__ = ["AudioEncoder", "FaceFormerConfig", "FaceFormerNetwork", "StepDecoder"]

_MEL_MIDDLE, _MEL_SPREAD = -5.0, 2.5
"""About what speech has: the natural log of magnitudes."""
_NEVER = -1e4


@dataclass(frozen=True)
class FaceFormerConfig:
    """Sizes."""

    mel_bins: int = 80
    """M."""
    styles: int = 3
    """S: subjects whose way of moving is learned."""
    channels: int = 128
    """Width."""
    encoder_blocks: int = 2
    """Transformer blocks of the audio encoder."""
    sight: int = 48
    """Mel columns that each of them sees on each side."""
    heads: int = 4
    """Heads of every attention."""
    expansion: int = 2
    """Width of the feed-forward layers, as a multiple."""
    period: int = 32
    """Frames after which positions repeat, and over which the bias of self-attention falls by a step."""
    memory: int = 384
    """Frames of its own past that self-attention sees."""
    passes: int = 3
    """In training the past is the decoder's own frames, of so many passes; only the last one is learned from."""
    dropout: float = 0.1
    """In training."""
    head: HeadConfig = field(default_factory=HeadConfig)
    """What comes out."""


class AudioEncoder(nn.Module):
    """Mel [B, M, F] -> memory [B, F, C]."""

    KERNEL = 5

    def __init__(self, config: FaceFormerConfig) -> None:
        super().__init__()
        width, half = config.channels, self.KERNEL // 2
        self.first = nn.Conv1d(config.mel_bins, width, self.KERNEL, padding=half)
        self.second = nn.Conv1d(width, width, self.KERNEL, padding=half)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(config.encoder_blocks))
        self.attentions = nn.ModuleList(
            LocalAttention(width, heads=config.heads, past=config.sight, future=config.sight, dropout=config.dropout)
            for _ in range(config.encoder_blocks)
        )
        self.forwards = nn.ModuleList(
            FeedForward(width, expansion=config.expansion, dropout=config.dropout) for _ in range(config.encoder_blocks)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, mel: Tensor) -> Tensor:
        hidden = functional.gelu(self.first((mel - _MEL_MIDDLE) / _MEL_SPREAD))
        hidden = functional.gelu(self.second(hidden)).transpose(1, 2)
        for norm, attention, forwards in zip(self.norms, self.attentions, self.forwards, strict=True):
            hidden = hidden + attention(norm(hidden))
            hidden = hidden + forwards(hidden)
        normed: Tensor = self.norm(hidden)
        return normed


class StepDecoder(nn.Module):
    """Frames from the frames before them, and from the memory of their moment."""

    slopes: Tensor

    def __init__(self, config: FaceFormerConfig) -> None:
        super().__init__()
        width = config.channels
        self.heads, self.period, self.memory = config.heads, config.period, config.memory
        self.before = nn.Linear(config.head.outputs, width)
        self.style = StyleEmbedding(config.styles, width)
        self.positions = PeriodicPositions(width, config.period)
        self.norm_self, self.norm_cross = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project_in, self.project_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.cross_out = nn.Linear(width, width)
        self.forwards = FeedForward(width, expansion=config.expansion, dropout=config.dropout)
        self.dropout = nn.Dropout(config.dropout)
        self.head = make_head(width, config.head)
        slopes = torch.tensor([2.0 ** -(head + 1) for head in range(config.heads)])
        self.register_buffer("slopes", slopes.view(1, config.heads, 1, 1), persistent=False)

    def forward(
        self, previous: Tensor, memory: Tensor, style: Tensor, first: Tensor, keys: Tensor, values: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(curves [B, T, O], keys and values [B, heads, t + T, C / heads] to go on with) of T frames.

        `previous` [B, T, O] are the curves one frame before, `memory` [B, T, 2, C] the two columns of each frame,
        `first` [] the number of the first frame on the clock; `keys` and `values` [B, heads, t, C / heads] are of the
        frames before.
        """
        hidden = self.before(previous) + self.style(style)
        hidden = hidden + self.positions(first, hidden)
        query, key, value = self._split(self.project_in(self.norm_self(hidden)), 3)
        keys, values = (
            torch.cat([keys, key], 2)[:, :, -self.memory :],
            torch.cat([values, value], 2)[:, :, -self.memory :],
        )
        place = torch.arange(query.shape[2])[:, None] + (keys.shape[2] - query.shape[2])
        back = place - torch.arange(keys.shape[2])[None]
        bias = -self.slopes * torch.div(back, self.period, rounding_mode="floor")
        bias = torch.where(back >= 0, bias, torch.full_like(self.slopes, _NEVER))
        weight = (query @ keys.transpose(2, 3) / math.sqrt(query.shape[3]) + bias).softmax(3)
        hidden = hidden + self.dropout(self.project_out((weight @ values).transpose(1, 2).flatten(2)))
        hidden = hidden + self.dropout(self.cross_out(self._aligned(self.norm_cross(hidden), memory)))
        curves: Tensor = self.head(hidden + self.forwards(hidden))
        return curves, keys, values

    def _split(self, projected: Tensor, parts: int) -> Tensor:
        """[parts, B, heads, T, C / heads]."""
        batch, length, width = projected.shape
        return projected.view(batch, length, parts, self.heads, width // parts // self.heads).permute(2, 0, 3, 1, 4)

    def _aligned(self, hidden: Tensor, memory: Tensor) -> Tensor:
        """[B, T, C] attention of each frame to its own columns of `memory` [B, T, 2, C]."""
        batch, length, width = hidden.shape
        query = self.query(hidden).view(batch, length, 1, self.heads, -1)
        key, value = self.key_value(memory).view(batch, length, 2, 2, self.heads, -1).unbind(3)
        weight = ((query * key).sum(4, keepdim=True) / math.sqrt(width // self.heads)).softmax(2)
        return (weight * value).sum(2).flatten(2)


class FaceFormerNetwork(Decoder):
    """Sound to curves, one frame after another."""

    def __init__(self, config: FaceFormerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = AudioEncoder(config)
        self.decoder = StepDecoder(config)

    @property
    def view(self) -> TimeView:
        """What a frame sees of the sound; its own past is without limit."""
        columns = self.config.encoder_blocks * self.config.sight + 2 * (AudioEncoder.KERNEL // 2)
        return TimeView(past_frames=0, future_frames=0, future_columns=columns + 1)

    def learn(self, batch: Batch) -> Tensor:
        """[B, T, O] curves of windows; the past they are made from is the decoder's own, by repeated passes.

        Truth as the past would teach to copy it (Mihaylova and Martins, Scheduled sampling for transformers, 2019):
        each pass reads the frames that the pass before made, all at once.
        """
        memory = self._memory(batch)
        previous = torch.zeros_like(batch.target)
        for number in range(self.config.passes):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number == self.config.passes - 1):
                curves = self.decoder(previous, memory, batch.style, torch.tensor(batch.first), *self.empty(batch))[0]
            previous = functional.pad(curves.detach()[:, :-1], (0, 0, 1, 0))
        return curves

    @torch.no_grad()
    def perform(self, batch: Batch) -> Tensor:
        """[B, T, O] curves, one frame after another."""
        memory = self._memory(batch)
        keys, values = self.empty(batch)
        previous, made = torch.zeros_like(batch.target[:, :1]), []
        for place in range(batch.target.shape[1]):
            now = memory[:, place : place + 1]
            previous, keys, values = self.decoder(previous, now, batch.style, torch.tensor(place), keys, values)
            made.append(previous)
        return torch.cat(made, 1)

    def empty(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Keys and values of no frame."""
        width = self.config.channels // self.config.heads
        nothing = torch.zeros(len(batch.target), self.config.heads, 0, width)
        return nothing, nothing

    def _memory(self, batch: Batch) -> Tensor:
        memory: Tensor = self.encoder(batch.mel)
        return memory[:, : 2 * batch.target.shape[1]].unflatten(1, (-1, 2))
