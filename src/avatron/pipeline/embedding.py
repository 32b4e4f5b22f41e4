"""What a learned animator reads of a voice whose text encoder it does not know: its phonemes, as another one says them.

A text embedding depends on the phonemes alone; when each is said, the durations say. So the face of such a voice is the
one that the package's own voice would have with those durations, and nothing has to be recognised.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import PhonemeSequence, Speech
from avatron.errors import DamagedModelError
from avatron.motion.protocol import Animator, EmbeddingReader
from avatron.motion.style import MotionStyle
from avatron.text.inventory import LEAD_PAUSE, SYMBOL_IDS, is_pause
from avatron.voice.voices import load_voice

__all__ = ["TEXT_VOICE", "SpeechReader", "TextEmbedder", "column_embedding", "shipped_text_encoder"]

TEXT_VOICE = "lj"
"""Whose text encoder the package's animators were trained on."""


@runtime_checkable
class TextEmbedder(Protocol):
    """What the embedding of a text needs of a voice."""

    @property
    def embedding_space(self) -> str:
        """sha256 of its text encoder."""

    def text_embedding(self, phonemes: PhonemeSequence) -> NDArray[np.float32]:
        """[D, P] what the text encoder says of the phonemes."""


def shipped_text_encoder() -> TextEmbedder:
    """The text encoder of `TEXT_VOICE`.

    Raises:
        DamagedModelError: that voice has none.
    """
    voice = load_voice(TEXT_VOICE)
    if not isinstance(voice, TextEmbedder):
        raise DamagedModelError(f"the voice `{TEXT_VOICE}` of this installation has no text encoder of its own")
    return voice


def column_embedding(
    voice: TextEmbedder, phonemes: PhonemeSequence, durations: NDArray[np.int64]
) -> NDArray[np.float32]:
    """[D, F] of phonemes that last `durations` [P] columns.

    What does not begin with a pause is read as if it did, as everything that the encoder has seen.
    """
    if is_pause(phonemes.symbols[0]):
        return np.repeat(voice.text_embedding(phonemes), durations, axis=1)
    led = _sequence((LEAD_PAUSE, *phonemes.symbols), np.append(-1, phonemes.word_index), phonemes)
    return np.repeat(voice.text_embedding(led)[:, 1:], durations, axis=1)


class SpeechReader:
    """An animator for speech of any voice."""

    def __init__(self, animator: Animator) -> None:
        """Of any animator; those that read no text embedding are given speech as it is."""
        self._animator = animator
        self._space = animator.embedding_space if isinstance(animator, EmbeddingReader) else None

    def translates(self, embedding_space: str) -> bool:
        """Whether speech of that space is given to the animator in another."""
        return self._space not in (None, embedding_space) and self._encoder.embedding_space == self._space

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        """The animator's motion for `speech`.

        Raises:
            EmbeddingSpaceError: it knows neither the speech's text encoder nor the package's.
        """
        return self._animator.animate(self.readable(speech), style)

    def readable(self, speech: Speech) -> Speech:
        """`speech` with the embedding that the animator knows, or as it is.

        It stays as it is where the embedding is the animator's already, where nobody knows what is said or when, and
        where the package has no text encoder that the animator knows: then the animator says what is wrong.
        """
        acoustics, phonemes = speech.acoustics, speech.phonemes
        if phonemes is None or not len(phonemes) or acoustics.durations is None:
            return speech
        if not self.translates(acoustics.embedding_space) or not all(one in SYMBOL_IDS for one in phonemes.symbols):
            return speech
        # A voice may count its phonemes in another order.
        known = _sequence(phonemes.symbols, phonemes.word_index, phonemes)
        embedding = column_embedding(self._encoder, known, acoustics.durations)
        space = self._encoder.embedding_space
        return replace(speech, acoustics=replace(acoustics, text_embedding=embedding, embedding_space=space))

    @cached_property
    def _encoder(self) -> TextEmbedder:
        return shipped_text_encoder()


def _sequence(symbols: tuple[str, ...], word_index: NDArray[np.int64], said: PhonemeSequence) -> PhonemeSequence:
    ids = np.array([SYMBOL_IDS[symbol] for symbol in symbols], np.int64)
    return PhonemeSequence(symbols, ids, word_index, said.words, said.text, said.language)
