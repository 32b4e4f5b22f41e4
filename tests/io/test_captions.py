from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatron.core.speech import Span
from avatron.errors import OutputExistsError, UnknownNameError
from avatron.io.captions import CaptionRules, CaptionWriter, caption_text


def spoken(text: str, start_s: float = 0.0, word_s: float = 0.3) -> list[Span]:
    return [
        Span(word, start_s + word_s * index, start_s + word_s * (index + 1)) for index, word in enumerate(text.split())
    ]


def test_srt_is_numbered_with_comma_times() -> None:
    assert caption_text(spoken("Hello there!"), "srt") == "1\n00:00:00,000 --> 00:00:00,900\nHello there!\n\n"


def test_vtt_has_the_time_of_every_word() -> None:
    assert caption_text(spoken("Hello there!", 3661.5), "vtt") == (
        "WEBVTT\n\n01:01:01.500 --> 01:01:02.400\nHello <01:01:01.800><c>there!</c>\n\n"
    )


def test_a_new_sentence_and_a_pause_begin_a_new_caption() -> None:
    words = [*spoken("One. Two"), *spoken("three", 5.0)]
    texts = re.findall(r"-->.*\n(.*)\n", caption_text(words, "srt"))
    assert texts == ["One.", "Two", "three"]


def test_a_caption_never_reaches_into_the_next_one() -> None:
    times = re.findall(r"(\S+) --> (\S+)", caption_text(spoken("One. Two. Three."), "srt"))
    assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]]


def test_two_lines_of_one_caption_are_even() -> None:
    text = caption_text(spoken("she sells sea shells by the sea shore every day", word_s=0.2), "srt")
    lines = text.split("\n")[2:4]
    assert lines == ["she sells sea shells by", "the sea shore every day"]


@given(st.lists(st.text("abcdefghij.,!&<>", min_size=1, max_size=30), max_size=60), st.sampled_from(["srt", "vtt"]))
def test_every_word_is_shown_once_in_order_in_lines_that_fit(labels: list[str], format_name: str) -> None:
    rules = CaptionRules()
    words = [Span(label, index * 0.2, index * 0.2 + 0.2) for index, label in enumerate(labels)]
    captions = re.split(r"(?:\d+\n)?\d\d:\d\d:\d\d[.,]\d{3} --> .*\n", caption_text(words, format_name))[1:]
    plain = [re.sub(r"</?c>|<\d\d:[^>]*>", "", caption).strip().split("\n") for caption in captions]
    shown = " ".join(" ".join(lines) for lines in plain)
    for escape, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("‹", "<"), ("›", ">")):
        shown = shown.replace(escape, sign)
    assert shown == " ".join(labels)
    for lines in plain:
        assert len(lines) <= rules.lines
        for line in lines:
            unescaped = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            assert len(unescaped) <= rules.line_characters or " " not in unescaped


def test_words_that_look_like_markup_stay_words() -> None:
    assert "a &lt;b&gt; &amp;" in re.sub(r"</?c>|<\d\d:[^>]*>", "", caption_text(spoken("a <b> &"), "vtt"))
    assert "‹i› → (x)" in caption_text(spoken("<i> --> {x}"), "srt")


def test_captions_in_pieces_are_the_captions_of_the_whole(tmp_path: Path) -> None:
    words = [*spoken("This is the first sentence, and it is long."), *spoken("Here is one more.", 4.0)]
    with CaptionWriter(tmp_path / "a.vtt") as writer:
        for word in words:
            writer.write([word])
    assert (tmp_path / "a.vtt").read_text(encoding="utf-8") == caption_text(words, "vtt")
    with pytest.raises(OutputExistsError):
        CaptionWriter(tmp_path / "a.vtt")


def test_an_interrupted_caption_file_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with CaptionWriter(tmp_path / "a.srt") as writer:
            writer.write(spoken("One. Two."))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_other_caption_types_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="srt, vtt"):
        caption_text([], "ass")
