"""Clauses, phrases, words and nuclei of an utterance, read from its phonemes and its words as written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from avatron.core.speech import PhonemeSequence
from avatron.text.inventory import PAUSES, SENTENCE_ENDS

__all__ = ["AUXILIARIES", "PRONOUNS", "SMALL_WORDS", "Clause", "Word", "clauses_of", "is_spoken", "nucleus", "words_in"]

AUXILIARIES = frozenset(
    (
        *("am", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "have", "has", "had"),
        *("can", "could", "will", "would", "shall", "should", "may", "might", "must"),
    )
)
PRONOUNS = frozenset(("i", "you", "he", "she", "it", "we", "they", "me", "him", "her", "us", "them", "there", "one"))
SMALL_WORDS = frozenset(
    (
        *AUXILIARIES,
        *PRONOUNS,
        *("ones", "a", "an", "the", "and", "or", "to", "of", "for", "at", "in", "on", "with", "from", "by", "about"),
    )
)
"""Words that carry no accent at the end of a phrase: what a contour hangs on lies before them."""
DEMONSTRATIVES = frozenset(("this", "that", "these", "those"))
"""Carry no accent before small words (`What a surprise this is!`), but do at the very end (`Look at this!`)."""
STRESS = "ˈ"
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True)
class Clause:
    """A stretch that ends with a full stop, a question mark or an exclamation mark."""

    start: int
    """Its first phoneme."""
    end: int
    """The pause that ends it."""
    mark: str
    """Symbol of that pause."""
    pauses: tuple[int, ...]
    """The pauses within."""

    @property
    def phrases(self) -> tuple[tuple[int, int], ...]:
        """(first phoneme, the pause that ends it) of each phrase."""
        starts = (self.start, *(pause + 1 for pause in self.pauses))
        return tuple(zip(starts, (*self.pauses, self.end), strict=True))


@dataclass(frozen=True)
class Word:
    """A written word of an utterance."""

    bare: str
    """In lower case, without what stands around it."""
    start: int
    """Its first phoneme."""
    stop: int
    """The phoneme after its last."""


def is_spoken(phonemes: PhonemeSequence) -> list[bool]:
    """[P] False at pauses."""
    return [symbol not in PAUSES for symbol in phonemes.symbols]


def clauses_of(phonemes: PhonemeSequence) -> Iterator[Clause]:
    """The clauses, in order; none is without a word. `He said "Stop!" and left.` has two."""
    start, pauses = 0, list[int]()
    for place, symbol in enumerate(phonemes.symbols):
        if symbol in SENTENCE_ENDS:
            if place > start:
                yield Clause(start, place, symbol, tuple(pauses))
            start, pauses = place + 1, []
        elif symbol in PAUSES:
            # The pause that leads, or a second one in a row, parts nothing.
            if place == start:
                start += 1
            else:
                pauses.append(place)


def words_in(phonemes: PhonemeSequence, start: int, stop: int) -> list[Word]:
    """The words that are said by the phonemes `start` .. `stop`."""
    words: list[Word] = []
    last = -1
    for place in range(start, stop):
        number = int(phonemes.word_index[place])
        if number < 0:
            continue
        if number == last:
            words[-1] = Word(words[-1].bare, words[-1].start, place + 1)
        else:
            bare = _AROUND.sub("", phonemes.words[number]).lower().replace("’", "'")
            words.append(Word(bare, place, place + 1))
        last = number
    return words


def nucleus(phonemes: PhonemeSequence, start: int, stop: int) -> int | None:
    """Place of the last stressed vowel between, of a word with a meaning of its own where there is one."""
    fallback = None
    words = words_in(phonemes, start, stop)
    for number, word in reversed(list(enumerate(words))):
        stressed = [place for place in range(word.start, word.stop) if phonemes.symbols[place].startswith(STRESS)]
        if not stressed:
            continue
        unaccented = word.bare in SMALL_WORDS or (word.bare in DEMONSTRATIVES and number + 1 < len(words))
        if not unaccented:
            return stressed[-1]
        fallback = stressed[-1] if fallback is None else fallback
    return fallback
