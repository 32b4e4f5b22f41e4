"""Learned animators and voices of any text encoder: what is read, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import avatron
from avatron.core.audio import Audio
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.speech import Acoustics, PhonemeSequence, Speech
from avatron.core.timeline import FrameClock
from avatron.motion.animators import ANIMATORS, load_animator
from avatron.motion.style import MotionStyle
from avatron.pipeline import actor as acting
from avatron.pipeline import cast as casting
from avatron.pipeline.embedding import SpeechReader, shipped_text_encoder
from avatron.pipeline.pieces import joined_motion
from avatron.text.frontends import frontend_for
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

OWN_SPACE = "ab" * 32
SENTENCE = "Maybe Bob may pay."


class EmbeddingAnimator:
    """A jaw that follows the embedding, and nothing else."""

    def __init__(self, space: str | None = None) -> None:
        self.embedding_space = space or load_voice("lj").embedding_space

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        assert speech.acoustics.embedding_space == self.embedding_space, "the reader's task"
        clock = FrameClock(style.fps)
        frames = clock.frames_between(speech.start, speech.end)
        columns = ((clock.times(frames) - speech.start_s) * speech.acoustics.frame_rate).astype(int)
        rest = FaceMotion.at_rest(len(columns), style.fps)
        expression = rest.expression.copy()
        heard = speech.acoustics.text_embedding[:, columns.clip(0, speech.acoustics.frames - 1)]
        expression[:, EXPRESSION_INDEX["jawOpen"]] = np.abs(heard).mean(0) / 10
        return replace(rest, expression=expression, first_frame=frames.start)


class OwnEncoderVoice:
    """`lj`, as a voice that was trained from nothing would have it: an embedding of another width and space."""

    name, languages, sample_rate, embedding_space = "mine", ("en-us",), 22050, OWN_SPACE

    def __init__(self) -> None:
        self._voice = load_voice("lj")

    def acoustics(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Acoustics:
        made = self._voice.acoustics(phonemes, style)
        return replace(made, text_embedding=made.text_embedding[:64] * 3, embedding_space=OWN_SPACE)

    def speak(self, phonemes: PhonemeSequence, style: VoiceStyle, *, start_sample: int = 0) -> Speech:
        said = self._voice.speak(phonemes, style, start_sample=start_sample)
        changed = replace(said.acoustics, text_embedding=said.acoustics.text_embedding[:64], embedding_space=OWN_SPACE)
        return replace(said, acoustics=changed)

    def stream(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Iterator[Audio]:
        return self._voice.stream(phonemes, style)


def said(voice: object, text: str = SENTENCE) -> Speech:
    phonemes = frontend_for("en-us", ("en-us",)).phonemize(text, "en-us")
    return voice.speak(phonemes, VoiceStyle())  # type: ignore[attr-defined, no-any-return]


def test_a_voice_with_its_own_text_encoder_has_the_face_of_the_shipped_one_at_its_durations() -> None:
    reader = SpeechReader(EmbeddingAnimator())
    theirs, ours = said(OwnEncoderVoice()), said(load_voice("lj"))
    read = reader.readable(theirs)
    assert read.acoustics.embedding_space == ours.acoustics.embedding_space != theirs.acoustics.embedding_space
    np.testing.assert_allclose(read.acoustics.text_embedding, ours.acoustics.text_embedding, atol=1e-5)
    assert np.array_equal(read.acoustics.mel, theirs.acoustics.mel) and read.audio is theirs.audio
    motion, wanted = (reader.animate(one, MotionStyle()).expression for one in (theirs, ours))
    assert wanted.max() > 0.01
    np.testing.assert_allclose(motion, wanted, atol=1e-5)


def test_speech_that_can_be_read_as_it_is_stays_as_it_is() -> None:
    ours, theirs = said(load_voice("pm")), said(OwnEncoderVoice())
    assert SpeechReader(EmbeddingAnimator()).readable(ours) is ours
    rules = SpeechReader(load_animator("viseme"))
    assert rules.readable(theirs) is theirs and not rules.translates(OWN_SPACE)


def test_speech_that_nobody_can_translate_is_left_to_the_animator_to_refuse() -> None:
    theirs = said(OwnEncoderVoice())
    reader = SpeechReader(EmbeddingAnimator())
    unheard = replace(theirs, phonemes=None, spans=(), words=(), acoustics=replace(theirs.acoustics, durations=None))
    assert reader.readable(unheard) is unheard
    phonemes = theirs.phonemes
    assert phonemes is not None
    foreign = replace(theirs, phonemes=replace(phonemes, symbols=("ʁ", *phonemes.symbols[1:])))
    assert reader.readable(foreign) is foreign
    elsewhere = SpeechReader(EmbeddingAnimator("cd" * 32))
    assert elsewhere.readable(theirs) is theirs and not elsewhere.translates(OWN_SPACE)
    assert shipped_text_encoder().embedding_space == load_voice("pm").embedding_space


def test_whoever_asks_for_such_a_voice_is_told_once_how_its_face_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANIMATORS._builtin, "reading", f"{__name__}:EmbeddingAnimator")
    monkeypatch.setattr(casting, "_warm_voice", lambda name, threads: OwnEncoderVoice())
    monkeypatch.setattr(acting, "warm_animator", load_animator)
    notes: list[str] = []
    pieces = list(avatron.stream("One. Two.", animator="reading", on_note=notes.append))
    assert len(pieces) == 2 and joined_motion(pieces).channel("jawOpen").max() > 0.01
    assert len(notes) == 1 and "`mine`" in notes[0] and "`lj`" in notes[0]
    assert pieces[0].speech.acoustics.embedding_space == OWN_SPACE, "what is handed over is the voice's own"
    notes.clear()
    list(avatron.stream("One. Two.", animator="viseme", on_note=notes.append))
    assert not notes


def test_recorded_speech_takes_the_folder_of_an_animator_too(tmp_path: Path) -> None:
    from avatron.errors import UnreadableFileError
    from avatron.io.audio import write_wav
    from avatron.pipeline.recorded.animate import animate_speech

    write_wav(tmp_path / "speech.wav", Audio(np.zeros(22050, np.float32), 22050))
    with pytest.raises(UnreadableFileError, match="not a folder"):
        animate_speech(tmp_path / "speech.wav", tmp_path / "motion.npz", animator=f"{tmp_path}/nothing")
