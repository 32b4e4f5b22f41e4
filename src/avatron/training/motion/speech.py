"""Recorded speech whose phonemes and durations are known, as the voice that reads it would have described it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.errors import InvalidValueError
from avatron.signal.mel import MelConfig, log_mel
from avatron.text.inventory import PAUSES, SYMBOLS
from avatron.voice.neural import NeuralVoice

__all__ = ["forced_speech", "phonemes_of"]


def phonemes_of(
    ids: NDArray[np.int64], word_initial: NDArray[np.bool_], *, words: Sequence[str] = (), text: str = ""
) -> PhonemeSequence:
    """The phonemes [P] whose words begin where `word_initial` [P] says; unnamed words are numbered."""
    symbols = tuple(SYMBOLS[number] for number in ids)
    pauses = np.array([symbol in PAUSES for symbol in symbols], bool)
    word_index = np.where(pauses, -1, np.cumsum(word_initial) - 1)
    count = int(np.sum(word_initial))
    named = tuple(words) if len(words) == count else tuple(str(number) for number in range(count))
    return PhonemeSequence(symbols, ids, word_index, named, text, "en-us")


def forced_speech(
    voice: NeuralVoice,
    audio: Audio,
    phonemes: PhonemeSequence,
    durations: NDArray[np.int64],
    pitch_hz: NDArray[np.float32],
    mel_config: MelConfig | None = None,
) -> Speech:
    """`audio` of F * hop samples, with the durations [P] it has and the pitch [F] in it, in the voice's embedding.

    This is what the decoder is taught on: what it will read from the voice, but in step with a recording.

    Raises:
        InvalidValueError: a rate or hop that is not the voice's, or audio that is not as long as the durations.
    """
    config = mel_config or MelConfig(sample_rate=voice.config.sample_rate, hop_length=voice.config.hop_length)
    if (audio.sample_rate, config.hop_length) != (voice.config.sample_rate, voice.config.hop_length):
        raise InvalidValueError(
            f"audio of {audio.sample_rate} Hz with a hop of {config.hop_length} does not fit the voice `{voice.name}`: "
            f"expected {voice.config.sample_rate} Hz and {voice.config.hop_length}; resample it first"
        )
    frames = int(durations.sum())
    if len(audio.samples) != frames * config.hop_length:
        raise InvalidValueError(
            f"audio of {len(audio.samples)} samples is not as long as its durations, {frames} frames of "
            f"{config.hop_length} samples; cut it or align it again"
        )
    mel = log_mel(audio, config)
    edges_s = np.concatenate([[0], np.cumsum(durations)]) * (config.hop_length / config.sample_rate)
    spans = tuple(
        Span(symbol, float(start), float(end))
        for symbol, start, end in zip(phonemes.symbols, edges_s[:-1], edges_s[1:], strict=True)
    )
    places = [np.flatnonzero(phonemes.word_index == number) for number in range(len(phonemes.words))]
    return Speech(
        audio=audio,
        acoustics=Acoustics(
            mel=mel,
            text_embedding=np.repeat(voice.acoustic_model.embed(phonemes), durations, axis=1),
            durations=durations,
            pitch=pitch_hz,
            energy=mel.mean(axis=0),
            embedding_space=voice.embedding_space,
            sample_rate=config.sample_rate,
            hop_length=config.hop_length,
        ),
        phonemes=phonemes,
        spans=spans,
        words=tuple(
            Span(word, spans[own[0]].start_s, spans[own[-1]].end_s)
            for word, own in zip(phonemes.words, places, strict=True)
            if len(own)
        ),
    )
