"""When each sentence, word and phoneme of a script is said, to the sample: JSON, and TextGrid for Praat."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from avatron.core.speech import Span, Speech
from avatron.io.writer import ByteWriter

__all__ = ["TIMING_FORMATS", "JsonTimingWriter", "TextGridWriter", "TimingWriter", "timing_writer"]

TIMING_FORMATS = ("json", "textgrid")


def timing_writer(target: Path | str | BinaryIO, format_name: str, *, overwrite: bool = False) -> TimingWriter:
    """The writer of one of `TIMING_FORMATS`; raises as it does."""
    writer = JsonTimingWriter if format_name == "json" else TextGridWriter
    return writer(target, overwrite=overwrite)


class TimingWriter(ByteWriter):
    """Writes times as sentences come."""

    def write(self, speech: Speech) -> None:
        """Append a sentence, whose `start_sample` places it on the clock of the script.

        Raises:
            OutputError: it cannot be written.
        """
        raise NotImplementedError


class JsonTimingWriter(TimingWriter):
    """One object: `sample_rate` and `sentences`, each with its `words` and `phonemes`; times are samples.

    A sample over `sample_rate` is the time in seconds, exactly. A phoneme's `word` is its place in the sentence's
    `words`, or null in a pause. Nothing but the sentence at hand is held.
    """

    def __init__(self, target: Path | str | BinaryIO, *, overwrite: bool = False) -> None:
        """Open a file, or take a binary stream; raises as `ByteWriter`."""
        super().__init__(target, overwrite=overwrite)
        self._sentences = 0

    def write(self, speech: Speech) -> None:
        """As `TimingWriter`."""
        rate, start = speech.audio.sample_rate, speech.start_sample
        phonemes = speech.phonemes
        index = [-1] * len(speech.spans) if phonemes is None else phonemes.word_index.tolist()
        sentence = {
            "text": "" if phonemes is None else phonemes.text,
            "start": start,
            "end": start + len(speech.audio.samples),
            "words": [{"word": word.label, **_samples(word, start, rate)} for word in speech.words],
            "phonemes": [
                {"phoneme": span.label, "word": None if word < 0 else word, **_samples(span, start, rate)}
                for span, word in zip(speech.spans, index, strict=True)
            ],
        }
        opening = f'{{"sample_rate": {rate}, "sentences": [\n' if self._sentences == 0 else ",\n"
        self._sentences += 1
        self._put((opening + json.dumps(sentence, ensure_ascii=False)).encode("utf-8"))

    def _finish(self) -> None:
        self._put(b"\n]}\n" if self._sentences else b'{"sentences": []}\n')
        super()._finish()


class TextGridWriter(TimingWriter):
    """Praat's long text format with the tiers sentences, words and phonemes; the intervals of a tier touch.

    The format begins with the length and the number of intervals, so they are held until the end: about 0.2 kB for
    each phoneme, 8 MB for an hour of speech.
    """

    _TIERS = ("sentences", "words", "phonemes")

    def __init__(self, target: Path | str | BinaryIO, *, overwrite: bool = False) -> None:
        """Open a file, or take a binary stream; raises as `ByteWriter`."""
        super().__init__(target, overwrite=overwrite)
        self._tiers: dict[str, list[tuple[int, int, str]]] = {tier: [] for tier in self._TIERS}
        self._end = 0
        self._rate = 1

    def write(self, speech: Speech) -> None:
        """As `TimingWriter`."""
        start, self._rate = speech.start_sample, speech.audio.sample_rate
        self._end = start + len(speech.audio.samples)
        text = "" if speech.phonemes is None else speech.phonemes.text
        self._add("sentences", [(start, self._end, text)])
        for tier, spans in (("words", speech.words), ("phonemes", speech.spans)):
            placed = ((_samples(span, start, self._rate), span.label) for span in spans)
            self._add(tier, [(own["start"], own["end"], label) for own, label in placed])

    def _add(self, tier: str, spans: Iterable[tuple[int, int, str]]) -> None:
        """Append intervals; times are samples, so that what touches ends and begins at the very same number."""
        intervals = self._tiers[tier]
        for begin, end, label in spans:
            self._fill(intervals, begin)
            begin = intervals[-1][1] if intervals else 0
            if end > begin:
                intervals.append((begin, end, label))

    @staticmethod
    def _fill(intervals: list[tuple[int, int, str]], until: int) -> None:
        last = intervals[-1][1] if intervals else 0
        if until > last:
            intervals.append((last, until, ""))

    def _seconds(self, sample: int) -> str:
        return repr(sample / self._rate)

    def _finish(self) -> None:
        for intervals in self._tiers.values():
            self._fill(intervals, self._end)
        end_s = self._seconds(self._end)
        self._put(
            f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = {end_s}\n'
            f"tiers? <exists>\nsize = {len(self._tiers)}\nitem []:\n".encode()
        )
        for number, (tier, intervals) in enumerate(self._tiers.items(), 1):
            self._put(
                f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{tier}"\n        xmin = 0\n'
                f"        xmax = {end_s}\n        intervals: size = {len(intervals)}\n".encode()
            )
            for place, (begin, end, label) in enumerate(intervals, 1):
                escaped = label.replace('"', '""')
                self._put(
                    f"        intervals [{place}]:\n            xmin = {self._seconds(begin)}\n"
                    f"            xmax = {self._seconds(end)}\n"
                    f'            text = "{escaped}"\n'.encode()
                )
        super()._finish()


def _samples(span: Span, start: int, rate: int) -> dict[str, int]:
    return {"start": start + round(span.start_s * rate), "end": start + round(span.end_s * rate)}
