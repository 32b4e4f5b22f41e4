"""The tables of hard cases: what is written, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatron.text.english.frontend import EnglishFrontend
from avatron.text.english.numbers import cardinal, ordinal
from avatron.text.english.roman import roman_value
from avatron.text.pronunciation import parse_ipa


def table(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t") for line in lines]


HARD_CASES = table("hard_cases.tsv")
HETERONYMS = table("heteronyms.tsv")


@pytest.fixture(scope="module")
def frontend() -> EnglishFrontend:
    return EnglishFrontend()


@pytest.mark.parametrize(("category", "written", "said"), HARD_CASES, ids=[f"{row[0]}: {row[1]}" for row in HARD_CASES])
def test_a_hard_case_is_read_as_a_person_would(
    frontend: EnglishFrontend, category: str, written: str, said: str
) -> None:
    assert " ".join(frontend.read(written).spoken_words()) == said


def test_there_are_at_least_150_hard_cases_and_none_twice() -> None:
    assert len({row[1] for row in HARD_CASES}) == len(HARD_CASES) >= 150


@pytest.mark.parametrize(("word", "sentence", "ipa"), HETERONYMS, ids=[row[1] for row in HETERONYMS])
def test_a_heteronym_is_said_by_its_context(frontend: EnglishFrontend, word: str, sentence: str, ipa: str) -> None:
    assert dict(reversed(frontend.spoken_phonemes(sentence)))[word] == parse_ipa(ipa)


def test_small_words_change_with_the_sound_that_follows(frontend: EnglishFrontend) -> None:
    said = [
        (word, "".join(symbols)) for word, symbols in frontend.spoken_phonemes("the apple, the pear, to eat, to go")
    ]
    assert [symbols for word, symbols in said if word == "the"] == ["ði", "ðə"]
    assert [symbols for word, symbols in said if word == "to"] == ["tˈu", "tɪ"]


def test_cardinals_and_ordinals_count() -> None:
    assert cardinal(0) == ("zero",)
    assert cardinal(-12) == ("minus", "twelve")
    assert cardinal(10**6 + 1) == ("one", "million", "one")
    assert len({cardinal(number) for number in range(3000)}) == 3000
    assert ordinal(112) == ("one", "hundred", "twelfth")
    assert len({ordinal(number) for number in range(3000)}) == 3000


def test_roman_numerals_are_read_and_malformed_ones_are_not() -> None:
    assert [roman_value(numeral) for numeral in ("I", "IV", "XLII", "MCMLXXXIV")] == [1, 4, 42, 1984]
    assert [roman_value(numeral) for numeral in ("IIII", "VX", "ABC", "")] == [None] * 4
