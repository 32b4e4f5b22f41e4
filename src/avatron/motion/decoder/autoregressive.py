"""A decoder that makes each frame from the frames before it, over the memory of what it hears."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.motion.decoder.config import DecoderConfig
from avatron.motion.decoder.speech_input import SpeechColumns

__all__ = ["autoregressive_curves"]

PIECE_COLUMNS = 1024
"""Mel columns that the encoder hears at once, beside their surroundings."""


def autoregressive_curves(
    encoder: Any, step: Any, config: DecoderConfig, columns: SpeechColumns, style: NDArray[np.float32]
) -> NDArray[np.float32]:
    """[T, O] one frame for every second column; `style` [S] are weights of the subjects."""
    frames = -(-len(columns) // 2)
    outputs = 3 * config.vertices or len(config.channels)
    curves = np.zeros((frames, outputs), np.float32)
    if not frames:
        return curves
    # After the end the last column goes on, as in training.
    whole = columns.joined(columns.held(len(columns) % 2 + config.view.future_columns))
    memory = _memory(encoder, config, whole.main, 2 * frames)
    keys_input = next(node for node in step.get_inputs() if node.name == "keys")
    heads, width = keys_input.shape[1], keys_input.shape[3]
    keys = values = np.zeros((1, heads, 0, width), np.float32)
    previous = np.zeros((1, 1, outputs), np.float32)
    for frame in range(frames):
        previous, keys, values = step.run(
            None,
            {
                "previous": previous,
                "memory": memory[None, None, 2 * frame : 2 * frame + 2],
                "style": style[None],
                "first": np.array(frame),
                "keys": keys,
                "values": values,
            },
        )
        curves[frame] = previous[0, 0]
    return curves


def _memory(encoder: Any, config: DecoderConfig, mel: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """[count, C] what the encoder makes of `mel` [M, F], piece by piece: sight is limited, so pieces join exactly."""
    sight = config.view.future_columns
    pieces = []
    for start in range(0, count, PIECE_COLUMNS):
        stop = min(start + PIECE_COLUMNS, count)
        first, last = max(0, start - sight), min(mel.shape[1], stop + sight)
        (made,) = encoder.run(None, {"mel": mel[None, :, first:last]})
        pieces.append(made[0, start - first : stop - first])
    return np.concatenate(pieces)
