"""Emotions in a script: plain marks and tags say the same, and sentences know what is felt where they meet."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.emotion import NOTHING_ASKED, Border, Emotion
from avatron.core.speech import PhonemeSequence
from avatron.errors import MarkError
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.notes import Note
from avatron.text.script import parse_script
from avatron.voice.emotion import EMOTION_VOICES, felt_by_voice

FRONTEND = EnglishFrontend()


def spoken(text: str) -> list[PhonemeSequence]:
    return [FRONTEND.phonemize(sentence.marked) for sentence in parse_script(text)]


def felt(sequence: PhonemeSequence, word: str) -> set[Emotion | None]:
    """What the marks ask on the phonemes of a written word."""
    assert sequence.marks is not None
    number = next(place for place, written in enumerate(sequence.words) if written.strip(".,!?") == word)
    places = np.flatnonzero(sequence.word_index == number)
    return {sequence.marks.emotions[place] for place in places}


@pytest.mark.parametrize(
    "text",
    [
        "So [I won](happy 0.7) today.",
        "So [I won](Happy 70%) today.",
        'So <avatron:emotion name="happy" intensity="0.7">I won</avatron:emotion> today.',
        'So <amazon:emotion name="excited" intensity="medium">I won</amazon:emotion> today.',
        '<speak xmlns:mstts="x">So <mstts:express-as style="cheerful" styledegree="0.7">I won</mstts:express-as> today.'
        "</speak>",
    ],
)
def test_marks_and_tags_of_an_emotion_say_the_same(text: str) -> None:
    (sequence,) = spoken(text)
    assert felt(sequence, "won") == {Emotion("happy", 0.7)}
    assert felt(sequence, "today") == {None}
    assert sequence.text == "So I won today."


def test_an_emotion_stands_beside_other_marks_and_an_inner_one_overrules_an_outer_one() -> None:
    (sequence,) = spoken('<avatron:emotion name="sad">It was [so](calm 0.5, slow) long.</avatron:emotion>')
    assert felt(sequence, "so") == {Emotion("calm", 0.5)}
    assert felt(sequence, "long") == {Emotion("sad")}
    assert sequence.marks is not None and sequence.marks.rate.min() == pytest.approx(0.8)


def test_both_sentences_of_a_border_know_what_is_felt_on_either_side() -> None:
    first, second, third = spoken("We [lost](sad). [Then we won!](happy 0.5) And that was that.")
    assert first.marks is not None and second.marks is not None and third.marks is not None
    assert first.marks.starts == third.marks.ends == NOTHING_ASKED
    assert first.marks.ends == second.marks.starts == Border(Emotion("sad"), Emotion("happy", 0.5))
    assert second.marks.ends == third.marks.starts == Border(Emotion("happy", 0.5), None)
    assert third.marks.emotions == ()


def test_a_script_without_emotions_is_marked_by_none() -> None:
    assert [sequence.marks for sequence in spoken("One sentence. And another.")] == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "[Hm](happy 2)",
        "[Hm](sad -0.5)",
        "[Hm](angry very)",
        '<avatron:emotion name="bored">Hm</avatron:emotion>',
        "<avatron:emotion>Hm</avatron:emotion>",
        '<mstts:express-as style="sad" styledegree="3">Hm</mstts:express-as>',
        '<mstts:express-as style="newscast">Hm</mstts:express-as>',
        '<amazon:emotion name="sad">Hm',
    ],
)
def test_an_emotion_that_is_unknown_or_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(MarkError):
        spoken(text)


def test_a_mark_that_is_no_emotion_is_told_with_the_emotions_that_are_known() -> None:
    notes: list[Note] = []
    list(parse_script("[Hm](bored)", on_note=notes.append))
    assert "surprised" in notes[0].message


def test_the_voice_follows_what_is_felt_word_by_word_and_leaves_the_rest_alone() -> None:
    (sequence,) = spoken("So [I won](happy), and [they lost](sad 0.5) it.")
    said = felt_by_voice(sequence).marks
    assert said is not None and said.pitch_range is not None
    won, lost = (sequence.word_index == sequence.words.index(word) for word in ("won,", "lost"))
    happy, sad = EMOTION_VOICES["happy"], EMOTION_VOICES["sad"].at(0.5)
    assert np.allclose(said.semitones[won], happy.semitones) and np.allclose(said.rate[won], happy.rate)
    assert np.allclose(said.pitch_range[lost], sad.pitch_range) and np.allclose(said.decibels[lost], sad.decibels)
    rest = sequence.word_index == 0
    assert np.allclose(said.rate[rest], 1) and np.allclose(said.semitones[rest], 0)


def test_the_voice_of_an_emotion_throughout_is_that_of_a_script_marked_throughout() -> None:
    (plain,), (marked,) = spoken("They lost it."), spoken("[They lost it](sad).")
    throughout, asked = felt_by_voice(plain, Emotion("sad")).marks, felt_by_voice(marked).marks
    assert throughout is not None and asked is not None
    words = plain.word_index >= 0
    assert np.array_equal(throughout.rate[words], asked.rate[words])
    assert throughout.pitch_range is not None and asked.pitch_range is not None
    assert np.array_equal(throughout.pitch_range[words], asked.pitch_range[words])


def test_a_neutral_voice_is_handed_through_untouched() -> None:
    (plain,) = spoken("They lost it.")
    assert felt_by_voice(plain) is plain
    assert felt_by_voice(plain, Emotion("happy", 0.0)) is plain
