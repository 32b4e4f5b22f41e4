"""The teacher's clips: the voice's own embedding on recorded times, and a mouth that closes where it must."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.text.inventory import SYMBOL_IDS
from avatron.training.motion.speech import forced_speech, phonemes_of
from avatron.training.motion.teacher import balanced_choice, teacher_clip
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION

POP = ("|", "p", "ˈɑ", "p", "m", "ˈaɪ", "ʃ", "ˌɔɪ", ".")


@lru_cache(maxsize=1)
def _voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.find("lj"))


def _phonemes():
    ids = np.array([SYMBOL_IDS[symbol] for symbol in POP])
    return phonemes_of(ids, np.array([symbol in ("p", "m") for symbol in POP]) & (np.arange(len(POP)) != 3))


def _speech(durations: np.ndarray):
    frames = int(durations.sum())
    audio = Audio(np.random.default_rng(0).normal(0, 0.01, frames * 256).astype(np.float32), 22050)
    return forced_speech(_voice(), audio, _phonemes(), durations, np.full(frames, 110, np.float32))


def test_forced_speech_has_the_embedding_that_the_voice_itself_would_give() -> None:
    spoken = _voice().speak(_phonemes(), VoiceStyle())
    assert spoken.acoustics.durations is not None
    forced = _speech(spoken.acoustics.durations)
    np.testing.assert_allclose(forced.acoustics.text_embedding, spoken.acoustics.text_embedding, atol=1e-5)
    assert forced.acoustics.embedding_space == spoken.acoustics.embedding_space
    assert forced.spans == spoken.spans
    assert forced.words == spoken.words


def test_a_clip_of_the_teacher_has_one_frame_of_a_moving_mouth_for_each_column_of_the_mel() -> None:
    durations = np.array([20, 9, 14, 8, 9, 20, 10, 18, 30])
    clip = teacher_clip("pop", "train", _speech(durations))
    assert len(clip.motion) == clip.frames == durations.sum()
    assert clip.motion.fps == clip.frame_rate
    assert clip.motion.channel("jawOpen").max() > 0.2
    assert not clip.motion.gaze.any()
    assert not clip.motion.head_rotation.any()
    assert not clip.motion.channel("eyeBlinkLeft").any()


def test_lips_of_the_teacher_are_closed_in_the_middle_of_each_p_and_m() -> None:
    clip = teacher_clip("pop", "train", _speech(np.array([20, 9, 14, 8, 9, 20, 10, 18, 30])))
    middles = ((clip.boundaries_s[:-1] + clip.boundaries_s[1:]) / 2 * float(clip.motion.fps)).astype(int)
    for symbol, middle in zip(clip.symbols, middles, strict=True):
        if symbol in ("p", "m"):
            parted = clip.motion.channel("jawOpen") - clip.motion.channel("mouthClose")
            assert parted[middle] == pytest.approx(0, abs=1e-3)


def test_speech_that_is_not_as_long_as_its_durations_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="not as long"):
        forced_speech(
            _voice(), Audio(np.zeros(256, np.float32), 22050), _phonemes(), np.full(9, 4), np.zeros(36, np.float32)
        )
    with pytest.raises(InvalidValueError, match="resample"):
        forced_speech(
            _voice(), Audio(np.zeros(9216, np.float32), 16000), _phonemes(), np.full(9, 4), np.zeros(36, np.float32)
        )


def test_a_balanced_choice_takes_clips_with_rare_sounds_before_clips_that_repeat_common_ones() -> None:
    contents = [["t", "n"], ["t"] * 5, ["t", "ʃ"], ["n", "ʒ"]]
    assert balanced_choice(contents, 3) == [0, 2, 3]
    assert balanced_choice(contents, 2, favoured=frozenset("ʒ")) == [1, 3]
    assert balanced_choice(contents, 9) == [0, 1, 2, 3]
    assert balanced_choice([], 3) == []
