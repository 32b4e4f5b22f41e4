"""What decoders read of speech, and what is refused before a network is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatron.core.speech import Acoustics
from avatron.errors import (
    EmbeddingSpaceError,
    InvalidValueError,
    MissingComponentError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.motion.animators import ANIMATORS, installed_animators, load_animator, split_subject
from avatron.motion.decoder.channels import MOUTH_CHANNELS
from avatron.motion.decoder.config import DecoderConfig
from avatron.motion.decoder.features import (
    CLASSES,
    LONGEST_AGE_S,
    PAUSE_CLASS,
    UNKNOWN_CLASS,
    class_of,
    column_classes,
    phoneme_ages,
)
from avatron.motion.decoder.shipped import weight_places
from avatron.motion.decoder.speech_input import columns_of
from avatron.motion.decoder.view import TimeView
from avatron.text.inventory import SYMBOLS
from motion.synthetic import SHORT_QUESTION, speech_of

CONFIG = DecoderConfig(
    name="small",
    architecture="avatron",
    embedding_space="none",
    sample_rate=22050,
    hop_length=256,
    width=192,
    subjects=("someone",),
    channels=MOUTH_CHANNELS,
    vertices=0,
    view=TimeView(4, 3, 4, 2, 8),
    guarded=False,
)


def test_every_phoneme_of_the_inventory_has_a_class_whatever_its_stress() -> None:
    assert all(class_of(symbol) != UNKNOWN_CLASS for symbol in SYMBOLS)
    assert {class_of(symbol) for symbol in SYMBOLS} == set(range(1, len(CLASSES)))
    assert class_of("ˈʌ") == class_of("ə") and class_of(".") == PAUSE_CLASS
    assert class_of("ʁ") == UNKNOWN_CLASS


def test_a_phoneme_grows_older_by_the_second_and_begins_anew_with_the_next() -> None:
    durations = np.array([3, 0, 60], np.int64)
    ages = phoneme_ages(durations, 100.0)
    assert ages[:4] == pytest.approx([0, 0.01 / LONGEST_AGE_S, 0.02 / LONGEST_AGE_S, 0])
    assert ages.max() == ages[-1] == 1 and len(ages) == 63
    assert column_classes(("m", "t", "."), durations).tolist() == [class_of("m")] * 3 + [PAUSE_CLASS] * 60


def test_speech_of_another_embedding_space_is_refused_with_both_named() -> None:
    speech = speech_of(SHORT_QUESTION)
    with pytest.raises(EmbeddingSpaceError, match=r"abcdefabcdef.*none"):
        columns_of(speech.acoustics, [], replace(CONFIG, embedding_space="abcdef" * 10))


def test_speech_without_durations_is_read_without_phonemes() -> None:
    speech = speech_of(SHORT_QUESTION)
    told = columns_of(speech.acoustics, [span.label for span in speech.spans], CONFIG)
    heard = columns_of(replace(speech.acoustics, durations=None), [], CONFIG)
    assert len(told) == len(heard) == speech.acoustics.frames
    assert told.phoneme_class.max() > 0 and not heard.phoneme_class.any() and not heard.age.any()


def test_a_voice_of_another_clock_is_read_at_the_same_times() -> None:
    speech = speech_of(SHORT_QUESTION)
    slower = replace(CONFIG, hop_length=512)
    columns = columns_of(speech.acoustics, [span.label for span in speech.spans], slower)
    whole = columns_of(speech.acoustics, [span.label for span in speech.spans], CONFIG)
    assert len(columns) == round(len(whole) / 2)
    assert np.array_equal(columns.phoneme_class, whole.phoneme_class[::2][: len(columns)])


def test_a_mel_of_another_rate_is_refused_by_who_hears() -> None:
    acoustics: Acoustics = speech_of(SHORT_QUESTION).acoustics
    hears = replace(CONFIG, architecture="faceformer", width=80)
    assert len(columns_of(acoustics, [], hears)) == acoustics.frames
    with pytest.raises(InvalidValueError, match="16000 Hz"):
        columns_of(acoustics, [], replace(hears, sample_rate=16000))


@pytest.mark.parametrize("name", ["avatron", "avatron-nogan", "avatron-fc", "faceformer"])
def test_a_learned_animator_without_weights_says_where_they_are_looked_for(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    package, user = weight_places(name)
    assert tmp_path in user.parents and name in ANIMATORS.names()
    if (package / "config.json").is_file():
        assert name in installed_animators() and callable(load_animator(name).animate)
        return
    assert name not in installed_animators() and "viseme" in installed_animators()
    with pytest.raises(MissingComponentError) as caught:
        load_animator(name)
    assert str(package) in str(caught.value) and str(user) in str(caught.value)


def test_rules_have_one_way_of_moving() -> None:
    with pytest.raises(UnknownNameError, match="one way of moving"):
        load_animator("viseme@somebody")


def test_a_folder_may_have_an_at_sign_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "mine@home"
    folder.mkdir()
    assert split_subject(str(folder)) == (str(folder), None)
    assert split_subject(f"{folder}@one") == (str(folder), "one")


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="not a folder"):
        load_animator(tmp_path / "nothing")


@pytest.mark.parametrize(("past", "future", "columns", "block"), [(4, 3, 4, 2), (0, 0, 1, 1), (62, 5, 4, 2)])
def test_frames_are_ready_exactly_when_their_columns_are_there(
    past: int, future: int, columns: int, block: int
) -> None:
    view = TimeView(past, future, columns, block)
    for frames in range(block, 40, block):
        needed = view.columns_for(frames)
        assert view.whole_frames(needed) == frames
        assert view.whole_frames(needed - 2) < frames
