"""The two built-in voices: both speak, from one set of graphs, in one embedding space, and sound apart."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.text.frontends import frontend_for
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION, list_voices, verify_voice

TEXT = "The morning train was late again."


@pytest.fixture(scope="module")
def lj() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "lj")


@pytest.fixture(scope="module")
def pm() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "pm")


def test_both_voices_are_listed_and_together_they_are_small() -> None:
    assert {"lj", "pm"} <= {summary.name for summary in list_voices()}
    assert verify_voice("lj").size_bytes + verify_voice("pm").size_bytes <= 20e6


def test_both_voices_have_one_text_embedding(lj: NeuralVoice, pm: NeuralVoice) -> None:
    assert lj.embedding_space == pm.embedding_space
    phonemes = frontend_for("en-us", ("en-us",)).phonemize(TEXT, "en-us")
    ours, theirs = (voice.acoustic_model.read(phonemes, VoiceStyle()).text_embedding for voice in (lj, pm))
    np.testing.assert_array_equal(ours, theirs)


def test_the_man_is_lower_than_the_woman(lj: NeuralVoice, pm: NeuralVoice) -> None:
    phonemes = frontend_for("en-us", ("en-us",)).phonemize(TEXT, "en-us")
    woman, man = (voice.acoustics(phonemes, VoiceStyle()).pitch for voice in (lj, pm))
    assert np.median(man[man > 0]) < 0.7 * np.median(woman[woman > 0])


def test_the_same_seed_gives_the_man_the_same_samples(pm: NeuralVoice) -> None:
    phonemes = frontend_for("en-us", ("en-us",)).phonemize(TEXT, "en-us")
    again = NeuralVoice.load(COLLECTION.builtin_folder / "pm")
    first, second = (voice.speak(phonemes, VoiceStyle()).audio.samples for voice in (pm, again))
    np.testing.assert_array_equal(first, second)
    assert 0.05 < np.sqrt(np.mean(first**2)) < 0.5
