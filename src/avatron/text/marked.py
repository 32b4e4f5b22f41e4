"""A text and what its marks say about how it is spoken."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from avatron.errors import MarkError

__all__ = ["LONGEST_BREAK_S", "Alias", "Break", "Marked", "MarkedText", "SpeakingStyle", "Styled"]

LONGEST_BREAK_S = 10.0
_LEAST_RATE, _GREATEST_RATE = 0.5, 2.0
_GREATEST_SEMITONES, _GREATEST_DECIBELS = 12.0, 12.0
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class SpeakingStyle:
    """How a stretch of text is spoken, relative to what is around it.

    Raises:
        MarkError: out of range: rate 0.5 .. 2, pitch -12 .. 12 semitones, volume -12 .. 12 dB.
    """

    rate: float = 1.0
    """Speed."""
    semitones: float = 0.0
    """Pitch."""
    decibels: float = 0.0
    """Volume."""
    emphasis: str = ""
    """`strong`, `moderate` or `reduced`; empty for none."""

    def __post_init__(self) -> None:
        for name, value, low, high, unit in (
            ("rate", self.rate, _LEAST_RATE, _GREATEST_RATE, ""),
            ("pitch", self.semitones, -_GREATEST_SEMITONES, _GREATEST_SEMITONES, " semitones"),
            ("volume", self.decibels, -_GREATEST_DECIBELS, _GREATEST_DECIBELS, " dB"),
        ):
            # Written so that NaN fails.
            if not low <= value <= high:
                raise MarkError(f"a mark asks for {name} {value:g}{unit}, expected {low:g} .. {high:g}{unit}")

    def around(self, inner: SpeakingStyle) -> SpeakingStyle:
        """The style of an inner stretch inside of this one."""
        return SpeakingStyle(
            self.rate * inner.rate,
            self.semitones + inner.semitones,
            self.decibels + inner.decibels,
            inner.emphasis or self.emphasis,
        )


@dataclass(frozen=True)
class Marked:
    """A stretch of the shown text with its pronunciation."""

    start: int
    end: int
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Alias:
    """A stretch of the shown text with other words to be said for it."""

    start: int
    end: int
    said: str


@dataclass(frozen=True)
class Styled:
    """A stretch of the shown text with its style."""

    start: int
    end: int
    style: SpeakingStyle


@dataclass(frozen=True)
class Break:
    """A pause of a given length, before what stands at `place`."""

    place: int
    seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.seconds <= LONGEST_BREAK_S:
            raise MarkError(f"a mark asks for a pause of {self.seconds:g} s, expected 0 .. {LONGEST_BREAK_S:g} s")


@dataclass(frozen=True)
class MarkedText:
    """A text without its marks, and what they said; all places are characters of `text`."""

    text: str
    marked: tuple[Marked, ...] = ()
    aliases: tuple[Alias, ...] = ()
    styles: tuple[Styled, ...] = ()
    """May nest: a later one is inside of, or beside, the earlier ones."""
    breaks: tuple[Break, ...] = ()

    @property
    def spoken_otherwise(self) -> tuple[Marked | Alias, ...]:
        """The stretches that are not read as they are written, in order."""
        return tuple(sorted((*self.marked, *self.aliases), key=lambda mark: mark.start))

    def style_at(self, place: int) -> SpeakingStyle:
        """The style of what stands at `place`.

        Raises:
            MarkError: nested marks add up to more than is possible.
        """
        style = SpeakingStyle()
        for styled in self.styles:
            if styled.start <= place < styled.end:
                style = style.around(styled.style)
        return style

    def shifted(self, places: int) -> MarkedText:
        """The same marks, for the text after `places` characters of another."""
        return MarkedText(
            self.text,
            tuple(replace(mark, start=mark.start + places, end=mark.end + places) for mark in self.marked),
            tuple(replace(mark, start=mark.start + places, end=mark.end + places) for mark in self.aliases),
            tuple(replace(mark, start=mark.start + places, end=mark.end + places) for mark in self.styles),
            tuple(replace(pause, place=pause.place + places) for pause in self.breaks),
        )

    def part(self, start: int, stop: int) -> MarkedText:
        """From `start` to before `stop`, with its share of the marks; a break at `stop` belongs to what follows."""

        def clipped(stretch: Marked | Alias | Styled) -> tuple[int, int]:
            return max(stretch.start, start) - start, min(stretch.end, stop) - start

        def inside(stretch: Marked | Alias | Styled) -> bool:
            return stretch.start < stop and stretch.end > start

        last = stop == len(self.text)
        return MarkedText(
            self.text[start:stop],
            tuple(replace(mark, start=clipped(mark)[0], end=clipped(mark)[1]) for mark in self.marked if inside(mark)),
            tuple(replace(mark, start=clipped(mark)[0], end=clipped(mark)[1]) for mark in self.aliases if inside(mark)),
            tuple(replace(mark, start=clipped(mark)[0], end=clipped(mark)[1]) for mark in self.styles if inside(mark)),
            tuple(
                replace(pause, place=pause.place - start)
                for pause in self.breaks
                if start <= pause.place < stop or (last and pause.place == stop)
            ),
        )

    def squeezed(self) -> MarkedText:
        """The same with single spaces between words and none at the ends."""
        moved: list[int] = []
        pieces: list[str] = []
        length = place = 0
        for match in _SPACE.finditer(self.text):
            word = self.text[place : match.start()]
            pieces.append(word)
            moved += range(length, length + len(word))
            length += len(word)
            space = 1 if length and match.end() < len(self.text) else 0
            pieces.append(" " * space)
            moved += [length] * (match.end() - match.start())
            length += space
            place = match.end()
        pieces.append(self.text[place:])
        moved += range(length, length + len(self.text) - place + 1)
        text = "".join(pieces)
        if text == self.text:
            return self
        return MarkedText(
            text,
            tuple(replace(mark, start=moved[mark.start], end=moved[mark.end]) for mark in self.marked),
            tuple(replace(mark, start=moved[mark.start], end=moved[mark.end]) for mark in self.aliases),
            tuple(replace(mark, start=moved[mark.start], end=moved[mark.end]) for mark in self.styles),
            tuple(replace(pause, place=moved[pause.place]) for pause in self.breaks),
        )
