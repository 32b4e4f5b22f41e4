"""The shipped voice, said a few words with."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence
from avatron.errors import DamagedModelError, InvalidValueError, NewerFormatError, UnknownNameError
from avatron.signal.mel import log_mel
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.inventory import SYMBOL_IDS
from avatron.voice.neural import NeuralVoice
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import (
    COLLECTION,
    add_voice,
    list_voices,
    load_voice,
    remove_voice,
    verify_voice,
)

OWN = VoiceStyle()
HELLO = ("h ə l ˈoʊ", "w ˈɝ l d")


def phonemes_of(*words: str, end: str = ".") -> PhonemeSequence:
    symbols, word_index = ["|"], [-1]
    for number, word in enumerate(words):
        symbols += word.split()
        word_index += [number] * len(word.split())
    symbols.append(end)
    word_index.append(-1)
    ids = np.array([SYMBOL_IDS[symbol] for symbol in symbols])
    return PhonemeSequence(tuple(symbols), ids, np.array(word_index), words, " ".join(words), "en-us")


@pytest.fixture(scope="module")
def voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "lj")


@pytest.fixture
def copied_voice(tmp_path: Path) -> Path:
    return Path(shutil.copytree(COLLECTION.builtin_folder / "lj", tmp_path / "lj"))


def test_speech_lasts_exactly_as_long_as_its_durations(voice: NeuralVoice) -> None:
    speech = voice.speak(phonemes_of(*HELLO), OWN)
    durations = speech.acoustics.durations
    assert durations is not None
    assert (durations >= 1).all()
    assert durations.sum() == speech.acoustics.frames
    assert len(speech.audio.samples) == speech.acoustics.frames * speech.acoustics.hop_length
    assert speech.spans[-1].end_s == pytest.approx(speech.audio.duration_s)


def test_the_joined_stream_is_exactly_the_whole(voice: NeuralVoice) -> None:
    phonemes = phonemes_of(*HELLO * 4)
    pieces = list(voice.stream(phonemes, OWN))
    assert len(pieces) > 1
    np.testing.assert_array_equal(Audio.joined(pieces).samples, voice.speak(phonemes, OWN).audio.samples)


def test_the_same_seed_gives_the_same_samples_and_another_seed_others(voice: NeuralVoice) -> None:
    phonemes = phonemes_of(*HELLO)
    first = voice.speak(phonemes, VoiceStyle(seed=7)).audio.samples
    np.testing.assert_array_equal(first, voice.speak(phonemes, VoiceStyle(seed=7)).audio.samples)
    assert np.abs(first - voice.speak(phonemes, VoiceStyle(seed=8)).audio.samples).max() > 1e-4


def test_every_utterance_begins_with_twelve_quiet_frames_at_any_pace(voice: NeuralVoice) -> None:
    for pace in (0.5, 1.0, 2.0):
        speech = voice.speak(phonemes_of(*HELLO), VoiceStyle(pace=pace))
        assert speech.acoustics.durations is not None
        assert speech.acoustics.durations[0] == 12
        lead = speech.audio.samples[: 10 * 256]
        assert np.abs(lead).max() < 0.05 * np.abs(speech.audio.samples).max()


def test_an_utterance_ends_in_a_pause_that_can_be_heard(voice: NeuralVoice) -> None:
    for end in (".", "?", "!"):
        speech = voice.speak(phonemes_of(*HELLO, end=end), OWN)
        assert speech.spans[-1].end_s - speech.spans[-1].start_s > 0.2
        assert np.abs(speech.audio.samples[-5 * 256 :]).max() < 0.05 * np.abs(speech.audio.samples).max()


@pytest.mark.parametrize("pace", [0.5, 0.8, 1.25, 2.0])
def test_the_pace_divides_the_length_behind_the_lead(voice: NeuralVoice, pace: float) -> None:
    phonemes = phonemes_of(*HELLO * 4)
    own = voice.acoustics(phonemes, OWN).frames - 12
    paced = voice.acoustics(phonemes, VoiceStyle(pace=pace)).frames - 12
    assert paced == pytest.approx(own / pace, abs=2)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_the_pitch_follows_the_factor(voice: NeuralVoice, factor: float) -> None:
    phonemes = phonemes_of(*HELLO * 3)

    def median_hz(style: VoiceStyle) -> float:
        pitch = voice.acoustics(phonemes, style).pitch
        return float(np.median(pitch[pitch > 0]))

    assert median_hz(VoiceStyle(pitch=factor)) / median_hz(OWN) == pytest.approx(factor, rel=0.08)


def test_more_energy_is_louder_and_less_is_softer(voice: NeuralVoice) -> None:
    phonemes = phonemes_of(*HELLO * 3)
    power = [
        float(np.mean(voice.speak(phonemes, VoiceStyle(energy=energy)).audio.samples ** 2)) for energy in (0.7, 1, 1.4)
    ]
    assert power == sorted(power)


def test_samples_stay_inside_one_however_loud_the_voice_is_asked_to_be(voice: NeuralVoice) -> None:
    samples = voice.speak(phonemes_of(*HELLO), VoiceStyle(energy=2)).audio.samples
    assert np.abs(samples).max() <= 1


def test_what_is_heard_has_the_mel_that_was_drawn(voice: NeuralVoice) -> None:
    speech = voice.speak(phonemes_of(*HELLO * 3), OWN)
    heard = log_mel(speech.audio) - np.log(voice.config.gain)
    loud = speech.acoustics.mel > -4
    assert np.abs(heard - speech.acoustics.mel)[loud].mean() < 0.6


def test_spans_touch_and_words_span_their_phonemes(voice: NeuralVoice) -> None:
    phonemes = phonemes_of(*HELLO)
    speech = voice.speak(phonemes, OWN, start_sample=22050)
    assert speech.start == Fraction(1)
    assert [span.label for span in speech.spans] == list(phonemes.symbols)
    for before, after in zip(speech.spans, speech.spans[1:], strict=False):
        assert before.end_s == after.start_s
    assert [word.label for word in speech.words] == list(HELLO)
    assert speech.words[0].start_s == speech.spans[1].start_s
    assert speech.words[1].end_s == speech.spans[-2].end_s


def test_the_text_embedding_is_the_same_at_any_pitch_energy_and_pace(voice: NeuralVoice) -> None:
    phonemes = phonemes_of(*HELLO)
    own = voice.acoustics(phonemes, OWN)
    changed = voice.acoustics(phonemes, VoiceStyle(pitch=1.3, energy=1.5, pace=0.7))
    assert own.text_embedding.shape[0] == 192
    assert own.durations is not None
    assert changed.durations is not None
    firsts = [np.cumsum(each) - each for each in (own.durations, changed.durations)]
    np.testing.assert_allclose(own.text_embedding[:, firsts[0]], changed.text_embedding[:, firsts[1]], atol=1e-5)


def test_one_phoneme_alone_can_be_said(voice: NeuralVoice) -> None:
    alone = PhonemeSequence(("ˈɑ",), np.array([SYMBOL_IDS["ˈɑ"]]), np.array([0]), ("ah",), "ah", "en-us")
    assert voice.speak(alone, OWN).audio.duration_s > 0


def test_nothing_cannot_be_said(voice: NeuralVoice) -> None:
    nothing = PhonemeSequence((), np.zeros(0, np.int64), np.zeros(0, np.int64), (), "", "en-us")
    with pytest.raises(InvalidValueError, match="at least one word"):
        voice.speak(nothing, OWN)


def test_a_phoneme_outside_the_inventory_is_refused(voice: NeuralVoice) -> None:
    strange = PhonemeSequence(("x",), np.array([76]), np.array([0]), ("x",), "x", "en-us")
    with pytest.raises(InvalidValueError, match="inventory"):
        voice.speak(strange, OWN)


@pytest.mark.parametrize(
    "choice",
    [{"pace": 0.4}, {"pace": float("nan")}, {"pitch": 0.0}, {"energy": float("inf")}, {"seed": -1}, {"pitch": -1.0}],
)
def test_an_impossible_style_is_refused(choice: dict[str, float]) -> None:
    with pytest.raises(InvalidValueError, match=next(iter(choice))):
        VoiceStyle(**choice)  # type: ignore[arg-type]


def test_the_shipped_voice_is_small_and_keeps_the_protocol(voice: NeuralVoice) -> None:
    summary = verify_voice("lj")
    assert summary.size_bytes <= 30e6
    assert summary.languages == ("en-us",)
    assert summary.builtin
    assert isinstance(voice, Voice)
    assert len(voice.embedding_space) == 64


def test_an_unknown_voice_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(UnknownNameError, match=r"`lj2`; known: .*lj"):
        load_voice("lj2")


def test_a_name_cannot_lead_out_of_the_folder() -> None:
    with pytest.raises(UnknownNameError):
        load_voice("..")


def test_an_altered_file_is_refused_by_name(copied_voice: Path) -> None:
    graph = copied_voice / "vocoder.onnx"
    damaged = bytearray(graph.read_bytes())
    damaged[1000] ^= 255
    graph.write_bytes(bytes(damaged))
    with pytest.raises(DamagedModelError, match=r"vocoder\.onnx"):
        load_voice(copied_voice)


def test_a_missing_file_is_refused_by_name(copied_voice: Path) -> None:
    (copied_voice / "decoder.onnx").unlink()
    with pytest.raises(DamagedModelError, match=r"decoder\.onnx"):
        load_voice(copied_voice)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("format_version", 99, NewerFormatError),
        ("inventory_version", 2, NewerFormatError),
        ("kind", "avatar", DamagedModelError),
        ("gain", "loud", DamagedModelError),
        ("architecture", {"type": "other"}, DamagedModelError),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    copied_voice: Path, key: str, value: object, error: type[Exception]
) -> None:
    path = copied_voice / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config[key] = value
    path.write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(error):
        load_voice(copied_voice)


def test_a_users_voice_is_added_found_and_removed(
    copied_voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert add_voice(copied_voice, "mine").name == "mine"
    assert "mine" in COLLECTION.names()
    assert {"lj", "mine"} <= {summary.name for summary in list_voices()}
    assert load_voice("mine").name == "mine"
    remove_voice("mine")
    assert "mine" not in COLLECTION.names()
    with pytest.raises(InvalidValueError, match="part of the package"):
        remove_voice("lj")


def test_a_yes_no_question_rises_and_neither_a_statement_nor_a_what_question_does(voice: NeuralVoice) -> None:
    def end_over_middle(phonemes: PhonemeSequence) -> float:
        pitch = voice.acoustics(phonemes, OWN).pitch
        voiced = pitch[pitch > 0]
        return float(voiced[-4:].mean() / np.median(voiced))

    words = ("h ə l ˈoʊ", "m ˈaɪ", "w ˈɝ l d")
    asked, said = phonemes_of(*words, end="?"), phonemes_of(*words)
    what = PhonemeSequence(asked.symbols, asked.ids, asked.word_index, ("What", "a", "world"), "", "en-us")
    assert end_over_middle(asked) > 1.1
    assert end_over_middle(said) < 1
    assert end_over_middle(what) < 1


@pytest.mark.parametrize("text", ["Are we going home now?", "Do you know where the nearest library is?"])
def test_a_question_rises_within_its_last_word_and_past_small_words(voice: NeuralVoice, text: str) -> None:
    pitch = voice.acoustics(EnglishFrontend().phonemize(text), OWN).pitch
    semitones = 12 * np.log2(pitch[pitch > 0])
    last = semitones[-len(semitones) // 3 :]
    assert np.median(last[-5:]) > np.median(last[: len(last) // 2]) + 2
