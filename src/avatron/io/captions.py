"""Captions from word times: SubRip (srt) and WebVTT (vtt, with the time of every word)."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from avatron.core.speech import Span
from avatron.errors import UnknownNameError
from avatron.io.writer import ByteWriter

__all__ = ["CAPTION_FORMATS", "CaptionRules", "CaptionWriter", "caption_text"]

CAPTION_FORMATS = ("srt", "vtt")

_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？")
_CLAUSE_END = (",", ";", ":", "–", "—", "、", "，")
_CLOSING = "\"'”’»)]"


@dataclass(frozen=True)
class CaptionRules:
    """When one caption ends and the next begins. The defaults are those of broadcasters: 42 characters, 2 lines."""

    line_characters: int = 42
    """Longest line; a longer word has a line of its own."""
    lines: int = 2
    """Most lines of one caption."""
    longest_s: float = 6.0
    """Longest time of one caption, seconds."""
    pause_s: float = 0.6
    """A silence between words from which a new caption begins, seconds."""
    linger_s: float = 0.3
    """How long a caption stays after its last word, where the next one leaves room, seconds."""


class CaptionWriter(ByteWriter):
    """Writes captions as words come; only the words of one caption are held."""

    def __init__(
        self,
        target: Path | str | BinaryIO,
        format_name: str | None = None,
        *,
        rules: CaptionRules | None = None,
        overwrite: bool = False,
    ) -> None:
        """Open a file (its suffix says the type), or take a binary stream and its `format_name`.

        Raises:
            UnknownNameError: neither srt nor vtt.
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        suffix = Path(target).suffix.lower().lstrip(".") if isinstance(target, str | Path) else ""
        self.format = format_name or suffix
        if self.format not in CAPTION_FORMATS:
            raise UnknownNameError("caption type", self.format, CAPTION_FORMATS)
        self.rules = rules or CaptionRules()
        self.captions_written = 0
        self._words: list[Span] = []
        self._sound_ends_s: float | None = None
        super().__init__(target, overwrite=overwrite)
        if self.format == "vtt":
            self._put(b"WEBVTT\n\n")

    def write(self, words: Iterable[Span], sound_ends_s: float | None = None) -> None:
        """Append words, in order, on the clock of the whole film, whose sound so far ends at `sound_ends_s`.

        Raises:
            OutputError: they cannot be written.
        """
        for word in words:
            label = " ".join(word.label.split())
            if not label:
                continue
            if self._words and self._ends_before(word):
                self._flush(word.start_s)
            self._words.append(Span(label, word.start_s, max(word.end_s, word.start_s)))
        self._sound_ends_s = sound_ends_s

    def _ends_before(self, word: Span) -> bool:
        """Whether the caption that is being gathered ends before `word`."""
        rules, words = self.rules, self._words
        last = words[-1].label.rstrip(_CLOSING)
        labels = [held.label for held in words]
        if word.start_s - words[-1].end_s >= rules.pause_s or word.end_s - words[0].start_s > rules.longest_s:
            return True
        if last.endswith(_SENTENCE_END):
            return True
        if last.endswith(_CLAUSE_END) and len(" ".join(labels)) > rules.line_characters:
            # A clause that fills more than a line is a good place to break.
            return True
        return len(_broken([*labels, word.label], rules.line_characters)) > rules.lines

    def _flush(self, next_start_s: float | None) -> None:
        first, last = self._words[0], self._words[-1]
        end_s = last.end_s + self.rules.linger_s
        if next_start_s is not None:
            end_s = max(min(end_s, next_start_s), last.end_s)
        self.captions_written += 1
        lines = _balanced([word.label for word in self._words], self.rules.line_characters)
        if self.format == "srt":
            times = f"{_clock(first.start_s, ',')} --> {_clock(end_s, ',')}"
            text = "\n".join(" ".join(_escaped_srt(self._words[index].label) for index in line) for line in lines)
            self._put(f"{self.captions_written}\n{times}\n{text}\n\n".encode())
        else:
            times = f"{_clock(first.start_s, '.')} --> {_clock(end_s, '.')}"
            text = "\n".join(" ".join(self._timed(index) for index in line) for line in lines)
            self._put(f"{times}\n{text}\n\n".encode())
        self._words = []

    def _timed(self, index: int) -> str:
        """A vtt word with its time; the first word's time is the caption's own."""
        word = self._words[index]
        escaped = _escaped_vtt(word.label)
        return escaped if index == 0 else f"<{_clock(word.start_s, '.')}><c>{escaped}</c>"

    def _finish(self) -> None:
        if self._words:
            # The last caption does not outlast the film.
            self._flush(self._sound_ends_s)
        super()._finish()


def caption_text(words: Iterable[Span], format_name: str, rules: CaptionRules | None = None) -> str:
    """The whole captions file of `words` as text.

    Raises:
        UnknownNameError: neither srt nor vtt.
    """
    stream = io.BytesIO()
    with CaptionWriter(stream, format_name, rules=rules) as writer:
        writer.write(words)
    return stream.getvalue().decode("utf-8")


def _broken(labels: list[str], width: int) -> list[list[int]]:
    """Lines of at most `width` characters, as indices into `labels`, each as full as can be."""
    lines: list[list[int]] = []
    length = 0
    for index, label in enumerate(labels):
        if lines and length + 1 + len(label) <= width:
            lines[-1].append(index)
            length += 1 + len(label)
        else:
            lines.append([index])
            length = len(label)
    return lines


def _balanced(labels: list[str], width: int) -> list[list[int]]:
    """As many lines as `_broken` needs, but as even as can be: the narrowest width that still gives that number."""
    wanted = len(_broken(labels, width))
    if wanted == 1:
        return _broken(labels, width)
    low, high = 1, width
    while low < high:
        middle = (low + high) // 2
        if len(_broken(labels, middle)) <= wanted:
            high = middle
        else:
            low = middle + 1
    return _broken(labels, low)


def _clock(time_s: float, decimal: str) -> str:
    milliseconds = round(max(time_s, 0.0) * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{decimal}{milliseconds:03}"


def _escaped_vtt(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped_srt(text: str) -> str:
    # srt has no escapes: players take `<i>` for italics and `{...}` for commands, so look-alikes stand in for them,
    # and an arrow must not look like a line of times.
    return text.replace("-->", "→").replace("<", "‹").replace(">", "›").replace("{", "(").replace("}", ")")
