"""The encoder that the package brings hears what its voices say."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import MissingComponentError
from avatron.io.resample import resample_audio
from avatron.text.frontends import frontend_for
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.features import HEARING
from avatron.voice.listening.protocol import HeardColumns, SpeechEncoder
from avatron.voice.listening.sounds import BASE_OF_SOUND, SILENCE, SOUND_OF_ID
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    try:
        return load_speech_encoder(DEFAULT_ENCODER)
    except MissingComponentError as error:
        pytest.skip(f"this checkout has no weights for it: {error}")


def _heard(encoder: SpeechEncoder, samples: np.ndarray) -> HeardColumns:
    hearing = encoder.listen()
    return HeardColumns.joined([hearing.push(samples), hearing.finish()])


@pytest.mark.parametrize("name", ["lj", "pm"])
def test_sounds_and_embedding_are_those_of_the_voice_that_speaks(encoder: SpeechEncoder, name: str) -> None:
    voice = load_voice(name)
    assert encoder.embedding_space == voice.embedding_space
    phonemes = frontend_for("en-us", ("en-us",)).phonemize("The man can see five green ships by the lake.", "en-us")
    speech = voice.speak(phonemes, VoiceStyle())
    heard = _heard(encoder, resample_audio(speech.audio, HEARING.sample_rate).samples)
    count = min(len(heard), speech.acoustics.frames)
    truth = BASE_OF_SOUND[SOUND_OF_ID[np.repeat(phonemes.ids, speech.acoustics.durations)]][:count]
    found = BASE_OF_SOUND[heard.log_shares.argmax(axis=0)][:count]
    assert (found == truth).mean() > 0.5
    wanted, said = speech.acoustics.text_embedding[:, :count], heard.text_embedding[:, :count]
    norms = np.linalg.norm(wanted, axis=0) * np.linalg.norm(said, axis=0)
    assert ((wanted * said).sum(axis=0) / norms).mean() > 0.5


def test_silence_and_faint_noise_are_silence(encoder: SpeechEncoder) -> None:
    faint = 1e-3 * np.random.default_rng(0).normal(size=2 * HEARING.sample_rate).astype(np.float32)
    for samples in (np.zeros_like(faint), faint):
        assert (_heard(encoder, samples).log_shares.argmax(axis=0) == SILENCE).mean() > 0.95


def test_the_look_ahead_is_short_enough_for_live_speech(encoder: SpeechEncoder) -> None:
    assert encoder.look_ahead_s < 0.13
