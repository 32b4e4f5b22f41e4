"""Speech as a decoder reads it: checked, and on the decoder's own mel clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Acoustics
from avatron.errors import EmbeddingSpaceError, InvalidValueError
from avatron.motion.decoder.config import DecoderConfig
from avatron.motion.decoder.features import UNKNOWN_CLASS, column_classes, phoneme_ages

__all__ = ["SpeechColumns", "columns_of"]


@dataclass(frozen=True, eq=False)
class SpeechColumns:
    """F columns of the decoder's mel clock."""

    main: NDArray[np.float32]
    """[D, F] the text embedding, or [M, F] the mel: what the decoder reads."""
    phoneme_class: NDArray[np.int64]
    """[F] places in `CLASSES`."""
    age: NDArray[np.float32]
    """[F] of the phoneme, 0 .. 1."""

    def __len__(self) -> int:
        return int(self.main.shape[1])

    def part(self, start: int, stop: int) -> SpeechColumns:
        """The columns `start` .. `stop` - 1."""
        return SpeechColumns(self.main[:, start:stop], self.phoneme_class[start:stop], self.age[start:stop])

    def joined(self, after: SpeechColumns) -> SpeechColumns:
        """These, and those `after` them."""
        return SpeechColumns(
            np.concatenate([self.main, after.main], 1),
            np.concatenate([self.phoneme_class, after.phoneme_class]),
            np.concatenate([self.age, after.age]),
        )

    def held(self, count: int) -> SpeechColumns:
        """`count` times the last column: what comes after the end, where nothing is said."""
        last = self.part(len(self) - 1, len(self))
        return SpeechColumns(
            np.repeat(last.main, count, 1), np.repeat(last.phoneme_class, count), np.repeat(last.age, count)
        )


def columns_of(acoustics: Acoustics, symbols: Sequence[str], config: DecoderConfig) -> SpeechColumns:
    """What the decoder of `config` reads of `acoustics`; `symbols` [P] are its phonemes, empty where none are known.

    Raises:
        EmbeddingSpaceError: the decoder was trained on another text encoder's embedding.
        InvalidValueError: a mel of another clock or with other bins than the decoder's.
    """
    if config.reads == "mel":
        return _mel_columns(acoustics, config)
    if acoustics.embedding_space != config.embedding_space:
        raise EmbeddingSpaceError(
            f"animator `{config.name}` reads the embedding space {config.embedding_space[:12]}..., and this speech is "
            f"in {acoustics.embedding_space[:12]}...; choose a voice or a speech encoder of the animator's space, or "
            "an animator that reads phonemes, such as `viseme`"
        )
    if len(acoustics.text_embedding) != config.width:
        raise InvalidValueError(
            f"animator `{config.name}` reads {config.width} values a column, and this speech has "
            f"{len(acoustics.text_embedding)}"
        )
    told = acoustics.durations is not None and len(symbols) == len(acoustics.durations)
    if told and acoustics.durations is not None:
        classes = column_classes(symbols, acoustics.durations)
        ages = phoneme_ages(acoustics.durations, acoustics.frame_rate)
    else:
        classes = np.full(acoustics.frames, UNKNOWN_CLASS, np.int64)
        ages = np.zeros(acoustics.frames, np.float32)
    ratio = acoustics.frame_rate / (config.sample_rate / config.hop_length)
    if ratio == 1:
        return SpeechColumns(acoustics.text_embedding, classes, ages)
    # A voice of another clock: each of the decoder's columns reads what is said at its time.
    place = np.floor(np.arange(round(acoustics.frames / ratio)) * ratio).astype(np.int64)
    place = np.minimum(place, max(acoustics.frames - 1, 0))
    return SpeechColumns(acoustics.text_embedding[:, place], classes[place], ages[place])


def _mel_columns(acoustics: Acoustics, config: DecoderConfig) -> SpeechColumns:
    found = (len(acoustics.mel), acoustics.sample_rate, acoustics.hop_length)
    wanted = (config.width, config.sample_rate, config.hop_length)
    if found != wanted:
        raise InvalidValueError(
            f"animator `{config.name}` hears mels of {wanted[0]} bins, {wanted[1]} Hz and hop {wanted[2]}, and this "
            f"speech has {found[0]} bins, {found[1]} Hz and hop {found[2]}; resample the speech, or choose an animator "
            "that reads the text embedding"
        )
    nothing = np.zeros(acoustics.frames, np.float32)
    return SpeechColumns(acoustics.mel, nothing.astype(np.int64), nothing)
