"""The decoder `avatron`: the figure, from top to bottom.

    text embedding [D, F] ─┐
    phoneme class [F] ─────┼─ convolution, stride 2 ─ + style ─ + periodic positions ─ conformer blocks
    age in phoneme [F] ────┘                                                                │
                                      curves [T, O] ─ head ─ + ── LSTM over time, both ways ┤
                                                             └──────────────────────────────┘
F counts mel columns, T = F / 2 the decoder's frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from avatron.motion.decoder.view import TimeView
from avatron.training.motion.batches import Batch
from avatron.training.motion.networks.conformer import ConformerBlock
from avatron.training.motion.networks.decoder import Decoder
from avatron.training.motion.networks.front import PeriodicPositions, SpeechFront, StyleEmbedding
from avatron.training.motion.networks.heads import HeadConfig, make_head
from avatron.training.motion.networks.latency_lstm import LatencyControlledLstm

__all__ = ["AvatronConfig", "AvatronNetwork"]


@dataclass(frozen=True)
class AvatronConfig:
    """Sizes."""

    embedding_width: int = 192
    """D of the text embedding."""
    styles: int = 3
    """S: subjects whose way of moving is learned."""
    channels: int = 160
    """Width of all that follows."""
    class_width: int = 24
    """Width of a phoneme class's embedding."""
    blocks: int = 2
    """Conformer blocks."""
    heads: int = 4
    """Heads of attention in each."""
    past: int = 24
    """Frames of the past that attention sees in each."""
    future: int = 1
    """Frames of the future that attention sees in each."""
    kernel: int = 7
    """Frames of the past, and the present one, under each convolution."""
    expansion: int = 2
    """Width of the feed-forward layers, as a multiple."""
    lstm: int = 112
    """Width of each direction of the LSTM."""
    block: int = 2
    """Frames of a block of its backward direction."""
    ahead: int = 2
    """Frames after a block's end at which that direction begins."""
    period: int = 32
    """Frames after which positions repeat."""
    dropout: float = 0.1
    """In training."""
    head: HeadConfig = field(default_factory=HeadConfig)
    """What comes out."""


class AvatronNetwork(Decoder):
    """Text embedding to curves."""

    def __init__(self, config: AvatronConfig) -> None:
        super().__init__()
        self.config = config
        self.front = SpeechFront(
            config.embedding_width, config.channels, class_width=config.class_width, dropout=config.dropout
        )
        self.style = StyleEmbedding(config.styles, config.channels)
        self.positions = PeriodicPositions(config.channels, config.period)
        self.blocks = nn.ModuleList(
            ConformerBlock(
                config.channels,
                heads=config.heads,
                past=config.past,
                future=config.future,
                kernel=config.kernel,
                expansion=config.expansion,
                dropout=config.dropout,
            )
            for _ in range(config.blocks)
        )
        self.lstm = LatencyControlledLstm(config.channels, config.lstm, block=config.block, ahead=config.ahead)
        self.mix = nn.Linear(2 * config.lstm, config.channels)
        self.head = make_head(config.channels, config.head)

    @property
    def view(self) -> TimeView:
        """What a frame sees."""
        blocks = self.config.blocks
        past = (SpeechFront.PAST + 1) // 2 + blocks * (self.config.past + self.config.kernel - 1)
        return TimeView(
            past_frames=past,
            future_frames=self.config.block - 1 + self.config.ahead + blocks * self.config.future,
            future_columns=SpeechFront.FUTURE,
            block_frames=self.config.block,
            state_width=self.config.lstm,
        )

    def forward(
        self,
        embedding: Tensor,
        phoneme_class: Tensor,
        age: Tensor,
        style: Tensor,
        first: Tensor,
        context: Tensor | int,
        count: Tensor | int,
        hidden: Tensor,
        cell: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(curves [B, count, O], hidden and cell [1, B, H]) of `count` frames after the first `context` ones.

        `embedding` [B, D, F] and the rest of the speech begin with the column of frame `first` + 0 of the clock. What
        comes before the `context` is not seen, what follows the counted frames is: `view` says how much each needs.
        `hidden` and `cell` are what came out for the frames before.
        """
        frames = self.front(embedding, phoneme_class, age) + self.style(style)
        frames = frames + self.positions(first, frames)
        for block in self.blocks:
            frames = block(frames)
        frames = frames[:, context:]
        timed, hidden, cell = self.lstm(frames, count, (hidden, cell))
        return self.head(frames[:, :count] + self.mix(timed)), hidden, cell

    def learn(self, batch: Batch) -> Tensor:
        """[B, T, O] curves of windows."""
        count = batch.target.shape[1]
        state = self.lstm.empty_state(len(batch.target))
        speech = batch.embedding, batch.phoneme_class, batch.age, batch.style
        curves: Tensor = self(*speech, torch.tensor(batch.first), 0, count, *state)[0]
        return curves
