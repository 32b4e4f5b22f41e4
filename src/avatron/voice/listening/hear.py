"""Utterances of a sound file whose words nobody knows: what the encoder hears in it."""

from __future__ import annotations

from collections.abc import Iterator

from avatron.core.speech import Speech
from avatron.voice.listening.protocol import HeardColumns, SpeechEncoder
from avatron.voice.listening.recorded import heard_speech
from avatron.voice.listening.tape import SoundTape
from avatron.voice.listening.utterances import utterances

__all__ = ["hear_utterances"]


def hear_utterances(tape: SoundTape, encoder: SpeechEncoder) -> Iterator[Speech]:
    """The speech of the tape, one utterance after another, in the memory of one.

    Raises:
        UnreadableFileError: sound that is damaged.
        InvalidValueError: sound that is shorter than a column.
    """

    def blocks() -> Iterator[HeardColumns]:
        hearing = encoder.listen()
        for samples in tape.play():
            yield hearing.push(samples)
        yield hearing.finish()

    waiting: HeardColumns | None = None
    for columns in utterances(blocks()):
        if waiting is not None:
            yield _speech(waiting, tape, encoder, len(waiting))
        waiting = columns
    if waiting is not None:
        # The last one has the samples that do not make a column, too.
        yield _speech(waiting, tape, encoder, None)


def _speech(columns: HeardColumns, tape: SoundTape, encoder: SpeechEncoder, count: int | None) -> Speech:
    cutting = tape.cut(count)
    return heard_speech(columns, encoder, cutting.audio, cutting.heard, start_sample=cutting.start_sample)
