"""What was said in a clip and when: the phoneme track, and the transcripts that it is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError
from avatron.text.frontends import frontend_for
from avatron.text.inventory import LEAD_PAUSE, is_vowel
from avatron.text.protocol import TextFrontend
from avatron.text.sentences import paragraphs, split_sentences

__all__ = ["SILENT_WORDS", "PhonemeTrack", "TimedWord", "Transcript", "read_transcript", "transcript_of_words"]

LANGUAGE = "en-us"
BRITISH_LETTERS = {"z": ("z", "ˈɛ", "d")}
"""Names of letters that the American lexicon has otherwise."""

TimedWord = tuple[float, float, str]
"""Start and end in seconds, and the word; `SILENT_WORDS` are pauses."""
SILENT_WORDS = frozenset({"", "sil", "sp"})
"""What aligners write for pauses."""


@dataclass(frozen=True, eq=False)
class Transcript:
    """The sounds of a text, with a pause before and after each word that may not be there."""

    symbols: tuple[str, ...]
    """[P] of the inventory."""
    word_index: NDArray[np.int64]
    """[P] the word of each, -1 for pauses."""
    words: tuple[str, ...]
    """As they were written."""

    @property
    def optional(self) -> NDArray[np.bool_]:
        """[P] what may be left out: pauses, and an `ɹ` that no vowel follows, which half the world does not say."""
        following = (*self.symbols[1:], LEAD_PAUSE)
        return np.array(
            [
                symbol == LEAD_PAUSE or (symbol == "ɹ" and not is_vowel(after))
                for symbol, after in zip(self.symbols, following, strict=True)
            ],
            bool,
        )


@dataclass(frozen=True, eq=False)
class PhonemeTrack:
    """The sounds of a clip on its audio clock, pauses included, in order and without gaps between those of a word.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    symbols: tuple[str, ...]
    """[P] of the inventory; `|` is silence."""
    start_s: NDArray[np.float64]
    """[P]"""
    end_s: NDArray[np.float64]
    """[P]"""
    confidence: NDArray[np.float32]
    """[P] mean share, 0 .. 1, that the listener gives to sounds like those of the word, in their places; of pauses, to
    silence."""
    word_index: NDArray[np.int64]
    """[P] the word of each, -1 for pauses."""
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        count = len(self.symbols)
        for name, dtype in (
            ("start_s", np.float64),
            ("end_s", np.float64),
            ("confidence", np.float32),
            ("word_index", np.int64),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (count,), dtype))

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def spoken(self) -> NDArray[np.bool_]:
        """[P] True for sounds that are no silence."""
        return np.asarray(self.word_index >= 0, bool)

    @property
    def score(self) -> float:
        """Mean confidence over the time that is spoken, 0 .. 1; 0 where nothing is."""
        lengths = (self.end_s - self.start_s)[self.spoken]
        return float((lengths * self.confidence[self.spoken]).sum() / lengths.sum()) if lengths.sum() > 0 else 0.0


def read_transcript(text: str, language: str = LANGUAGE) -> Transcript:
    """The sounds of a text of any length.

    Raises:
        InvalidValueError: nothing to say in it.
        ScriptError: a text that cannot be spoken.
    """
    frontend = frontend_for(language, (language,))
    symbols: list[str] = [LEAD_PAUSE]
    word_index = [-1]
    words: list[str] = []
    for _, paragraph in paragraphs(text):
        for _, sentence in split_sentences(paragraph):
            phonemes = frontend.phonemize(sentence, language)
            for symbol, word, initial in zip(
                phonemes.symbols, phonemes.word_index.tolist(), phonemes.word_initial.tolist(), strict=True
            ):
                if word < 0:
                    continue
                if initial:
                    if symbols[-1] != LEAD_PAUSE:
                        symbols.append(LEAD_PAUSE)
                        word_index.append(-1)
                    words.append(phonemes.words[word])
                symbols.append(symbol)
                word_index.append(len(words) - 1)
    if not words:
        raise InvalidValueError(f"the transcript `{text[:40]}` has no word in it; give what is said in the clip")
    return Transcript((*symbols, LEAD_PAUSE), np.array([*word_index, -1]), tuple(words))


def transcript_of_words(words: Sequence[str]) -> Transcript:
    """The sounds of single words as GRID lists them: one letter is the name of that letter, as the British say it.

    Raises:
        InvalidValueError: no word.
        ScriptError: a word that cannot be spoken.
    """
    if not words:
        raise InvalidValueError("the list of words is empty; give what is said in the clip")
    frontend = frontend_for(LANGUAGE, (LANGUAGE,))
    symbols: list[str] = [LEAD_PAUSE]
    word_index = [-1]
    for place, word in enumerate(words):
        said = BRITISH_LETTERS.get(word.lower()) or _spoken(frontend, word)
        symbols += [*said, LEAD_PAUSE]
        word_index += [*[place] * len(said), -1]
    return Transcript(tuple(symbols), np.array(word_index), tuple(words))


def _spoken(frontend: TextFrontend, word: str) -> tuple[str, ...]:
    """The sounds of one word, or of one letter's name."""
    # A capital after another word is read as a letter; a lone `a` would be the article.
    letter = len(word) == 1
    phonemes = frontend.phonemize(f"letter {word.upper()}." if letter else f"{word}.", LANGUAGE)
    return tuple(
        symbol
        for symbol, index in zip(phonemes.symbols, phonemes.word_index.tolist(), strict=True)
        if index >= int(letter)
    )
