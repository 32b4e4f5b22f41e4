"""A recording that is in memory as a whole, heard utterance by utterance."""

from __future__ import annotations

from avatron.core.audio import Audio
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError
from avatron.io.resample import resample_audio
from avatron.voice.listening.features import HEARING
from avatron.voice.listening.protocol import SpeechEncoder
from avatron.voice.listening.recorded import heard_speech
from avatron.voice.listening.utterances import utterances

__all__ = ["hear_whole"]


def hear_whole(audio: Audio, encoder: SpeechEncoder) -> list[Speech]:
    """The speech in `audio`, one utterance after another on its clock, with the likeliest phonemes.

    Raises:
        InvalidValueError: sound that is shorter than a column.
    """
    heard = resample_audio(audio, HEARING.sample_rate).samples
    if len(heard) < HEARING.hop_length:
        raise InvalidValueError(f"the sound lasts {audio.duration_s:.3f} s; expected at least 0.02 s")
    hearing = encoder.listen()
    blocks = [hearing.push(heard), hearing.finish()]
    speeches, done = [], 0
    for columns in utterances(blocks):
        start, stop = (_sample(column, audio) for column in (done, done + len(columns)))
        own = heard[done * HEARING.hop_length : (done + len(columns)) * HEARING.hop_length]
        part = Audio(audio.samples[start:stop], audio.sample_rate)
        speeches.append(heard_speech(columns, encoder, part, own, start_sample=start))
        done += len(columns)
    return speeches


def _sample(column: int, audio: Audio) -> int:
    """The sample of `audio` at which a column begins."""
    return round(column * HEARING.hop_length * audio.sample_rate / HEARING.sample_rate)
