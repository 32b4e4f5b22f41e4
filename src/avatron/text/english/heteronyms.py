"""Which of its pronunciations a word has here: by cues of the words around it, else by its part of speech.

Cues stand in `data/text/heteronyms.tsv`; words that only shift their stress between noun and verb (`permit`, `export`)
are in the lexicon with a role for each. The tagger is asked only when a word needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from avatron.text.english.tagger import tag_words
from avatron.text.lexicon import Pronunciation
from avatron.text.pronunciation import parse_ipa

__all__ = ["Context", "choose_pronunciation", "heteronyms"]

_ROLES_OF_TAGS = (
    ("NN", ("noun", "adjective", "", "verb", "past")),
    ("JJ", ("adjective", "noun", "", "past", "verb")),
    ("RB", ("adverb", "adjective", "", "noun", "verb")),
    ("VBD", ("past", "verb", "", "adjective", "noun")),
    ("VBN", ("past", "verb", "", "adjective", "noun")),
    ("VB", ("verb", "", "past", "adjective", "noun")),
    ("DT", ("determiner", "other", "", "noun")),
    ("PRP", ("determiner", "other", "", "noun")),
)
"""Roles in order of preference for each beginning of a tag."""
_VERB = frozenset({"VB", "VBD", "VBG", "VBN", "VBP", "VBZ"})


@dataclass
class Context:
    """A sentence around its words; tags them on first demand."""

    tokens: Sequence[str]
    """Words as they were written and marks, as the tagger wants them."""
    _tags: list[str] | None = None

    def tag(self, place: int) -> str:
        """The Penn tag of a token."""
        if self._tags is None:
            self._tags = tag_words(self.tokens)
        return self._tags[place]

    def word(self, place: int) -> str:
        """The token in lower case, empty beyond the ends."""
        return self.tokens[place].lower() if 0 <= place < len(self.tokens) else ""


@dataclass(frozen=True)
class Cue:
    """Conditions that must all hold: (kind, words or tags) each."""

    conditions: tuple[tuple[str, frozenset[str]], ...]

    def holds(self, context: Context, place: int) -> bool:
        """Whether the word at the place stands in such a context."""
        return all(_holds(kind, values, context, place) for kind, values in self.conditions)


@dataclass(frozen=True)
class Reading:
    """One way to say a word, and when."""

    symbols: tuple[str, ...]
    cues: tuple[Cue, ...]


@cache
def heteronyms() -> dict[str, tuple[Reading, ...]]:
    """Word in lower case to its readings, the first that holds wins."""
    text = files("avatron").joinpath("data", "text", "heteronyms.tsv").read_text(encoding="utf-8")
    table: dict[str, list[Reading]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, ipa, cues = line.split("\t")
            table.setdefault(word, []).append(Reading(parse_ipa(ipa), tuple(map(_parse_cue, cues.split()))))
    return {word: tuple(readings) for word, readings in table.items()}


def choose_pronunciation(word: str, known: Sequence[Pronunciation], context: Context, place: int) -> tuple[str, ...]:
    """The phonemes of the word at its place in the sentence; `known` are the lexicon's, at least one."""
    for reading in heteronyms().get(word, ()):
        if any(cue.holds(context, place) for cue in reading.cues):
            return reading.symbols
    if len(known) == 1:
        return known[0].symbols
    tag = context.tag(place)
    for beginning, roles in _ROLES_OF_TAGS:
        if tag.startswith(beginning):
            for role in roles:
                for pronunciation in known:
                    if pronunciation.role == role:
                        return pronunciation.symbols
    return known[0].symbols


def _parse_cue(written: str) -> Cue:
    conditions = []
    for part in written.split("+"):
        kind, _, values = part.partition(":")
        conditions.append((kind, frozenset(values.split(",")) if values else frozenset[str]()))
    return Cue(tuple(conditions))


def _holds(kind: str, values: frozenset[str], context: Context, place: int) -> bool:
    if kind == "before1":
        return context.word(place - 1) in values
    if kind == "after1":
        return context.word(place + 1) in values
    if kind == "before3":
        return any(context.word(place - distance) in values for distance in (1, 2, 3))
    if kind == "after3":
        return any(context.word(place + distance) in values for distance in (1, 2, 3))
    if kind == "near":
        return any(token.lower() in values for token in context.tokens)
    if kind == "capital":
        return place > 0 and context.tokens[place][:1].isupper()
    if kind == "tag":
        tag = context.tag(place)
        return any(tag in _VERB if value == "V" else tag.startswith(value) for value in values)
    assert kind == "default", kind
    return True
