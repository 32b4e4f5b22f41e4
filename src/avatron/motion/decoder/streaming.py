"""A decoder that hears speech in pieces and gives curves as soon as it can: joined they are those of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.motion.decoder.config import DecoderConfig
from avatron.motion.decoder.speech_input import SpeechColumns

__all__ = ["CurveStream"]

MOST_FRAMES = 512
"""Frames of one run of the network: attention's memory grows with their square."""


class CurveStream:
    """One utterance on its way through the network.

    A run of the network is given the frames it is to make, as much of the past as they depend on, and its own
    state of the frame before them. So memory does not grow with the utterance, and where pieces begin makes no
    difference.
    """

    def __init__(self, session: Any, config: DecoderConfig, style: NDArray[np.float32]) -> None:
        """`session` runs the graph of `config`; `style` [S] are weights of its subjects."""
        self._session, self._config, self._style = session, config, style[None]
        self._columns: SpeechColumns | None = None
        self._dropped_frames = 0
        self._made_frames = 0
        self._heard_columns = 0
        state = np.zeros((1, 1, config.view.state_width), np.float32)
        self._state = (state, state) if config.view.state_width else ()

    def push(self, columns: SpeechColumns) -> NDArray[np.float32]:
        """[T, O] the frames that can be made once `columns` are known too; T may be 0."""
        if not len(columns):
            return self._nothing
        self._columns = columns if self._columns is None else self._columns.joined(columns)
        self._heard_columns += len(columns)
        ready = self._config.view.whole_frames(len(self._columns)) + self._dropped_frames
        return self._make(ready)

    def finish(self) -> NDArray[np.float32]:
        """[T, O] the frames that are left, one for every second column that was heard in all."""
        if self._columns is None:
            return self._nothing
        view, last = self._config.view, -(-self._heard_columns // 2)
        rounded = -(-last // view.block_frames) * view.block_frames
        missing = view.columns_for(rounded - self._dropped_frames) - len(self._columns)
        if missing > 0:
            self._columns = self._columns.joined(self._columns.held(missing))
        left = self._make(rounded)
        return left[: len(left) - (rounded - last)]

    @property
    def _nothing(self) -> NDArray[np.float32]:
        outputs = 3 * self._config.vertices or len(self._config.channels)
        return np.zeros((0, outputs), np.float32)

    def _make(self, ready: int) -> NDArray[np.float32]:
        block = self._config.view.block_frames
        most = MOST_FRAMES // block * block
        pieces = [self._nothing]
        while self._made_frames < ready:
            pieces.append(self._run(min(ready - self._made_frames, most)))
        return np.concatenate(pieces)

    def _run(self, count: int) -> NDArray[np.float32]:
        assert self._columns is not None
        view = self._config.view
        context = self._made_frames - self._dropped_frames
        heard = self._columns.part(0, view.columns_for(context + count))
        feed = {
            "embedding": heard.main[None],
            "phoneme_class": heard.phoneme_class[None],
            "age": heard.age[None],
            "style": self._style,
            "first": np.array(self._dropped_frames),
            "context": np.array(context),
            "count": np.array(count),
        }
        feed |= dict(zip(("hidden", "cell"), self._state, strict=False))
        taken = {node.name for node in self._session.get_inputs()}
        curves, *state = self._session.run(None, {name: value for name, value in feed.items() if name in taken})
        self._state = tuple(state)
        self._made_frames += count
        drop = max(0, self._made_frames - view.past_frames - self._dropped_frames)
        self._columns = self._columns.part(2 * drop, len(self._columns))
        self._dropped_frames += drop
        return np.asarray(curves[0], np.float32)
