"""Phonemes to mel: the encoder's and the decoder's graphs, with durations chosen in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import PhonemeSequence
from avatron.errors import InvalidValueError
from avatron.text.inventory import LEAD_PAUSE, PAUSES, SYMBOLS
from avatron.voice.durations import paced_durations, whole_frames
from avatron.voice.style import VoiceStyle

__all__ = ["AcousticModel", "Drawing"]


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the acoustic model says of an utterance."""

    mel: NDArray[np.float32]
    """[M, F] natural log."""
    text_embedding: NDArray[np.float32]
    """[D, F]."""
    durations: NDArray[np.int64]
    """[P] frames; sum = F."""
    log_pitch: NDArray[np.float32]
    """[F] ln Hz, through unvoiced frames as well."""
    voiced: NDArray[np.bool_]
    """[F]."""


class AcousticModel:
    """The two graphs. `encoder` reads the text once; `decoder` draws any frames of it."""

    def __init__(self, encoder: Any, decoder: Any, *, lead_frames: int) -> None:
        """`lead_frames` is how long the pause lasts that every utterance begins with."""
        self._encoder, self._decoder, self.lead_frames = encoder, decoder, lead_frames

    def draw(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Drawing:
        """The mel and all that belongs to it.

        Raises:
            InvalidValueError: no phonemes, or one that is not in the inventory.
        """
        if not len(phonemes):
            raise InvalidValueError("an utterance without phonemes cannot be spoken; give at least one word")
        if phonemes.ids.min() < 0 or phonemes.ids.max() >= len(SYMBOLS):
            raise InvalidValueError(
                f"phoneme ids {phonemes.ids.min()} .. {phonemes.ids.max()} are outside the inventory of {len(SYMBOLS)}"
            )
        embedding, log_duration, pitch, energy = self._encoder.run(
            ["text_embedding", "log_duration", "pitch", "energy"],
            {
                "ids": phonemes.ids[None],
                "word_initial": phonemes.word_initial.astype(np.int64)[None],
            },
        )
        durations = self.durations(log_duration[0], phonemes.symbols, style.pace)
        spoken = np.array([symbol not in PAUSES for symbol in phonemes.symbols])
        phone_of_frame, positions = frame_positions(durations)
        mel, log_pitch, voicing = self._decoder.run(
            ["mel", "log_pitch", "voicing"],
            {
                "text_embedding": embedding,
                "pitch": pitch + np.float32(np.log(style.pitch)),
                "energy": energy + np.where(spoken, np.float32(np.log(style.energy)), np.float32(0)),
                "phone_of_frame": phone_of_frame,
                "positions": positions,
            },
        )
        return Drawing(mel[0], embedding[0][:, phone_of_frame], durations, log_pitch[0], np.asarray(voicing[0] > 0))

    def durations(self, log_duration: NDArray[np.float32], symbols: tuple[str, ...], pace: float) -> NDArray[np.int64]:
        """[P] frames from the encoder's ln(frames + 1); a leading pause lasts what it must, at any pace."""
        predicted = np.maximum(np.expm1(log_duration.astype(np.float64)), 0)
        led = symbols[0] == LEAD_PAUSE
        rest = whole_frames(paced_durations(predicted[led:], symbols[led:], pace))
        return np.concatenate([[self.lead_frames], rest]).astype(np.int64) if led else rest


def frame_positions(durations: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(phoneme of each frame [F], position features [3, F]): share of the phoneme from its start and from its end at
    the middle of the frame, and half the ln of its duration in frames."""
    phone_of_frame = np.repeat(np.arange(len(durations)), durations)
    starts = np.cumsum(durations) - durations
    own = durations[phone_of_frame]
    share = (np.arange(len(phone_of_frame)) - starts[phone_of_frame] + 0.5) / own
    return phone_of_frame, np.stack([share, 1 - share, 0.5 * np.log(own)]).astype(np.float32)
