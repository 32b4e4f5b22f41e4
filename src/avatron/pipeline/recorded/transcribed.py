"""Utterances of a sound file whose words are known: sounds where they are said, with the text encoder's embedding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import PhonemeSequence, Speech
from avatron.errors import InvalidValueError
from avatron.io.audio import read_audio_pieces
from avatron.pipeline.embedding import TextEmbedder, column_embedding
from avatron.text.frontends import frontend_for
from avatron.text.inventory import LEAD_PAUSE, SYMBOL_IDS, is_pause
from avatron.text.sentences import paragraphs, split_sentences
from avatron.track.speech.align import align_transcript
from avatron.track.speech.features import HEARING as LISTENER_HEARING
from avatron.track.speech.hearing import hear_pieces
from avatron.track.speech.listener import shipped_listener
from avatron.track.speech.phonemes import LANGUAGE, PhonemeTrack, read_transcript
from avatron.track.speech.sound import INTELLIGIBLE
from avatron.voice.listening.features import COLUMN_S
from avatron.voice.listening.mel_stream import MelStream
from avatron.voice.listening.recorded import recorded_speech, whole_columns
from avatron.voice.listening.tape import SoundTape
from avatron.voice.listening.utterances import UtteranceCutter

__all__ = ["said_utterances"]


@dataclass(frozen=True, eq=False)
class _Said:
    """The sounds of a whole recording without gaps."""

    symbols: tuple[str, ...]
    word_index: NDArray[np.int64]
    durations: NDArray[np.int64]
    """[P] columns."""
    words: tuple[str, ...]


def said_utterances(tape: SoundTape, transcript: str, voice: TextEmbedder) -> Iterator[Speech]:
    """The speech of the tape, aligned to what is said in it, one utterance after another.

    The file is heard twice: once to place the sounds, once to cut it.

    Raises:
        UnreadableFileError: sound that is damaged.
        InvalidValueError: a transcript without words, one that does not fit the sound, or sound of less than a column.
        ScriptError: a transcript that cannot be spoken.
    """
    listener = shipped_listener()
    text = read_transcript(transcript)
    pieces = read_audio_pieces(tape.path, LISTENER_HEARING.sample_rate)
    samples = 0

    def counted() -> Iterator[NDArray[np.float32]]:
        nonlocal samples
        for piece in pieces:
            samples += len(piece)
            yield piece

    track = align_transcript(hear_pieces(counted(), listener), text, listener)
    if track.score < INTELLIGIBLE:
        raise InvalidValueError(
            f"the transcript does not fit the sound of `{tape.path}`: its score is {track.score:.2f}, expected at "
            f"least {INTELLIGIBLE:g}; give what is said, or leave `--transcript` out"
        )
    columns = int(samples / LISTENER_HEARING.sample_rate / COLUMN_S) + 1
    said = _gapless(track, _pauses_after_words(transcript), columns)
    return _utterances(tape, said, voice)


def _pauses_after_words(transcript: str) -> dict[int, str]:
    """The pause that the punctuation after a word asks for, by the number of the word."""
    frontend = frontend_for(LANGUAGE, (LANGUAGE,))
    pauses: dict[int, str] = {}
    count = 0
    for _, paragraph in paragraphs(transcript):
        for _, sentence in split_sentences(paragraph):
            phonemes = frontend.phonemize(sentence, LANGUAGE)
            number = -1
            for symbol, word, initial in zip(
                phonemes.symbols, phonemes.word_index.tolist(), phonemes.word_initial.tolist(), strict=True
            ):
                if word >= 0:
                    number += initial
                elif number >= 0 and is_pause(symbol):
                    pauses[count + number] = symbol
            count += number + 1
    return pauses


def _gapless(track: PhonemeTrack, pauses: dict[int, str], columns: int) -> _Said:
    """The sounds with a pause wherever nothing is said."""
    symbols: list[str] = []
    words: list[int] = []
    ends: list[float] = []
    reached, word_before = 0.0, -1

    def pause_until(time_s: float) -> None:
        if time_s - reached >= 0.5 * COLUMN_S:
            symbols.append(pauses.get(word_before, LEAD_PAUSE))
            words.append(-1)
            ends.append(time_s)

    for place in np.flatnonzero(track.spoken & (track.end_s > track.start_s)).tolist():
        pause_until(float(track.start_s[place]))
        symbols.append(track.symbols[place])
        words.append(int(track.word_index[place]))
        ends.append(float(track.end_s[place]))
        reached, word_before = ends[-1], words[-1]
    pause_until(columns * COLUMN_S)
    durations = whole_columns(np.array(ends), columns)
    return _Said(tuple(symbols), np.array(words), durations, track.words)


def _utterances(tape: SoundTape, said: _Said, voice: TextEmbedder) -> Iterator[Speech]:
    silence = np.repeat(np.array([is_pause(symbol) for symbol in said.symbols], np.float32), said.durations)
    lengths = UtteranceCutter().push(silence)
    edges = np.cumsum([0, *lengths])
    stream = MelStream()
    held = np.zeros((0, 0), np.float32)
    number = 0
    for piece in tape.play():
        new = stream.push(piece)
        held = np.concatenate([held.reshape(len(new), -1), new], axis=1)
        # The last utterance takes whatever is left.
        while number < len(lengths) and held.shape[1] > lengths[number]:
            yield _speech(tape, said, voice, int(edges[number]), held[:, : lengths[number]], last=False)
            held = held[:, lengths[number] :]
            number += 1
    held = np.concatenate([held, stream.finish()], axis=1)
    while number < len(lengths) and held.shape[1] > lengths[number]:
        yield _speech(tape, said, voice, int(edges[number]), held[:, : lengths[number]], last=False)
        held = held[:, lengths[number] :]
        number += 1
    yield _speech(tape, said, voice, int(edges[number]), held, last=True)


def _speech(
    tape: SoundTape, said: _Said, voice: TextEmbedder, start: int, mel: NDArray[np.float32], *, last: bool
) -> Speech:
    """The utterance of the columns `start` .. of the mel [M, F]."""
    columns = mel.shape[1]
    ends = np.cumsum(said.durations)
    begins = np.clip(ends - said.durations - start, 0, columns)
    durations = np.clip(ends - start, 0, columns) - begins
    kept = np.flatnonzero(durations > 0)
    durations = durations[kept]
    symbols = [said.symbols[place] for place in kept]
    index = said.word_index[kept]
    missing = columns - int(durations.sum())
    if missing:
        # The sound goes on a little longer than what was aligned.
        symbols.append(LEAD_PAUSE)
        durations, index = np.append(durations, missing), np.append(index, -1)
    spoken = index[index >= 0]
    first = int(spoken[0]) if len(spoken) else 0
    words = said.words[first : int(spoken[-1]) + 1] if len(spoken) else ()
    index = np.where(index >= 0, index - first, -1)
    phonemes = _sequence(symbols, index, words)
    cutting = tape.cut(None if last else columns)
    return recorded_speech(
        phonemes,
        durations,
        column_embedding(voice, phonemes, durations),
        mel,
        cutting.audio,
        cutting.heard,
        voice.embedding_space,
        start_sample=cutting.start_sample,
    )


def _sequence(symbols: list[str], word_index: NDArray[np.int64], words: tuple[str, ...]) -> PhonemeSequence:
    ids = np.array([SYMBOL_IDS[symbol] for symbol in symbols], np.int64)
    return PhonemeSequence(tuple(symbols), ids, word_index, words, " ".join(words), LANGUAGE)
