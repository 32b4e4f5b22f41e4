"""Marks of a script: pauses, emphasis, rate, pitch, volume and words to be said, in plain text and in SSML."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatron.core.speech import PhonemeSequence
from avatron.errors import AvatronError, MarkError, PronunciationError
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.marked import MarkedText, SpeakingStyle
from avatron.text.marks import parse_marks
from avatron.text.notes import Note
from avatron.text.script import parse_script

FRONTEND = EnglishFrontend()


def spoken(text: str) -> list[PhonemeSequence]:
    return [FRONTEND.phonemize(sentence.marked) for sentence in parse_script(text)]


def of_word(sequence: PhonemeSequence, word: str, curve: str) -> np.ndarray:
    """The numbers of one curve of the marks on the phonemes of a written word."""
    assert sequence.marks is not None
    number = next(n for n, written in enumerate(sequence.words) if written.strip(".,!?") == word)
    return np.asarray(getattr(sequence.marks, curve)[sequence.word_index == number])


def test_a_text_without_marks_has_none_and_says_what_it_said_before() -> None:
    sequence = FRONTEND.phonemize("It costs 3 * 4 [net] dollars, a * b.")
    assert sequence.marks is None
    assert "[net]" in sequence.text


@pytest.mark.parametrize(
    ("plain", "ssml"),
    [
        ("I [never](slow) said.", 'I <prosody rate="slow">never</prosody> said.'),
        ("I [never](rate 0.7, pitch +2st) said.", 'I <prosody rate="70%" pitch="+2st">never</prosody> said.'),
        ("I [never](volume -3dB) said.", '<speak>I <prosody volume="-3dB">never</prosody> said.</speak>'),
        ("I *never* said.", "I <emphasis>never</emphasis> said."),
        ("I **never** said.", 'I <emphasis level="strong">never</emphasis> said.'),
        ("I [never](emphasis) said.", "<speak><p><s>I <emphasis>never</emphasis> said.</s></p></speak>"),
        ("I [pause 0.5s] never said.", 'I <break time="500ms"/> never said.'),
        ("I, [pause 300ms] never said.", 'I, <break time="0.3s"></break>never said.'),
        ("[Ava](/ˈeɪvə/) said.", '<phoneme alphabet="ipa" ph="ˈeɪvə">Ava</phoneme> said.'),
        ("[Ava]({EY1 V AH0}) said.", '<phoneme alphabet="x-arpabet" ph="EY1 V AH0">Ava</phoneme> said.'),
        ("[NASA](as: space people) said.", '<sub alias="space people">NASA</sub> said.'),
    ],
)
def test_plain_marks_and_ssml_say_the_same(plain: str, ssml: str) -> None:
    (first,), (second,) = spoken(plain), spoken(ssml)
    assert first.symbols == second.symbols
    assert first.text == second.text
    if first.marks is None:
        assert second.marks is None
        return
    assert second.marks is not None
    for curve in ("rate", "semitones", "decibels", "pause_s"):
        np.testing.assert_allclose(getattr(first.marks, curve), getattr(second.marks, curve), rtol=1e-6)


def test_a_mark_reaches_its_words_and_no_others() -> None:
    (sequence,) = spoken("You [must not](slow, high) go.")
    np.testing.assert_allclose(of_word(sequence, "must", "rate"), 0.8)
    np.testing.assert_allclose(of_word(sequence, "not", "semitones"), 3)
    for word in ("You", "go"):
        np.testing.assert_array_equal(of_word(sequence, word, "rate"), 1)
        np.testing.assert_array_equal(of_word(sequence, word, "semitones"), 0)


def test_nested_marks_add_up() -> None:
    (sequence,) = spoken(
        '<prosody rate="80%" pitch="-2st">one <prosody rate="70%" pitch="+5st">two</prosody> six</prosody>'
    )
    np.testing.assert_allclose(of_word(sequence, "one", "rate"), 0.8)
    np.testing.assert_allclose(of_word(sequence, "two", "rate"), 0.56, rtol=1e-6)
    np.testing.assert_allclose(of_word(sequence, "two", "semitones"), 3)
    np.testing.assert_allclose(of_word(sequence, "six", "semitones"), -2)


def test_emphasis_raises_the_stressed_vowel_most_and_gives_a_stress_to_a_word_without_one() -> None:
    (sequence,) = spoken("It is *the* banana, the *banana*.")
    vowels = [symbol for symbol, word in zip(sequence.symbols, sequence.word_index, strict=True) if word == 2]
    assert vowels == ["ð", "ˈi"]
    raised = of_word(sequence, "banana", "semitones")
    assert (raised == 0).all(), "the first banana is not marked"
    last = sequence.marks.semitones[sequence.word_index == 5]  # type: ignore[union-attr]
    stressed = [
        symbol.startswith("ˈ") for symbol, word in zip(sequence.symbols, sequence.word_index, strict=True) if word == 5
    ]
    assert last[stressed].min() > last[~np.array(stressed)].max() > 0


def test_a_break_replaces_the_pause_of_the_comma_and_stands_alone_elsewhere() -> None:
    (comma,) = spoken("One, [pause 0.7s] two.")
    assert comma.symbols.count(",") == 1
    assert comma.marks is not None
    np.testing.assert_allclose(comma.marks.pause_s[comma.symbols.index(",")], 0.7)
    (alone,) = spoken("One [pause 0.2s] two.")
    assert alone.symbols.count(",") == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("[pause 1s] One. Two.", {0: {0: 1.0}}),
        ("One. [pause 1s] Two.", {0: {-1: 1.0}}),
        ("One. Two. [pause 1s]", {1: {-1: 1.0}}),
        ('One.<break time="1s"/><break time="500ms"/> Two.', {0: {-1: 1.5}}),
    ],
)
def test_no_break_between_sentences_is_lost(text: str, seconds: dict[int, dict[int, float]]) -> None:
    sequences = spoken(text)
    assert len(sequences) == 2
    for number, sequence in enumerate(sequences):
        expected = seconds.get(number, {})
        if not expected:
            assert sequence.marks is None
        for place, value in expected.items():
            assert sequence.marks is not None
            np.testing.assert_allclose(sequence.marks.pause_s[place], value)


def test_a_mark_over_several_sentences_reaches_all_of_them() -> None:
    first, second, third = spoken('<prosody rate="slow">One thing. Two things.</prosody> Three.')
    for sequence in (first, second):
        assert sequence.marks is not None
        np.testing.assert_allclose(sequence.marks.rate[1:-1], 0.8)
    assert third.marks is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<prosody rate="slow">never closed', "never closed"),
        ("closed </emphasis> twice", "closes what is not open"),
        ("<emphasis><prosody>crossed</emphasis></prosody>", "closes what is not open"),
        ('<break time="2"/> no unit', "no length of a pause"),
        ('<break time="11s"/> too long', "expected 0 .. 10 s"),
        ('<break strength="huge"/> none', "known: none, x-weak"),
        ('<prosody speed="2">x</prosody>', "no attribute `speed`"),
        ('<prosody rate="nine">x</prosody>', "neither a number nor one of"),
        ('<prosody rate="3">x</prosody>', "rate 3, expected 0.5 .. 2"),
        ('<prosody pitch="+20st">x</prosody>', "expected -12 .. 12 semitones"),
        ('<prosody pitch="-100%">x</prosody>', "is no pitch"),
        ('<emphasis level="very">x</emphasis>', "emphasis level `very`"),
        ('<say-as interpret-as="date">1/2</say-as>', "not supported; supported: speak"),
        ("<speak>a <bold>b</bold></speak>", "`<bold>` is not known"),
        ('<sub alias="">x</sub>', "needs `alias"),
        ("<phoneme>x</phoneme>", 'needs `ph="..."`'),
        ("[this](rate 9)", "rate 9, expected 0.5 .. 2"),
        ("[pause soon] x", "no length of a pause"),
    ],
)
def test_a_wrong_mark_is_refused_with_what_would_do(text: str, message: str) -> None:
    with pytest.raises(MarkError, match=message.replace("<", r"\<")):
        list(parse_script(text))


def test_a_wrong_pronunciation_in_ssml_is_refused() -> None:
    with pytest.raises(PronunciationError):
        list(parse_script('<phoneme ph="xyz">Ava</phoneme>'))


def test_an_unknown_plain_mark_is_told_and_its_words_are_said() -> None:
    notes: list[Note] = []
    (sentence,) = parse_script("Say [this](sloww) now, see [our page](https://example.org).", on_note=notes.append)
    assert sentence.text == "Say this now, see our page."
    assert [note.kind for note in notes] == ["mark"]
    assert "sloww" in notes[0].message and "slow" in notes[0].message


def test_a_backslash_keeps_signs_as_they_are() -> None:
    (sentence,) = parse_script(r"A \[word\](slow) and \*stars\*.")
    assert sentence.text == "A [word](slow) and *stars*."
    assert not sentence.marked.styles


def test_entities_are_read_in_a_document() -> None:
    (sentence,) = parse_script("<speak>Salt &amp; pepper.</speak>")
    assert sentence.text == "Salt & pepper."


@given(st.text(alphabet='ab ,.*[]()<>/\\\n"=0s', max_size=60))
def test_any_text_with_signs_is_refused_or_keeps_its_places(text: str) -> None:
    try:
        marked = parse_marks(text)
    except AvatronError:
        return
    squeezed = marked.squeezed()
    assert squeezed.text == " ".join(marked.text.split())
    for mark in (*squeezed.marked, *squeezed.aliases, *squeezed.styles):
        assert 0 <= mark.start <= mark.end <= len(squeezed.text)
    assert all(0 <= pause.place <= len(squeezed.text) for pause in squeezed.breaks)


def test_parts_share_the_marks_out() -> None:
    text = parse_marks("One [two. three](slow) four. [pause 1s] five")
    middle = text.text.index("three")
    first, second = text.part(0, middle), text.part(middle, len(text.text))
    assert first.text + second.text == text.text
    assert first.style_at(first.text.index("two")).rate == 0.8
    assert second.style_at(second.text.index("three")).rate == 0.8
    assert second.style_at(second.text.index("four")) == SpeakingStyle()
    assert not first.breaks
    assert [pause.seconds for pause in second.breaks] == [1.0]
    assert MarkedText("a  b").squeezed().text == "a b"
