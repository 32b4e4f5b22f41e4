"""How far the pitch of a voice moves: the factor of its config, and what is measured to choose it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.speech import PhonemeSequence
from avatron.io.folders import load_folder
from avatron.text.frontends import frontend_for
from avatron.voice.neural import KIND, NeuralVoice, VoiceConfig
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION


@pytest.fixture
def voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "lj")


@pytest.fixture(scope="module")
def phonemes() -> PhonemeSequence:
    # Rules of intonation belong to a language; without them the reading is what the network predicts.
    text = "The morning train was late again and nobody knew why."
    return replace(frontend_for("en-us", ("en-us",)).phonemize(text, "en-us"), language="de-de")


def spoken_pitch(voice: NeuralVoice, phonemes: PhonemeSequence, spread: float) -> np.ndarray:
    voice.acoustic_model.pitch_spread = spread
    log_pitch = voice.acoustic_model.read(phonemes, VoiceStyle()).log_pitch
    return np.asarray(log_pitch[phonemes.word_index >= 0])


def test_the_spread_widens_the_predicted_pitch_about_its_own_middle(
    voice: NeuralVoice, phonemes: PhonemeSequence
) -> None:
    narrow, wide = spoken_pitch(voice, phonemes, 1.0), spoken_pitch(voice, phonemes, 1.7)
    assert wide.mean() == pytest.approx(narrow.mean(), abs=1e-4)
    np.testing.assert_allclose(wide - wide.mean(), 1.7 * (narrow - narrow.mean()), atol=1e-4)


def test_the_shipped_voice_moves_further_than_its_network_predicts(
    voice: NeuralVoice, phonemes: PhonemeSequence
) -> None:
    shipped = voice.config.pitch_spread
    assert 1.2 < shipped < 2
    assert np.std(spoken_pitch(voice, phonemes, shipped)) > 1.1 * np.std(spoken_pitch(voice, phonemes, 1.0))


def test_a_config_without_a_spread_leaves_the_pitch_as_it_is_predicted() -> None:
    checked = load_folder(COLLECTION.builtin_folder / "lj", KIND)
    older = replace(checked, config={key: value for key, value in checked.config.items() if key != "pitch_spread"})
    assert VoiceConfig.of(older).pitch_spread == 1.0
