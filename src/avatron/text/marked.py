"""A text and what its marks say about how it is spoken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from avatron.core.emotion import NOTHING_ASKED, Border, Emotion
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
    emotion: Emotion | None = None
    """What is felt; None for what is felt around it."""

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
            inner.emotion or self.emotion,
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
    starts: Border = NOTHING_ASKED
    """What is felt on both sides of its start, where it is a part of a script."""
    ends: Border = NOTHING_ASKED
    """What is felt on both sides of its end."""

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

    def emotion_at(self, place: int) -> Emotion | None:
        """What is felt at `place`; None where no mark says it."""
        felt = [each.style.emotion for each in self.styles if each.start <= place < each.end and each.style.emotion]
        return felt[-1] if felt else None

    def shifted(self, places: int) -> MarkedText:
        """The same marks, for the text after `places` characters of another."""
        return replace(
            self,
            marked=tuple(replace(mark, start=mark.start + places, end=mark.end + places) for mark in self.marked),
            aliases=tuple(replace(mark, start=mark.start + places, end=mark.end + places) for mark in self.aliases),
            styles=tuple(replace(mark, start=mark.start + places, end=mark.end + places) for mark in self.styles),
            breaks=tuple(replace(pause, place=pause.place + places) for pause in self.breaks),
        )

    def part(self, start: int, stop: int) -> MarkedText:
        """From `start` to before `stop`, with its share of the marks; a break at `stop` belongs to what follows."""
        return next(part for _, part in self.parts([(start, stop)]))

    def parts(self, stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, MarkedText]]:
        """(start, `part`) of each stretch; they follow one another, so that every mark is looked at once or twice."""
        marked, aliases, styles = _Sweep(self.marked), _Sweep(self.aliases), _Sweep(self.styles)
        breaks = sorted(self.breaks, key=lambda pause: pause.place)
        pause = 0
        for start, stop in stretches:
            while pause < len(breaks) and breaks[pause].place < start:
                pause += 1
            first = pause
            while pause < len(breaks) and (breaks[pause].place < stop or stop == len(self.text)):
                pause += 1
            yield (
                start,
                MarkedText(
                    self.text[start:stop],
                    marked.inside(start, stop),
                    aliases.inside(start, stop),
                    styles.inside(start, stop),
                    tuple(replace(each, place=each.place - start) for each in breaks[first:pause]),
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
        return replace(
            self,
            text=text,
            marked=tuple(replace(mark, start=moved[mark.start], end=moved[mark.end]) for mark in self.marked),
            aliases=tuple(replace(mark, start=moved[mark.start], end=moved[mark.end]) for mark in self.aliases),
            styles=tuple(replace(mark, start=moved[mark.start], end=moved[mark.end]) for mark in self.styles),
            breaks=tuple(replace(pause, place=moved[pause.place]) for pause in self.breaks),
        )


Stretch = TypeVar("Stretch", Marked, Alias, Styled)


class _Sweep(Generic[Stretch]):
    """Marks that are asked for from left to right."""

    def __init__(self, marks: Iterable[Stretch]) -> None:
        self._marks: list[Stretch] = sorted(marks, key=lambda mark: mark.start)
        self._next = 0
        self._open: list[Stretch] = []

    def inside(self, start: int, stop: int) -> tuple[Stretch, ...]:
        """Those that reach into `start` .. `stop`, cut to it, their places counted from `start`."""
        while self._next < len(self._marks) and self._marks[self._next].start < stop:
            self._open.append(self._marks[self._next])
            self._next += 1
        self._open = [mark for mark in self._open if mark.end > start]
        return tuple(
            replace(mark, start=max(mark.start, start) - start, end=min(mark.end, stop) - start) for mark in self._open
        )
