"""A stream is the whole, bit for bit, however it is cut, whenever and wherever it is made; and it begins early."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import avatron
from avatron.core.audio import Audio
from avatron.io.audio import to_int16
from avatron.pipeline.pieces import joined_audio
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.script import parse_script
from avatron.voice.acoustic_model import Drawing
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.vocoder import CHUNKS
from avatron.voice.voices import COLLECTION, list_voices

BUILTIN = tuple(summary.name for summary in list_voices() if summary.builtin)
MARKED = "The [quick brown fox](loud) jumps over [the lazy dog](soft), and *then* it reads a long story to all of us."
THREE = "First, a short one. Was that a question, or was it not? And a last sentence, which is a little longer!"


@pytest.fixture(scope="module", params=BUILTIN)
def voice(request: pytest.FixtureRequest) -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.find(request.param))


def drawing_of(voice: NeuralVoice, style: VoiceStyle) -> Drawing:
    (sentence,) = parse_script(MARKED)
    phonemes = EnglishFrontend().phonemize(sentence.marked)
    return voice.acoustic_model.draw(voice.acoustic_model.read(phonemes, style))


@pytest.mark.parametrize("style", [VoiceStyle(), VoiceStyle(energy=2.0, pitch=0.8, seed=5)], ids=["own", "loud"])
def test_pieces_of_any_size_join_to_the_same_samples(voice: NeuralVoice, style: VoiceStyle) -> None:
    drawing = drawing_of(voice, style)
    assert drawing.gain_db.any()
    whole = Audio.joined(list(voice.render(drawing, style))).samples
    assert len(whole) == drawing.mel.shape[1] * voice.config.hop_length
    for size in (1, 7, 32, 100, 10**6):
        pieces = list(voice.render(drawing, style, chunk_frames=size))
        # Half a window of the filters and the limiter's look-ahead come with the last piece.
        longest = (min(size, max(CHUNKS)) + 2) * voice.config.hop_length
        assert max(len(piece.samples) for piece in pieces) <= longest
        np.testing.assert_array_equal(Audio.joined(pieces).samples, whole)


def test_the_first_piece_comes_before_the_rest_is_made(voice: NeuralVoice) -> None:
    drawing, style = drawing_of(voice, VoiceStyle()), VoiceStyle()
    counted = _Counted(voice.vocoder._session)
    voice.vocoder._session, before = counted, voice.vocoder._session
    try:
        stream = voice.render(drawing, style)
        first = next(stream)
        assert counted.runs == 1
        assert 0 < len(first.samples) <= CHUNKS[0] * voice.config.hop_length
        assert len(list(stream)) >= 2
        assert counted.runs >= 2
    finally:
        voice.vocoder._session = before


class _Counted:
    """ONNX Runtime's session, its runs counted."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.runs = 0

    def run(self, *arguments: Any) -> Any:
        self.runs += 1
        return self._session.run(*arguments)


@pytest.mark.parametrize("name", BUILTIN)
def test_three_sentences_streamed_are_the_file_and_each_is_what_it_is_alone(name: str, tmp_path: Path) -> None:
    avatron.speak(THREE, tmp_path / "whole.wav", voice=name, audio_only=True)
    pieces = list(avatron.stream(THREE, voice=name))
    assert len(pieces) == 3
    with wave.open(str(tmp_path / "whole.wav")) as file:
        written = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    np.testing.assert_array_equal(to_int16(joined_audio(pieces).samples), written)
    place = 0
    for piece in pieces:
        assert piece.speech.start_sample == place
        place += len(piece.audio.samples)
        assert piece.speech.phonemes is not None
        (alone,) = avatron.stream(piece.speech.phonemes.text, voice=name)
        np.testing.assert_array_equal(alone.audio.samples, piece.audio.samples)


def test_a_sentence_is_handed_over_before_the_next_one_is_read() -> None:
    notes: list[str] = []
    stream = avatron.stream("This comes first. Then Á comes.", on_note=notes.append)
    next(stream)
    assert notes == []
    next(stream)
    assert len(notes) == 1


@pytest.mark.parametrize("name", BUILTIN)
def test_the_same_request_gives_the_same_bytes_in_two_processes(name: str, tmp_path: Path) -> None:
    arguments = [MARKED, "--voice", name, "--pace", "fast", "--energy", "1.5", "--seed", "7", "-o", "-"]
    command = [sys.executable, "-m", "avatron", "speak", *arguments, "--format", "wav", "--quiet"]
    first, second = (subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2))
    assert len(first) > 100_000
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    avatron.speak(MARKED, tmp_path / "here.wav", voice=name, pace="fast", energy=1.5, seed=7, audio_only=True)
    # A pipe's header does not know the length, and what is behind the sound in a file are its credentials.
    with wave.open(str(tmp_path / "here.wav")) as here:
        assert here.readframes(here.getnframes()) == first[44:]
