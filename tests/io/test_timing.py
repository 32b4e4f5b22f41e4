"""Times of words and phonemes, to the sample and on the clock of the whole script."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator

import numpy as np
import pytest

import avatron
from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.io.captions import CaptionWriter
from avatron.io.timing import JsonTimingWriter, TextGridWriter
from avatron.text.inventory import SYMBOL_IDS

SCRIPT = 'She said "yes". Then, a little later, she left!'


@pytest.fixture(scope="module")
def speeches() -> list[Speech]:
    return [piece.speech for piece in avatron.stream(SCRIPT, size=(32, 32))]


def test_json_has_every_word_and_phoneme_at_its_sample(speeches: list[Speech]) -> None:
    stream = io.BytesIO()
    with JsonTimingWriter(stream) as writer:
        for speech in speeches:
            writer.write(speech)
    read = json.loads(stream.getvalue())
    rate = read["sample_rate"]
    assert rate == speeches[0].audio.sample_rate
    assert [sentence["text"] for sentence in read["sentences"]] == [
        'She said "yes".',
        "Then, a little later, she left!",
    ]
    place = 0
    for sentence, speech in zip(read["sentences"], speeches, strict=True):
        assert sentence["start"] == place
        place += len(speech.audio.samples)
        assert sentence["end"] == place
        ends = [phoneme["end"] for phoneme in sentence["phonemes"]]
        starts = [phoneme["start"] for phoneme in sentence["phonemes"]]
        assert starts[0] == sentence["start"] and ends[-1] == sentence["end"] and starts[1:] == ends[:-1]
        for word, span in zip(sentence["words"], speech.words, strict=True):
            assert abs(word["start"] / rate - (speech.start_s + span.start_s)) <= 0.5 / rate
        for number, word in enumerate(sentence["words"]):
            own = [phoneme for phoneme in sentence["phonemes"] if phoneme["word"] == number]
            assert own[0]["start"] == word["start"] and own[-1]["end"] == word["end"]


def test_a_textgrid_has_three_tiers_of_touching_intervals_as_long_as_the_sound(speeches: list[Speech]) -> None:
    stream = io.BytesIO()
    with TextGridWriter(stream) as writer:
        for speech in speeches:
            writer.write(speech)
    text = stream.getvalue().decode("utf-8")
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n')
    seconds = sum(len(speech.audio.samples) for speech in speeches) / speeches[0].audio.sample_rate
    tiers = re.split(r"item \[\d\]:", text)[1:]
    names = [re.search(r'name = "(\w+)"', tier)[1] for tier in tiers]  # type: ignore[index]
    assert names == ["sentences", "words", "phonemes"]
    for tier in tiers:
        size = int(re.search(r"intervals: size = (\d+)", tier)[1])  # type: ignore[index]
        rows = re.findall(r'xmin = (\S+)\n\s+xmax = (\S+)\n\s+text = "((?:[^"]|"")*)"', tier)
        assert len(rows) == size
        begins, ends = (np.array([float(row[side]) for row in rows]) for side in (0, 1))
        assert begins[0] == 0 and ends[-1] == pytest.approx(seconds, abs=1e-9)
        np.testing.assert_array_equal(begins[1:], ends[:-1])
        assert (ends > begins).all()
    assert '"She said ""yes""."' in tiers[0]
    words = [
        label for _, _, label in re.findall(r'xmin = (\S+)\n\s+xmax = (\S+)\n\s+text = "((?:[^"]|"")*)"', tiers[1])
    ]
    assert [word for word in words if word] == [
        "She",
        "said",
        '""yes"".',
        "Then,",
        "a",
        "little",
        "later,",
        "she",
        "left!",
    ]


HOP, RATE = 256, 22050


def an_hour() -> Iterator[Speech]:
    """An hour of short sentences whose lengths are no round number of seconds; silent."""
    place = 0
    for number in range(3700):
        durations = np.array([12, 3 + number % 7, 5, 40 + number % 3, 22])
        boundaries = np.concatenate([[0], np.cumsum(durations)]) * (HOP / RATE)
        symbols = ("|", "h", "ˈaɪ", "s", ".")
        phonemes = PhonemeSequence(
            symbols,
            np.array([SYMBOL_IDS[symbol] for symbol in symbols]),
            np.array([-1, 0, 0, 0, -1]),
            (f'"w<{number}>&".',),
            f'A "sentence" {number}.',
            "en-us",
        )
        spans = tuple(
            Span(symbol, float(boundaries[at]), float(boundaries[at + 1])) for at, symbol in enumerate(symbols)
        )
        frames = int(durations.sum())
        silence = np.zeros(frames, np.float32)
        yield Speech(
            audio=Audio(np.zeros(frames * HOP, np.float32), RATE),
            acoustics=Acoustics(
                mel=np.zeros((2, frames), np.float32),
                text_embedding=np.zeros((2, frames), np.float32),
                durations=durations,
                pitch=silence,
                energy=silence,
                embedding_space="0" * 64,
                sample_rate=RATE,
                hop_length=HOP,
            ),
            phonemes=phonemes,
            spans=spans,
            words=(Span(phonemes.words[0], spans[1].start_s, spans[3].end_s),),
            start_sample=place,
        )
        place += frames * HOP


def test_an_hour_of_times_is_exact_to_the_sample_in_every_format() -> None:
    """Expected times are whole frames, counted without floats."""
    json_stream, grid_stream, vtt_stream, srt_stream = (io.BytesIO() for _ in range(4))
    expected: list[tuple[int, int]] = []
    place = 0
    with (
        JsonTimingWriter(json_stream) as json_writer,
        TextGridWriter(grid_stream) as grid_writer,
        CaptionWriter(vtt_stream, "vtt") as vtt_writer,
        CaptionWriter(srt_stream, "srt") as srt_writer,
    ):
        for speech in an_hour():
            for writer in (json_writer, grid_writer):
                writer.write(speech)
            words = [
                Span(word.label, speech.start_s + word.start_s, speech.start_s + word.end_s) for word in speech.words
            ]
            for captions in (vtt_writer, srt_writer):
                captions.write(words, float(speech.end))
            durations = speech.acoustics.durations
            assert durations is not None
            expected.append((place + HOP * int(durations[0]), place + HOP * int(durations[:4].sum())))
            place += HOP * int(durations.sum())
    assert place / RATE > 3600

    sentences = json.loads(json_stream.getvalue())["sentences"]
    assert [(s["words"][0]["start"], s["words"][0]["end"]) for s in sentences] == expected
    assert sentences[-1]["end"] == sentences[-1]["phonemes"][-1]["end"] == place
    assert all(type(value) is int for s in sentences for value in (s["start"], s["end"], s["phonemes"][2]["start"]))

    grid = grid_stream.getvalue().decode("utf-8")
    tiers = re.split(r"item \[\d\]:", grid)[1:]
    assert set(re.findall(r"^xmax = (\S+)$|^ {8}xmax = (\S+)$", grid, re.MULTILINE)) == {
        (repr(place / RATE), ""),
        ("", repr(place / RATE)),
    }
    for tier in tiers:
        rows = re.findall(r"intervals \[\d+\]:\n\s+xmin = (\S+)\n\s+xmax = (\S+)", tier)
        assert rows[0][0] == "0.0"
        assert rows[-1][1] == repr(place / RATE)
        assert [end for _, end in rows[:-1]] == [begin for begin, _ in rows[1:]]
    words = re.findall(r'xmin = (\S+)\n\s+xmax = (\S+)\n\s+text = "((?:[^"]|"")+)"', tiers[1])
    assert [(round(float(begin) * RATE), round(float(end) * RATE)) for begin, end, _ in words] == expected
    assert words[7][2] == '""w<7>&"".'

    for stream, shown in ((vtt_stream, '"w&lt;3699&gt;&amp;".'), (srt_stream, '"w‹3699›&".')):
        text = stream.getvalue().decode("utf-8")
        starts = re.findall(r"^(\d+):(\d+):(\d+)[.,](\d+) -->", text, re.MULTILINE)
        milliseconds = [int(h) * 3600000 + int(m) * 60000 + int(s) * 1000 + int(ms) for h, m, s, ms in starts]
        assert milliseconds == [round(start / RATE * 1000) for start, _ in expected]
        assert text.count(" --> ") == len(expected)
        assert text.rstrip().endswith(shown)
