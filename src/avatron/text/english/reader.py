# ruff: noqa: SIM905 - tables of words read better as one string
"""A sentence as it is spoken: every written word with the words that stand for it, and the pauses between.

A place runs through the text. Where a plain word stands it is taken as it is; everywhere else the rules are asked in
order, and the first that reads something wins. Nothing here knows a phoneme.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile

from avatron.text.cleaning import fold_typography
from avatron.text.english.abbreviations import ABBREVIATIONS, TITLES
from avatron.text.english.acronyms import capital_reader, read_alphanumeric, read_dotted
from avatron.text.english.addresses import address_reader
from avatron.text.english.codes import read_code
from avatron.text.english.dates import read_date, read_decade, read_year
from avatron.text.english.measures import read_height, read_measure, read_phone, read_range, read_version
from avatron.text.english.money import read_money
from avatron.text.english.numbers import read_number, read_ordinal, read_scientific
from avatron.text.english.reading import Reading, Rule
from avatron.text.english.roman import read_roman
from avatron.text.english.symbols import is_emoji, read_greek, read_symbol
from avatron.text.english.times import read_time
from avatron.text.english.titles import read_abbreviation
from avatron.text.marked import Alias, Break, MarkedText
from avatron.text.notes import Note, NoteListener, ignore_note

__all__ = ["EnglishReader", "Item", "SpokenSentence"]

_PLAIN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_CLIPPED = re.compile(
    r"'(?:tis|twas|twere|twill|til|till|em|cause|cos|n|round|bout|ere|nuff)(?![^\W_])'?", re.IGNORECASE
)
_INITIAL = re.compile(r"([^\W\d_])\.(?=\s*[^\W\d_]|[^\W\d_]\.)")
_LETTER_A = re.compile(
    r"(?:vitamin|plan|type|grade|class|group|section|hepatitis|team|option|exhibit|letter|an|the|capital|point|side)\s+$",
    re.I,
)
_NOT_ARTICLE = re.compile(r"\s*(?:$|[.,;:!?)\"/-]|(?:and|or|to|is|in|for)\b)")
_PLAIN_FOLLOWS = frozenset(' ,;:!?")]}\u2014\u2026')
_SPECIAL_WORDS = frozenset(
    [
        *TITLES,
        *ABBREVIATIONS,
        *"""
            january february march april may june july august september october november december v
            """.split(),
    ]
)
_PAUSES = {
    ",": ",", ";": ";", ":": ";", "\u2014": ";", "\u2013": ",", ".": ".", "!": "!", "?": "?", "\u2026": ";", "(": ",",
    ")": ",", "[": ",", "]": ",", "{": ",", "}": ",", "\u00bf": "", "\u00a1": "", "|": ",",
}  # fmt: skip
_STRENGTH = {"|": 0, ",": 1, ";": 2, ".": 3, "!": 4, "?": 5}
_DASH = re.compile(r"(?<=\s)-+(?=\s|$)|--+")
_CLIPPED_WORDS = {
    "n": "and", "em": "em", "cause": "because", "cos": "because", "til": "until", "till": "until", "round": "around",
    "bout": "about", "nuff": "enough",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One spoken word, or one pause."""

    spoken: str
    """The word, in lower case; a capital is the name of a letter; a pause symbol where `written` is -1."""
    written: int
    """Place of its written word, -1 for a pause."""
    shown: str = ""
    """A plain word as it was written, with its capitals; empty where a rule made the words."""
    symbols: tuple[str, ...] = ()
    """Its phonemes, where the script gives them."""
    place: int = 0
    """Character of the text that it begins at."""
    seconds: float | None = None
    """How long a pause lasts, where the script says it."""


@dataclass(frozen=True)
class SpokenSentence:
    """A sentence, ready to be pronounced."""

    text: str
    words: tuple[str, ...]
    """As written, punctuation included: joined by spaces they are the text."""
    items: tuple[Item, ...]
    lead_s: float | None = None
    """A pause that the script puts before the first word."""

    def spoken_words(self) -> tuple[str, ...]:
        """The words that are said, without pauses."""
        return tuple(item.spoken for item in self.items if item.written >= 0)


class EnglishReader:
    """Reads sentences aloud, as words; holds only its rules."""

    def __init__(self, is_word: Callable[[str], bool]) -> None:
        """`is_word` says whether a word in lower case is known."""
        self._is_word = is_word
        self._number_rules: tuple[Rule, ...] = (
            read_code, read_money,
            read_date, read_time, read_phone, read_version, read_ordinal, read_decade, read_height,
            read_measure, read_range, read_year, read_scientific, read_alphanumeric, read_number,
        )  # fmt: skip
        self._word_rules: tuple[Rule, ...] = (
            read_code, read_greek,
            address_reader(is_word), read_date, read_money, read_dotted, read_version, read_roman,
            read_abbreviation, read_alphanumeric, capital_reader(is_word),
        )  # fmt: skip
        self._sign_rules: tuple[Rule, ...] = (address_reader(is_word), read_money, read_decade, read_symbol)

    def read(self, marked: MarkedText, on_note: NoteListener = ignore_note) -> SpokenSentence:
        """The sentence as words and pauses."""
        text = fold_typography(marked.text)
        found: list[tuple[int, int, tuple[Item, ...]]] = []
        place = 0
        given = {mark.start: mark for mark in marked.spoken_otherwise}
        while place < len(text):
            if place in given:
                mark = given[place]
                shown = marked.text[mark.start : mark.end]
                if isinstance(mark, Alias):
                    said = self.read(MarkedText(mark.said), on_note).items[:-1]
                    items = tuple(replace(item, written=min(item.written, 0)) for item in said)
                else:
                    items = (Item(shown.lower(), 0, shown, mark.symbols),)
                found.append((place, mark.end, items))
                place = mark.end
                continue
            place = self._step(text, place, found, on_note)
        return _with_breaks(_assemble(marked.text, found), marked.breaks)

    def _step(
        self, text: str, place: int, found: list[tuple[int, int, tuple[Item, ...]]], on_note: NoteListener
    ) -> int:
        """Reads what stands at the place and gives the place after it."""
        sign = text[place]
        if sign.isspace():
            return place + 1
        if sign.isalpha():
            return self._word(text, place, found)
        clipped = _CLIPPED.match(text, place) if sign == "'" and not text[place - 1 : place].isalnum() else None
        if clipped:
            word = clipped[0].strip("'").lower()
            found.append((place, clipped.end(), (Item(_CLIPPED_WORDS.get(word, f"'{word}"), 0),)))
            return clipped.end()
        rules = self._number_rules if _is_numeric(text, place) else self._sign_rules
        for rule in rules:
            reading = rule(text, place)
            if reading is not None and reading.end > place:
                found.append((place, reading.end, _items(reading)))
                return reading.end
        return self._punctuation(text, place, found, on_note)

    def _word(self, text: str, place: int, found: list[tuple[int, int, tuple[Item, ...]]]) -> int:
        match = _PLAIN.match(text, place)
        if match is None:  # a letter that the pattern does not take for one
            return place + 1
        # The pattern takes signs such as ² for letters.
        word = match[0] if match[0].isascii() else "".join(takewhile(_in_word, match[0]))
        end = place + len(word)
        if _is_plain(text, word, end):
            found.append((place, end, (Item(word.lower(), 0, word),)))
            return end
        hyphenated = _HYPHENATED.match(text, place)
        if hyphenated and self._is_word(hyphenated[0].lower()):
            found.append((place, hyphenated.end(), (Item(hyphenated[0].lower(), 0, hyphenated[0]),)))
            return hyphenated.end()
        for rule in self._word_rules:
            reading = rule(text, place)
            if reading is not None:
                found.append((place, reading.end, _items(reading)))
                return reading.end
        if len(word) == 1:
            initial = _INITIAL.match(text, place)
            found.append((place, end, (Item(_single_letter(text, place, word), 0),)))
            return initial.end() if initial else end
        found.append((place, end, (Item(word.lower(), 0, word),)))
        return end

    def _punctuation(
        self, text: str, place: int, found: list[tuple[int, int, tuple[Item, ...]]], on_note: NoteListener
    ) -> int:
        sign = text[place]
        dash = _DASH.match(text, place)
        if dash:
            found.append((place, dash.end(), (Item(";" if dash.end() - place > 1 else ",", -1),)))
            return dash.end()
        if text.startswith("..", place):
            end = place + len(text[place:]) - len(text[place:].lstrip("."))
            found.append((place, end, (Item(";" if text[end:].strip(" \"')]") else ".", -1),)))
            return end
        if sign == "\u2013" and text[place - 1 : place].isalnum() and text[place + 1 : place + 2].isalnum():
            return place + 1  # a dash that joins two words is no pause
        if sign == "." and text[place + 1 : place + 2].isalnum() and text[place - 1 : place].isalnum():
            return place + 1
        if _PAUSES.get(sign):
            found.append((place, place + 1, (Item(_PAUSES[sign], -1),)))
        elif is_emoji(sign):
            on_note(Note("dropped", f"`{sign}` is not spoken"))
        return place + 1


def _is_numeric(text: str, place: int) -> bool:
    """Whether a number begins here, its sign or currency included; a hyphen within a word is no sign."""
    sign = text[place]
    if sign in "²³":
        return False
    if sign.isnumeric():
        return True
    follows = text[place + 1 : place + 2]
    if sign in "+-.'$\u00a3\u20ac\u00a5\u20b9\u00b1~\u2248(" and (
        follows.isdecimal() or (follows in ".$\u00a3\u20ac" and text[place + 2 : place + 3].isdecimal())
    ):
        return sign == "(" or not text[place - 1 : place].isalnum() or place == 0
    return sign in "$\u00a3\u20ac\u00a5\u20b9" and bool(re.match(r".\s?-?\.?\d", text[place:]))


def _is_plain(text: str, word: str, end: int) -> bool:
    """Whether no rule can have a say: no capitals in a row, no abbreviation, nothing joined to it."""
    if len(word) == 1 or word[1].isupper() or word.lower() in _SPECIAL_WORDS or not (word[1:].islower() or "'" in word):
        return False
    if end == len(text) or text[end] in _PLAIN_FOLLOWS:
        return not text.startswith("://", end)
    return text[end] == "." and (end + 1 == len(text) or text[end + 1].isspace())


def _in_word(sign: str) -> bool:
    return sign.isalpha() or sign == "'"


def _single_letter(text: str, place: int, letter: str) -> str:
    if letter in "iI":
        return "i"
    if letter == "a":
        return "a"
    if letter == "A":
        is_letter = _LETTER_A.search(text[:place]) or (_NOT_ARTICLE.match(text, place + 1) and text[:place].strip())
        return "A" if is_letter else "a"
    return letter.upper()


def _items(reading: Reading) -> tuple[Item, ...]:
    return tuple(Item(word, -1 if word in _STRENGTH else 0) for word in reading.words)


def _assemble(text: str, found: list[tuple[int, int, tuple[Item, ...]]]) -> SpokenSentence:
    """Gives every item its written word: words are parted by the spaces that no reading spans."""
    starts: list[int] = []
    words: list[str] = []
    items: list[Item] = []
    inside = 0
    start: int | None = None
    spans = iter(found)
    span = next(spans, None)
    place = 0
    held: list[Item] = []
    while place <= len(text):
        at_space = place == len(text) or (text[place].isspace() and place >= inside)
        if at_space and start is not None:
            piece = text[start:place]
            speaks = any(item.written >= 0 for item in held)
            if speaks or not words:
                words.append(piece)
                starts.append(start)
            else:
                # Punctuation that stands alone belongs to the word before it.
                words[-1] = f"{words[-1]} {piece}"
            items += [replace(item, written=len(words) - 1 if item.written >= 0 else -1) for item in held]
            held, start = [], None
        if place == len(text):
            break
        if not text[place].isspace() and start is None:
            start = place
        if span is not None and place == span[0]:
            inside = max(inside, span[1])
            held += [replace(item, place=place) for item in span[2]]
            span = next(spans, None)
        place += 1
    words = [" ".join(word.split()) for word in words]
    if len(words) > 1 and not any(item.written == 0 for item in items):
        # Punctuation before the first word belongs to that.
        words[:2] = [f"{words[0]} {words[1]}"]
        items = [replace(item, written=item.written - (item.written > 0)) for item in items]
    return SpokenSentence(text, tuple(words), _merge_pauses(items))


def _merge_pauses(items: list[Item]) -> tuple[Item, ...]:
    """No pause before the first word, one between two words, the strongest; the last is a full stop, `!` or `?`."""
    merged: list[Item] = []
    for item in items:
        if item.written >= 0 or not merged:
            if item.written >= 0:
                merged.append(item)
        elif merged[-1].written < 0:
            if _STRENGTH[item.spoken] > _STRENGTH[merged[-1].spoken]:
                merged[-1] = item
        else:
            merged.append(item)
    if merged and merged[-1].written >= 0:
        merged.append(Item(".", -1))
    elif merged and merged[-1].spoken not in ".!?":
        merged[-1] = Item(".", -1)
    return tuple(merged)


def _with_breaks(sentence: SpokenSentence, breaks: tuple[Break, ...]) -> SpokenSentence:
    """The sentence with the pauses that the script asks for, in place of those that stand there."""
    items, lead_s = list(sentence.items), sentence.lead_s
    for pause in breaks:
        after = next((n for n, item in enumerate(items) if item.written >= 0 and item.place >= pause.place), len(items))
        if after == 0:
            lead_s = (lead_s or 0) + pause.seconds
        elif items[after - 1].written < 0:
            before = items[after - 1]
            items[after - 1] = replace(before, seconds=(before.seconds or 0) + pause.seconds)
        else:
            items.insert(after, Item(",", -1, place=pause.place, seconds=pause.seconds))
    return replace(sentence, items=tuple(items), lead_s=lead_s)
