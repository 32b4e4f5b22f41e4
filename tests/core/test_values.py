from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from avatron.core.arrays import checked_array
from avatron.core.audio import Audio
from avatron.core.motion import (
    ARKIT_NAMES,
    EXPRESSION_INDEX,
    EXPRESSION_NAMES,
    FaceMotion,
    MeshSequence,
)
from avatron.core.registry import Registry
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.errors import InvalidValueError, ShapeError, UnknownNameError


def acoustics(frames: int = 4, durations: tuple[int, ...] = (1, 3)) -> Acoustics:
    return Acoustics(
        mel=np.zeros((80, frames), np.float32),
        text_embedding=np.zeros((192, frames), np.float32),
        durations=np.array(durations),
        pitch=np.zeros(frames, np.float32),
        energy=np.zeros(frames, np.float32),
        embedding_space="0" * 64,
        sample_rate=22050,
        hop_length=256,
    )


def phonemes() -> PhonemeSequence:
    return PhonemeSequence(("|", "ˈaɪ"), np.array([1, 47]), np.array([-1, 0]), ("I",), "I", "en-us")


def test_a_checked_array_cannot_be_written_to_and_leaves_its_source_writable() -> None:
    source = np.zeros(3, np.float32)
    checked = checked_array("samples", source, (None,), np.float32)
    with pytest.raises(ValueError, match="read-only"):
        checked[0] = 1
    source[0] = 1


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2)), r"shape \[2, 2\], expected \[any\]"),
        (np.array([1, np.nan]), "NaN or infinity"),
        (np.array(["a"]), "type <U1"),
        (np.zeros(2, complex), "type complex128"),
    ],
)
def test_a_wrong_array_is_refused_with_its_name_and_what_was_expected(array: np.ndarray, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        checked_array("samples", array, (None,), np.float32)


def test_audio_joins_only_at_one_rate() -> None:
    one, two = Audio(np.ones(2, np.float32), 10), Audio(np.zeros(3, np.float32), 10)
    assert Audio.joined([one, two]).samples.tolist() == [1, 1, 0, 0, 0]
    assert one.duration_s == 0.2
    with pytest.raises(InvalidValueError, match=r"\[10, 20\]"):
        Audio.joined([one, Audio(np.ones(2, np.float32), 20)])
    with pytest.raises(InvalidValueError):
        Audio.joined([])


def test_durations_must_sum_to_the_number_of_frames() -> None:
    assert acoustics().frames == 4
    with pytest.raises(ShapeError, match="sum to 5, expected the number of frames, 4"):
        acoustics(durations=(1, 4))


def test_a_word_begins_where_its_index_changes() -> None:
    sequence = PhonemeSequence(
        tuple("|abcd."), np.arange(6), np.array([-1, 0, 0, 1, 2, -1]), ("ab", "c", "d"), "ab c d.", "en-us"
    )
    assert sequence.word_initial.tolist() == [False, True, False, True, True, False]
    with pytest.raises(ShapeError, match="word_index"):
        PhonemeSequence(("a", "b"), np.array([0, 1]), np.array([1, 0]), ("a", "b"), "", "en-us")


def test_utterances_touch_exactly_however_late_they_are() -> None:
    audio = Audio(np.zeros(1024, np.float32), 22050)
    spans = (Span("|", 0, 0.01), Span("ˈaɪ", 0.01, 0.04))
    first = Speech(audio, acoustics(), phonemes(), spans, (), start_sample=10**12 + 1)
    second = Speech(audio, acoustics(), phonemes(), spans, (), start_sample=10**12 + 1 + 1024)
    assert first.end == second.start
    with pytest.raises(ShapeError, match="1 spans for 2 phonemes"):
        Speech(audio, acoustics(), phonemes(), spans[:1], ())
    with pytest.raises(InvalidValueError, match="-1"):
        Speech(audio, acoustics(), phonemes(), spans, (), start_sample=-1)


def test_the_expression_names_are_the_52_of_arkit_and_four_tongue_poses() -> None:
    assert len(ARKIT_NAMES) == 52
    assert len(set(EXPRESSION_NAMES)) == 56
    assert EXPRESSION_NAMES[EXPRESSION_INDEX["tongueTH"]] == "tongueTH"


def test_motion_joins_only_where_it_continues() -> None:
    first, second = FaceMotion.at_rest(3, first_frame=5), FaceMotion.at_rest(2, first_frame=8)
    whole = FaceMotion.joined([first, second])
    assert (len(whole), whole.first_frame) == (5, 5)
    assert not whole.channel("jawOpen").any()
    with pytest.raises(InvalidValueError, match="does not continue"):
        FaceMotion.joined([second, first])
    with pytest.raises(InvalidValueError, match="does not continue"):
        FaceMotion.joined([first, FaceMotion.at_rest(2, Fraction(30), 8)])


def test_a_mesh_whose_triangles_name_missing_vertices_is_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"outside 0 \.\. 2"):
        MeshSequence(np.zeros((1, 3, 3), np.float32), np.array([[0, 1, 3]]), Fraction(25))


def test_a_registry_imports_only_what_is_asked_for_and_lists_what_it_knows() -> None:
    registry: Registry[type] = Registry("value", {"audio": "avatron.core.audio:Audio", "broken": "no.such:thing"})
    assert registry.get("audio") is Audio
    assert registry.names() == ("audio", "broken")
    with pytest.raises(UnknownNameError, match="unknown value `video`; known: audio, broken"):
        registry.get("video")
