"""A bidirectional LSTM over time that waits for a few frames only."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["LatencyControlledLstm"]


class LatencyControlledLstm(nn.Module):
    """Forwards over all of time, backwards from a few frames after each block's end: [B, T, C] -> [B, T', 2 H].

    Latency-controlled BLSTM (Zhang et al., Highway long short-term memory RNNs for distant speech recognition, 2016):
    time is cut into blocks of `block` frames on the absolute clock, and the backward direction begins `ahead` frames
    after each block's end with an empty state. So the first frame of a block sees `block - 1 + ahead` frames of the
    future, and no frame more. All blocks are one batch: the backward direction costs few steps at any length.
    """

    def __init__(self, channels: int, hidden: int, *, block: int, ahead: int) -> None:
        super().__init__()
        self.hidden, self.block, self.ahead = hidden, block, ahead
        self.forwards = nn.LSTM(channels, hidden, batch_first=True)
        self.backwards = nn.LSTM(channels, hidden, batch_first=True)

    def forward(
        self, frames: Tensor, count: Tensor | int, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(frames [B, count, 2 H], hidden and cell [1, B, H] after them) of the first `count` of `frames`, a multiple
        of the block that begins with one; at least `ahead` frames must follow them.
        """
        batch, channels = frames.shape[0], frames.shape[2]
        past, (hidden, cell) = self.forwards(frames[:, :count], state)
        parts = [
            frames[:, place : place + count].reshape(batch, -1, self.block, channels)
            for place in range(0, self.block + self.ahead, self.block)
        ]
        whole = torch.cat(parts, 2)[:, :, : self.block + self.ahead].flip(2)
        rows = whole.reshape(-1, self.block + self.ahead, channels)
        empty = rows.new_zeros((1, 1, self.hidden)).expand(1, rows.shape[0], self.hidden).contiguous()
        future, _ = self.backwards(rows, (empty, empty))
        future = future[:, self.ahead :].flip(1).reshape(batch, -1, self.hidden)
        return torch.cat([past, future], 2), hidden, cell

    def empty_state(self, batch: int) -> tuple[Tensor, Tensor]:
        """The state before the first frame."""
        empty = torch.zeros(1, batch, self.hidden)
        return empty, empty
