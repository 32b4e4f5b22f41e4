"""A script as a series of sentences: any length, one at a time, nothing kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from avatron.core.emotion import Border
from avatron.errors import ScriptError
from avatron.text.cleaning import clean_text
from avatron.text.marked import MarkedText
from avatron.text.marks import parse_marks
from avatron.text.notes import NoteListener, ignore_note
from avatron.text.sentences import paragraphs, split_sentences
from avatron.text.writing import check_language, check_writing

__all__ = ["MAXIMUM_CHARACTERS", "Sentence", "parse_script"]

MAXIMUM_CHARACTERS = 1_000_000
"""A script may be this long: about eighteen hours of speech."""
_MAXIMUM_WORD = 2_000
"""Characters without a space."""
_SPEAKABLE_SIGNS = "$€£¥%&@#+="
_PRINTABLE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Sentence:
    """One utterance of a script."""

    marked: MarkedText
    """What is shown, and what its marks say."""
    language: str
    """BCP 47 tag in lower case."""
    progress: float
    """Share of the script that is done with this sentence, 0 .. 1."""
    start: int
    """Characters before it in the script without its marks."""

    @property
    def text(self) -> str:
        """As it is shown."""
        return self.marked.text


def parse_script(
    text: str,
    language: str = "en-us",
    *,
    languages: Iterable[str] | None = None,
    on_note: NoteListener = ignore_note,
) -> Iterator[Sentence]:
    """The sentences of a script, in order, one at a time.

    The script is checked at once, before the first sentence is asked for; `languages` are those of the voice.

    Raises:
        ScriptError: empty, or too long.
        UnspeakableScriptError: a language the voice does not list, or a writing system that it cannot read.
    """
    check_size(text)
    listed = (language,) if languages is None else tuple(languages)
    check_language(language, listed)
    cleaned = clean_text(text, on_note)
    if not cleaned.strip():
        raise ScriptError("the script is empty; give a text to say")
    marked = parse_marks(cleaned, on_note)
    check_writing(marked.text, language, listed)
    for alias in marked.aliases:
        check_writing(alias.said, language, listed)
    return _sentences(marked, language.lower())


def check_size(text: str) -> None:
    """Refuses what cannot be a script, in time that does not grow with its length.

    Raises:
        ScriptError: empty, blank, of control characters only, or too long.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise ScriptError(
            f"the script has {len(text)} characters, expected at most {MAXIMUM_CHARACTERS}; split it into several"
        )
    if not text.strip():
        raise ScriptError("the script is empty; give a text to say")
    if not _PRINTABLE.search(text):
        raise ScriptError("the script holds nothing but control characters; give a text to say")
    if len(text) > _MAXIMUM_WORD and (long := re.search(rf"\S{{{_MAXIMUM_WORD},}}", text)):
        raise ScriptError(
            f"the script holds a word of {len(long[0])} characters (`{long[0][:20]}...`), "
            f"expected at most {_MAXIMUM_WORD}"
        )


def _sentences(marked: MarkedText, language: str) -> Iterator[Sentence]:
    text = marked.text
    waiting: Sentence | None = None
    for start, part in marked.parts(_stretches(marked)):
        if not _spoken_places(part.text):
            continue
        end = start + len(part.text.rstrip())
        sentence = Sentence(part.squeezed(), language, min(1.0, end / len(text)), start)
        if waiting is not None:
            # A sentence is told what is felt at the next one's start: both must do the same where they meet.
            waiting, sentence = _met(waiting, sentence)
            yield waiting
        waiting = sentence
    if waiting is None:
        shown = f"script `{' '.join(text.split())[:40]}`" if text.strip() else "script, apart from its marks,"
        raise ScriptError(f"the {shown} holds nothing that can be spoken; give a text to say")
    yield waiting


def _spoken_places(text: str) -> list[int]:
    """Of the letters that are spoken: a mark around a last word may leave out the full stop after it."""
    return [place for place, letter in enumerate(text) if letter.isalnum() or letter in _SPEAKABLE_SIGNS]


def _met(before: Sentence, after: Sentence) -> tuple[Sentence, Sentence]:
    """The two sentences, each with what is felt on both sides of where they meet."""
    border = Border(
        before.marked.emotion_at(max(_spoken_places(before.text))),
        after.marked.emotion_at(min(_spoken_places(after.text))),
    )
    return (
        replace(before, marked=replace(before.marked, ends=border)),
        replace(after, marked=replace(after.marked, starts=border)),
    )


def _stretches(marked: MarkedText) -> Iterator[tuple[int, int]]:
    """(start, stop) of each sentence: together they are the whole text, and none ends inside of a mark's words."""
    whole = [(mark.start, mark.end) for mark in marked.spoken_otherwise]
    mark = 0
    start = 0
    for paragraph_start, paragraph in paragraphs(marked.text):
        for sentence_start, _ in split_sentences(paragraph):
            place = paragraph_start + sentence_start
            while mark < len(whole) and whole[mark][1] <= place:
                mark += 1
            inside = mark < len(whole) and whole[mark][0] < place
            if place > start and marked.text[start:place].strip() and not inside:
                yield start, place
                start = place
    yield start, len(marked.text)
