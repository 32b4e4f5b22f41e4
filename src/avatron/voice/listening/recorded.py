"""Recorded utterances as `Speech`: what an animator reads, whether a voice has said it or a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.signal.pitch import track_pitch
from avatron.voice.listening.decoding import DecodingConfig, decode_sounds
from avatron.voice.listening.features import COLUMN_S, HEARING
from avatron.voice.listening.protocol import HeardColumns, SpeechEncoder
from avatron.voice.listening.sounds import HEARD_SYMBOLS, ID_OF_SOUND

__all__ = ["heard_speech", "recorded_speech", "whole_columns"]

LANGUAGE = "en-us"
"""Of the sounds that are told apart; other languages are heard as these."""


def heard_speech(
    columns: HeardColumns,
    encoder: SpeechEncoder,
    audio: Audio,
    heard: NDArray[np.float32],
    *,
    start_sample: int = 0,
    decoding: DecodingConfig | None = None,
) -> Speech:
    """The utterance of these columns, with the likeliest phonemes; it has no words.

    `audio` is its sound as it was recorded, `heard` [N] the same at 22050 Hz, for the pitch.
    """
    decoded = decode_sounds(columns.log_shares, encoder.statistics, decoding)
    count = len(decoded.sounds)
    phonemes = PhonemeSequence(
        symbols=tuple(HEARD_SYMBOLS[sound] for sound in decoded.sounds.tolist()),
        ids=ID_OF_SOUND[decoded.sounds],
        word_index=np.full(count, -1),
        words=(),
        text="",
        language=LANGUAGE,
    )
    return recorded_speech(
        phonemes,
        decoded.durations,
        columns.text_embedding,
        columns.mel,
        audio,
        heard,
        encoder.embedding_space,
        start_sample=start_sample,
    )


def recorded_speech(
    phonemes: PhonemeSequence,
    durations: NDArray[np.int64],
    text_embedding: NDArray[np.float32],
    mel: NDArray[np.float32],
    audio: Audio,
    heard: NDArray[np.float32],
    embedding_space: str,
    *,
    start_sample: int = 0,
) -> Speech:
    """The utterance of P phonemes that last `durations` [P] columns each, sum F; the rest as in `heard_speech`."""
    pitch = track_pitch(Audio(heard, HEARING.sample_rate), HEARING.hop_length)
    frames = mel.shape[1]
    pitch = np.pad(pitch[:frames], (0, max(0, frames - len(pitch))))
    acoustics = Acoustics(
        mel=mel,
        text_embedding=text_embedding,
        durations=durations,
        pitch=pitch,
        energy=mel.mean(axis=0),
        embedding_space=embedding_space,
        sample_rate=HEARING.sample_rate,
        hop_length=HEARING.hop_length,
    )
    edges_s = np.concatenate([[0], np.cumsum(durations)]) * COLUMN_S
    spans = tuple(
        Span(symbol, float(edges_s[place]), float(edges_s[place + 1])) for place, symbol in enumerate(phonemes.symbols)
    )
    words = []
    for number, word in enumerate(phonemes.words):
        places = np.flatnonzero(phonemes.word_index == number)
        if len(places):
            words.append(Span(word, spans[places[0]].start_s, spans[places[-1]].end_s))
    return Speech(audio, acoustics, phonemes, spans, tuple(words), start_sample)


def whole_columns(end_s: NDArray[np.float64], columns: int) -> NDArray[np.int64]:
    """[P] durations in columns, sum `columns`, of sounds that end at `end_s` [P] seconds: at least 1 each.

    Where there are fewer columns than sounds, the last ones have none.
    """
    count = len(end_s)
    ends = np.rint(end_s / COLUMN_S).astype(np.int64)
    ends[-1:] = columns
    # One after another at least, and with room for those that follow.
    place = np.arange(1, count + 1)
    ends = np.maximum.accumulate(ends - place) + place
    ends = np.minimum(ends, columns - (count - place))
    ends = np.maximum(np.minimum(ends, columns), np.minimum(place, columns))
    return np.diff(np.concatenate([[0], ends]))
