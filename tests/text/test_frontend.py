"""Text to phonemes as a whole: what always holds, what is refused, what is remarked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatron.errors import (
    PronunciationError,
    ScriptError,
    UnknownNameError,
    UnreadableFileError,
    UnspeakableScriptError,
)
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.frontends import FRONTENDS, frontend_for
from avatron.text.inventory import LEAD_PAUSE, PADDING, SENTENCE_ENDS, SYMBOL_IDS, is_pause
from avatron.text.notes import Note
from avatron.text.pronunciation import parse_ipa
from avatron.text.protocol import TextFrontend
from avatron.text.script import parse_script
from avatron.text.userlexicon import read_user_lexicon

FRONTEND = EnglishFrontend()
ENGLISH_LIKE = st.text(
    alphabet="aAbBeEiIoOsStTnNrR019 .,!?'\"-$%:;/()[]{}\\@#&+=*_éüñ½²€£°ˈəθ\n\t", min_size=1, max_size=60
)


def check(text: str) -> None:
    try:
        sequence = FRONTEND.phonemize(text)
    except ScriptError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "\n" not in refusal
        return
    assert sequence.symbols[0] == LEAD_PAUSE
    assert sequence.symbols[-1] in SENTENCE_ENDS
    assert PADDING not in sequence.symbols
    assert sequence.ids.tolist() == [SYMBOL_IDS[symbol] for symbol in sequence.symbols]
    pauses = np.array([is_pause(symbol) for symbol in sequence.symbols])
    assert ((sequence.word_index == -1) == pauses).all()
    assert (np.diff(sequence.word_index[~pauses]) >= 0).all()
    assert sorted(set(sequence.word_index[~pauses].tolist())) == list(range(len(sequence.words)))
    assert not (pauses[1:] & pauses[:-1]).any(), "two pauses in a row"
    assert " ".join(sequence.words) == sequence.text


@given(st.text(min_size=1, max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_or_gives_valid_phonemes(text: str) -> None:
    check(text)


@given(ENGLISH_LIKE)
@settings(max_examples=500, deadline=None)
def test_any_text_of_letters_digits_and_signs_is_refused_or_gives_valid_phonemes(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("Go", "."),
        ("Go.", "."),
        ("Go?", "?"),
        ("Go!", "!"),
        ("Go?!", "?"),
        ("Go,", "."),
        ('"Go?"', "?"),
        ("Go...", "."),
    ],
)
def test_a_sentence_ends_with_the_pause_of_its_mark(text: str, end: str) -> None:
    assert FRONTEND.phonemize(text).symbols[-1] == end


def test_words_are_those_that_were_written() -> None:
    sequence = FRONTEND.phonemize("It cost $3.50, on March 5, 1984!")
    assert sequence.words == ("It", "cost", "$3.50,", "on", "March 5, 1984!")
    assert set(sequence.word_index[sequence.word_index >= 0].tolist()) == {0, 1, 2, 3, 4}


def test_the_same_text_gives_the_same_phonemes_whatever_came_before() -> None:
    fresh = EnglishFrontend().phonemize("The dove dove.")
    used = EnglishFrontend()
    used.phonemize("Doves and blorptastic things.")
    assert used.phonemize("The dove dove.").symbols == fresh.symbols


def test_a_pronunciation_in_the_script_holds_for_its_word_alone() -> None:
    said = FRONTEND.spoken_phonemes("[tomato](/təˈmɑtoʊ/) or tomato or [tomato]({T AH0 M AA1 T OW2})")
    assert said[0][1] == parse_ipa("təmˈɑtoʊ")
    assert said[2][1] == parse_ipa("təmˈeɪtoʊ")
    assert said[4][1] == parse_ipa("təmˈɑtˌoʊ")
    assert FRONTEND.phonemize("[Ava](/ˈeɪvə/) is here.").text == "Ava is here."


@pytest.mark.parametrize(
    "text", ["[a](//)", "[a](/xyz9/)", "[a]({Q})", "[a]({AE})", "[a]({K T})", "[a](/kt/)", "[a]({})"]
)
def test_a_pronunciation_outside_the_inventory_is_refused(text: str) -> None:
    with pytest.raises(PronunciationError) as refusal:
        FRONTEND.phonemize(text)
    assert "`" in str(refusal.value)


def test_a_lexicon_file_goes_before_the_lexicon(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("# mine\n\ndata\tdˈætə\nNguyen\t{W IH1 N}\n", encoding="utf-8")
    frontend = EnglishFrontend(read_user_lexicon(path))
    said = dict(frontend.spoken_phonemes("Data for Nguyen"))
    assert said["data"] == parse_ipa("dˈætə")
    assert said["nguyen"] == parse_ipa("wˈɪn")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("word dˈætə", "WORD<TAB>"),
        ("word\t", "WORD<TAB>"),
        ("a b\tdˈæ", "space"),
        ("one\twˈ5n", "`5`"),
        ("ok\t{K}", "vowel"),
    ],
)
def test_a_wrong_line_of_a_lexicon_is_named_with_its_place(line: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(f"fine\tfˈaɪn\n{line}\n", encoding="utf-8")
    with pytest.raises(PronunciationError) as refusal:
        read_user_lexicon(path)
    assert f"{path}:2" in str(refusal.value)
    assert says in str(refusal.value)


def test_a_word_twice_and_an_unreadable_lexicon_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("one\twˈʌn\none\twˈɑn\n", encoding="utf-8")
    with pytest.raises(PronunciationError, match="there already"):
        read_user_lexicon(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFileError, match="UTF-8"):
        read_user_lexicon(path)
    with pytest.raises(UnreadableFileError, match=r"missing\.tsv"):
        read_user_lexicon(tmp_path / "missing.tsv")


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("Привет", "Cyrillic"),
        ("你好", "Han"),
        ("こんにちは", "Hiragana"),
        ("مرحبا", "Arabic"),
        ("नमस्ते", "Devanagari"),
        ("γειά σου", "Greek"),
    ],
)
def test_a_writing_system_the_voice_cannot_read_is_named_with_the_languages_it_speaks(text: str, system: str) -> None:
    with pytest.raises(UnspeakableScriptError) as refusal:
        list(parse_script(f"Well, {text}!"))
    assert system in str(refusal.value)
    assert "en-us" in str(refusal.value)
    with pytest.raises(UnspeakableScriptError):
        FRONTEND.phonemize(text)


def test_a_language_the_voice_does_not_list_is_refused_with_both_named() -> None:
    with pytest.raises(UnspeakableScriptError, match=r"German.*American English"):
        list(parse_script("Guten Tag", "de", languages=("en-us",)))
    with pytest.raises(UnspeakableScriptError, match=r"French.*American English"):
        frontend_for("fr", ("en-us",))


def test_a_foreign_name_is_said_with_a_note() -> None:
    notes: list[Note] = []
    EnglishFrontend(on_note=notes.append).phonemize("Señor Ørjan Håkonsén 😀 said São.")
    assert {note.kind for note in notes} == {"foreign", "dropped"}
    assert any("håkonsén" in note.message for note in notes)
    assert not any("señor" in note.message for note in notes)


def test_frontends_are_found_by_name_and_a_missing_extra_is_named() -> None:
    assert FRONTENDS.names()[:2] == ("english", "espeak")
    assert isinstance(frontend_for("en-us", ("en-us",)), TextFrontend)
    with pytest.raises(UnknownNameError, match="english, espeak"):
        frontend_for("en-us", ("en-us",), name="festival")


def test_other_languages_are_read_by_the_extra() -> None:
    pytest.importorskip("phonemizer", reason="needs the extra `languages`")
    sequence = frontend_for("de", ("de",), name="espeak").phonemize("Schöne Grüße, Welt!", "de")
    assert sequence.words == ("Schöne", "Grüße,", "Welt!")
    assert (sequence.symbols[0], sequence.symbols[-1]) == ("|", "!")
    assert sequence.language == "de"


def test_a_missing_extra_is_named_with_its_command() -> None:
    # In a process of its own: what is not importable must not stay so for other tests.
    program = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from avatron.text.frontends import frontend_for\n"
        "from avatron.errors import MissingComponentError\n"
        "try: frontend_for('de', ('de',), name='espeak')\n"
        "except MissingComponentError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert 'pip install "avatron[languages]"' in said
