"""Breaks in long stretches without punctuation."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.speech import PhonemeSequence
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.english.phrasing import LEAST_PART, LONGEST_STRETCH, phrase_breaks
from avatron.text.inventory import LEAD_PAUSE, PAUSES


@pytest.fixture(scope="module")
def frontend() -> EnglishFrontend:
    return EnglishFrontend()


def words_after_breaks(phonemes: PhonemeSequence) -> list[str]:
    return [
        phonemes.words[phonemes.word_index[place + 1]]
        for place, symbol in enumerate(phonemes.symbols)
        if symbol == LEAD_PAUSE and place
    ]


def test_short_stretches_have_no_break(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("We walked along the river and talked about the weather, which was fine.")
    assert words_after_breaks(phonemes) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "There were one hundred and ninety nine debtors and two hundred and eighty nine felons in the prison.",
            ["and"],
        ),
        (
            "The old man in the small house told everybody in the village that nothing had happened on the island.",
            ["that"],
        ),
        ("The population of the country was 132,456,789 at the end of last year.", ["132,456,789"]),
    ],
)
def test_long_stretches_break_before_a_word_that_joins(frontend: EnglishFrontend, text: str, words: list[str]) -> None:
    phonemes = frontend.phonemize(text)
    assert words_after_breaks(phonemes) == words


def test_parts_are_never_shorter_than_the_least(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize("and this is what they said to him " * 12)
    pauses = [place for place, symbol in enumerate(phonemes.symbols) if symbol in PAUSES]
    assert len(pauses) > 4
    assert np.diff(pauses).min() > LEAST_PART
    assert np.diff(pauses).max() <= LONGEST_STRETCH + 2


def test_a_stretch_of_one_endless_word_stays_whole() -> None:
    assert phrase_breaks(["a" * 400], [400]) == ()
    assert phrase_breaks([], []) == ()


def test_breaks_leave_words_and_marks_in_step(frontend: EnglishFrontend) -> None:
    phonemes = frontend.phonemize(
        "The committee has *never* explained to the public the reasons for the decision that it made in the autumn."
    )
    assert words_after_breaks(phonemes)
    assert phonemes.marks is not None
    assert len(phonemes.marks.rate) == len(phonemes.symbols) == len(phonemes.word_index)
    spoken = phonemes.word_index[phonemes.word_index >= 0]
    assert np.unique(spoken).tolist() == list(range(len(phonemes.words)))
