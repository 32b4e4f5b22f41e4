"""How much of the past and of the future a frame of a decoder sees."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TimeView"]


@dataclass(frozen=True)
class TimeView:
    """In frames of the decoder, two mel columns each, but for what is said to be in columns."""

    past_frames: int
    """Frames before a frame that it depends on, without what the state carries."""
    future_frames: int
    """Frames after it, in the worst place of a block."""
    future_columns: int
    """Mel columns after the column of the last of those."""
    block_frames: int = 1
    """Pieces must begin and end at multiples of this."""
    state_width: int = 0
    """Width of the state that is handed from piece to piece; 0 without."""

    @property
    def look_ahead_columns(self) -> int:
        """Mel columns after a frame's own that it depends on, and the next frame for reading curves between frames."""
        return 2 * (self.future_frames + 1) + self.future_columns

    def whole_frames(self, columns: int) -> int:
        """The most frames that `columns` columns hold with all of their future: a multiple of the block."""
        frames = (columns - self.future_columns + 1) // 2 - self._after_block
        return max(frames // self.block_frames * self.block_frames, 0)

    def columns_for(self, frames: int) -> int:
        """Mel columns that `frames` frames, a multiple of the block, need with all of their future."""
        return 2 * (frames + self._after_block) + self.future_columns

    @property
    def _after_block(self) -> int:
        """Frames after the last of a block."""
        return self.future_frames - (self.block_frames - 1)
