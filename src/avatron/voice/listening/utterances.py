"""Where a recording is cut into utterances: in its pauses, so that each begins and ends with a mouth at rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.voice.listening.features import COLUMN_S
from avatron.voice.listening.protocol import HeardColumns
from avatron.voice.listening.sounds import SILENCE

__all__ = ["CutConfig", "UtteranceCutter", "utterances"]


@dataclass(frozen=True)
class CutConfig:
    """What pauses are long enough."""

    pause_s: float = 0.6
    """Of a pause that ends a short utterance ..."""
    shortest_pause_s: float = 0.16
    """... and of one that ends a long one."""
    short_s: float = 4.0
    """Utterances up to this length are short ..."""
    long_s: float = 16.0
    """... from this on they are long."""
    longest_s: float = 24.0
    """Where nobody pauses for so long, the quietest place of the second half is the end."""


class UtteranceCutter:
    """Is told column by column how likely silence is, and says where utterances end; it sees no further than that."""

    def __init__(self, config: CutConfig | None = None) -> None:
        self._config = config or CutConfig()
        self._silence: list[float] = []
        """Of the columns of the utterance so far."""
        self._run = 0
        self._spoken = False

    def push(self, silence: NDArray[np.float32]) -> list[int]:
        """Lengths in columns of the utterances that the next columns [F] complete, in order."""
        lengths = []
        for share in silence.tolist():
            self._silence.append(share)
            self._run = self._run + 1 if share > 0.5 else 0
            self._spoken = self._spoken or share < 0.3
            length = self._length()
            if length:
                lengths.append(length)
                self._silence = self._silence[length:]
                self._run = min(self._run, len(self._silence))
                self._spoken = any(share < 0.3 for share in self._silence)
        return lengths

    def _length(self) -> int:
        """Of the utterance, if it ends; 0 while it goes on."""
        config, columns = self._config, len(self._silence)
        age = np.clip((columns * COLUMN_S - config.short_s) / (config.long_s - config.short_s), 0, 1)
        needed_s = config.pause_s + float(age) * (config.shortest_pause_s - config.pause_s)
        if self._spoken and 0 < self._run < columns and self._run * COLUMN_S >= needed_s:
            return columns - self._run // 2
        if columns * COLUMN_S < config.longest_s:
            return 0
        smooth = np.convolve(self._silence, np.hanning(13), mode="same")
        return columns // 2 + int(smooth[columns // 2 : -1].argmax()) + 1


def utterances(blocks: Iterable[HeardColumns], config: CutConfig | None = None) -> Iterator[HeardColumns]:
    """The columns of `blocks` again, cut into utterances; however the blocks are cut, the same."""
    cutter = UtteranceCutter(config)
    held: list[HeardColumns] = []
    for block in blocks:
        if not len(block):
            continue
        held.append(block)
        for length in cutter.push(np.exp(block.log_shares[SILENCE])):
            whole = HeardColumns.joined(held)
            yield whole.part(0, length)
            held = [whole.part(length, len(whole))]
    if sum(len(block) for block in held):
        yield HeardColumns.joined(held)
