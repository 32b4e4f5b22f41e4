"""Times of words and phonemes, to the sample and on the clock of the whole script."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pytest

import avatron
from avatron.core.speech import Speech
from avatron.io.timing import JsonTimingWriter, TextGridWriter

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
