"""Scripts: where sentences end, what is refused at once, and that nothing is lost."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatron.errors import ScriptError
from avatron.text.marks import parse_marks
from avatron.text.notes import Note
from avatron.text.script import MAXIMUM_CHARACTERS, parse_script
from avatron.text.sentences import MAXIMUM_SENTENCE


def sentences(text: str) -> list[str]:
    return [sentence.text for sentence in parse_script(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith met Mr. Jones. They spoke.", ["Dr. Smith met Mr. Jones.", "They spoke."]),
        ("J. R. R. Tolkien wrote. He did.", ["J. R. R. Tolkien wrote.", "He did."]),
        ("It is 3.14. Or 2.5.", ["It is 3.14.", "Or 2.5."]),
        ("In the U.S. Army. It is.", ["In the U.S. Army.", "It is."]),
        ("He left the U.S. The war went on.", ["He left the U.S.", "The war went on."]),
        ("Cats, dogs, etc. are here. Yes.", ["Cats, dogs, etc. are here.", "Yes."]),
        ('"What?" he said. "Go!" She went.', ['"What?" he said.', '"Go!"', "She went."]),
        ("Wait... what? Well… fine.", ["Wait... what?", "Well… fine."]),
        ("It came at 5 p.m. The sun set.", ["It came at 5 p.m.", "The sun set."]),
        ("See No. 5 and Fig. 3 there. No. Five.", ["See No. 5 and Fig. 3 there.", "No.", "Five."]),
        ("First line\nsecond line.\n\nNew one", ["First line second line.", "New one"]),
        ("Shopping\n- milk\n- two eggs\n3. bread", ["Shopping", "- milk", "- two eggs", "3. bread"]),
        ("A Heading\nThen a line.", ["A Heading", "Then a line."]),
        ("So it was I. He went.", ["So it was I.", "He went."]),
        ("Really?! No way!!! Ok.", ["Really?!", "No way!!!", "Ok."]),
        ("all small. no capitals approx. here. ok", ["all small.", "no capitals approx. here.", "ok"]),
        ("He lives on Baker St. She does not.", ["He lives on Baker St.", "She does not."]),
        ("OK. Okay.", ["OK.", "Okay."]),
        ("(He left.) Then (she did).", ["(He left.)", "Then (she did)."]),
        ("Visit example.com. Now.", ["Visit example.com.", "Now."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aB1 .,!?\n\t\"'-:;()[]", max_size=400))
@settings(max_examples=300, deadline=None)
def test_splitting_loses_no_word(text: str) -> None:
    try:
        parts = sentences(text)
    except ScriptError:
        return
    kept = [word for word in parse_marks(text).text.split() if any(sign.isalnum() for sign in word)]
    found = [word for part in parts for word in part.split() if any(sign.isalnum() for sign in word)]
    assert "".join(found) == "".join(kept)


def test_long_sentences_are_cut_at_clauses_and_stay_short() -> None:
    text = ", and ".join(["the quick brown fox jumps over the lazy dog"] * 60) + "."
    parts = sentences(text)
    assert " ".join(parts) == text
    assert max(map(len, parts)) <= MAXIMUM_SENTENCE
    assert all(part.endswith((",", ".")) for part in parts)


def test_a_long_pronunciation_is_never_cut() -> None:
    text = "word " * 54 + "[avatron](/ˈævətɹɑn/) " + "word " * 60
    for sentence in parse_script(text):
        for mark in sentence.marked.marked:
            assert sentence.text[mark.start : mark.end] == "avatron"
            assert "".join(mark.symbols) == "ˈævətɹɑn"
    assert sum(len(sentence.marked.marked) for sentence in parse_script(text)) == 1


def test_progress_rises_to_one() -> None:
    progress = [sentence.progress for sentence in parse_script("One. Two. Three.")]
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\x01\x02", "control"),
        ("\x01 \n", "control"),
        ("...", "nothing that can be"),
        ("\u200b", "empty"),
    ],
)
def test_a_script_without_words_is_refused(text: str, says: str) -> None:
    with pytest.raises(ScriptError, match=says):
        sentences(text)


@pytest.mark.parametrize(
    "text", ["a" * 10_000_000, "word " * 2_000_000, "x\n" * 5_000_000], ids=["word", "line", "lines"]
)
def test_ten_megabytes_are_refused_in_milliseconds_with_one_line(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(ScriptError) as refusal:
        parse_script(text)
    assert time.perf_counter() - start < 0.1
    assert f"{len(text)} characters" in str(refusal.value)
    assert len(str(refusal.value)) < 200 and "\n" not in str(refusal.value)
    assert len(text) > MAXIMUM_CHARACTERS


def test_control_characters_are_removed_with_a_note() -> None:
    notes: list[Note] = []
    parts = [sentence.text for sentence in parse_script("Hel\x07lo\x00 there.", on_note=notes.append)]
    assert parts == ["Hello there."]
    assert notes[0].kind == "control" and "U+0007" in notes[0].message


def test_sentences_come_one_at_a_time_and_none_is_kept() -> None:
    text = "This is a sentence of a long script. " * 25_000
    stream = parse_script(text)
    next(stream)
    tracemalloc.start()
    count = sum(1 for _ in stream)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 24_999
    assert peak < 3 * len(text)


@pytest.mark.parametrize("unit", ["A. ", "Dr. ", "x\n", "- a\n", '"a ', "[a](b ", "a.b/ "])
def test_time_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    def seconds(text: str) -> float:
        start = time.perf_counter()
        assert sum(1 for _ in parse_script(text)) > 0
        return time.perf_counter() - start

    seconds(unit * 1_000)
    short, long = (min(seconds(unit * count) for _ in range(3)) for count in (5_000, 40_000))
    # Eight times the text: sixty-four times the time if it were squared.
    assert long < 30 * short + 0.2
