"""Marks that are not whole, not known or meant to harm: refused or told, in one line, and in time that stays small."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatron.errors import MarkError, UnspeakableScriptError
from avatron.text.marks import parse_marks
from avatron.text.notes import Note
from avatron.text.script import parse_script

BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">'
    '<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;">]><speak>&lol3;</speak>'
)


def spoken(text: str) -> tuple[str, list[str]]:
    """(what is shown, remarks) of a script."""
    notes: list[Note] = []
    shown = " ".join(sentence.text for sentence in parse_script(text, on_note=notes.append))
    return shown, [note.message for note in notes]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BILLION_LAUGHS, "the DOCTYPE defines entities"),
        ("<speak>Tom &foo; Jerry</speak>", "entity `&foo;` is not known; write `&amp;`"),
        ('<speak><sub alias="&bar;">x</sub></speak>', "entity `&bar;`"),
        ("<speak>hi <!-- never closed</speak>", "`<!--` is never closed"),
        ("<speak>hi <![CDATA[never closed</speak>", "is never closed"),
        ("<speak>hi <?php never closed</speak>", "is never closed"),
        ('<speak>hi <break time="1s" there</speak>', "has no `>` at its end"),
        ("<speak>hi <b>there</b></speak>", "tag `<b>` is not known"),
        ("<speak>hi <!ELEMENT b></speak>", "is not known"),
        ("<speak>hi</SPEAK>", "tag `</SPEAK>` is not known"),
        ('<speak><prosody rate="slow" rate="fast">hi</prosody></speak>', "gives `rate` twice"),
        ('<speak><p xml:lang="de">hallo</p></speak>', "no attribute `xml:lang`"),
        ('<speak><prosody rate="slow"><prosody rate="x-slow">x</prosody></prosody></speak>', "rate 0.48"),
        ('<speak><prosody pitch="+99999%">x</prosody></speak>', "semitones, expected -12 .. 12"),
        ('<speak>a<break time="99999999999999999999s"/>b</speak>', "expected 0 .. 10 s"),
        ('<speak>a<break time="nans"/>b</speak>', "neither a number"),
    ],
    ids=lambda value: value[:30],
)
def test_a_document_that_is_not_right_is_refused(text: str, message: str) -> None:
    with pytest.raises(MarkError) as refused:
        spoken(text)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('<!DOCTYPE speak PUBLIC "-//W3C//DTD SYNTHESIS 1.0//EN" "http://x.org/s.dtd">\n<speak>Hi.</speak>', "Hi."),
        ('<?xml version="1.0"?>\n<!-- a > b -->\n<speak version="1.1" xml:lang="en">Hi.</speak>', "Hi."),
        ("<speak>One <![CDATA[<b> & [two](slow)]]> three.</speak>", "One <b> & [two](slow) three."),
        ("<speak>One <!-- [x](slow) <p> --> two.</speak>", "One two."),
        ("<speak>Tom &amp; Jerry, 1 &lt; 2 &#38; 3 &eacute;.</speak>", "Tom & Jerry, 1 < 2 & 3 é."),
        ("<speak>Tom & Jerry.</speak>", "Tom & Jerry."),
    ],
    ids=["doctype", "preamble", "cdata", "comment", "entities", "bare &"],
)
def test_what_belongs_to_xml_is_not_read_aloud(text: str, shown: str) -> None:
    assert spoken(text) == (shown, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[hello](slow and on", "[hello](slow and on"),
        ("hello](slow) there", "hello](slow) there"),
        ("[a [b](slow) c](fast) d", "c](fast) d"),
        ("[](slow) hello", "[](slow) hello"),
        ("hello [pause 1s and on", "hello [pause 1s and on"),
        ("*never closed", "*never closed"),
        ("**half closed*", "**half closed*"),
    ],
)
def test_a_mark_that_is_not_whole_is_read_as_it_stands_and_told_once(text: str, told: str) -> None:
    shown, notes = spoken(f"{text}.")
    assert shown
    assert len(notes) == 1
    assert notes[0].startswith(f"`{told}")
    assert "not a whole mark" in notes[0]


@pytest.mark.parametrize(
    "text", ["<b>hello</b>", "<SPEAK>hello", "<foo/> hello", "hello </ssml:p>", 'hi <break time="1s" there']
)
def test_what_was_meant_as_a_tag_is_told(text: str) -> None:
    _, notes = spoken(text)
    assert len(notes) == 1
    assert "is no tag that is known and is read aloud" in notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "Is 1 < 2 and 3 > 2?",
        "I <3 you.",
        "Mail <ann@example.org> now.",
        "Five * three is 2*3*5.",
        "* a point of a list",
        "An array [1], a [note] and f(x).",
        "Stars *** part it.",
    ],
)
def test_signs_that_are_no_marks_are_not_remarked_on(text: str) -> None:
    assert spoken(text)[1] == []


def test_words_to_be_said_are_words_that_the_voice_can_read() -> None:
    with pytest.raises(UnspeakableScriptError, match="Han"):
        spoken("[NASA](as: 你好) starts.")


@pytest.mark.parametrize("text", ["[pause 1s]", '<speak><break time="1s"/></speak>', "<speak></speak>"])
def test_marks_alone_are_no_script(text: str) -> None:
    with pytest.raises(Exception, match="apart from its marks, holds nothing that can be spoken"):
        spoken(text)


@pytest.mark.parametrize(
    "text",
    [
        "<speak>" + "<!-- " * 100_000 + "</speak>",
        "<speak>" + "<? " * 100_000 + "</speak>",
        "<speak>" + "<a " * 100_000 + "</speak>",
        "<speak>" + "&amp " * 100_000 + "</speak>",
        '<speak><sub alias="' + "a " * 200_000 + "</speak>",
        "<?xml " * 100_000,
        "<!DOCTYPE " * 100_000,
        "[a " * 200_000,
        "](a " * 200_000,
        "*a " * 200_000,
        "[pause " * 100_000,
        '<prosody rate="1"> ' * 10_000 + "word" + " </prosody>" * 10_000,
        "One [two](slow) three. " * 20_000,
        "a<break/> " * 50_000,
    ],
    ids=lambda text: text[:20],
)
def test_half_a_million_characters_of_marks_are_split_or_refused_in_seconds(text: str) -> None:
    start = time.process_time()
    try:
        for _ in parse_script(text):
            pass
    except MarkError:
        pass
    assert time.process_time() - start < 15


@given(st.text(alphabet='ab ,.*[]()<>/&;!-?\n"=', max_size=80))
def test_parts_in_a_row_are_the_parts_alone(text: str) -> None:
    try:
        marked = parse_marks(f"one [two](slow) {text} *three* <break/> four")
    except MarkError:
        return
    cuts = sorted({0, len(marked.text) // 3, len(marked.text) // 2, len(marked.text)})
    stretches = list(itertools.pairwise(cuts))
    assert [part for _, part in marked.parts(stretches)] == [marked.part(*stretch) for stretch in stretches]
