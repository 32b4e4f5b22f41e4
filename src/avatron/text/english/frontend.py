"""English text to phonemes."""

from __future__ import annotations

import numpy as np

from avatron.core.speech import PhonemeSequence
from avatron.errors import ScriptError
from avatron.text.cleaning import clean_text, fold_typography
from avatron.text.english.heteronyms import Context, choose_pronunciation, heteronyms
from avatron.text.english.phrasing import phrase_breaks
from avatron.text.english.reader import EnglishReader, Item, SpokenSentence
from avatron.text.english.words import WordPhonemes
from avatron.text.inventory import LEAD_PAUSE, SYMBOL_IDS, is_vowel
from avatron.text.lexicon import shipped_lexicon
from avatron.text.marked import MarkedText, SpeakingStyle
from avatron.text.marks import parse_marks
from avatron.text.notes import NoteListener, ignore_note
from avatron.text.prosody import emphasised, phoneme_marks
from avatron.text.userlexicon import UserLexicon
from avatron.text.writing import check_language, check_writing

__all__ = ["LANGUAGES", "EnglishFrontend"]

LANGUAGES = ("en-us",)

_BEFORE_VOWEL = {"the": ("ð", "i"), "to": ("t", "ˈu"), "for": ("f", "ˈɔ", "ɹ")}
_BEFORE_CONSONANT = {"the": ("ð", "ə"), "to": ("t", "ɪ"), "for": ("f", "ɚ")}
"""Small words that change with the sound that follows; at a pause they are in full."""
_IN_FULL = {"the": ("ð", "i"), "to": ("t", "ˈu"), "for": ("f", "ˈɔ", "ɹ")}


class EnglishFrontend:
    """Phonemes of General American English.

    Gives the same phonemes for the same text, whatever came before; it only remembers words.
    """

    languages = LANGUAGES

    def __init__(self, lexicon: UserLexicon | None = None, on_note: NoteListener = ignore_note) -> None:
        """`lexicon` holds pronunciations of one's own (`read_user_lexicon`), `on_note` hears remarks on the text."""
        self._words = WordPhonemes(shipped_lexicon(), lexicon or {})
        self._reader = EnglishReader(self._words.is_word)
        self._on_note = on_note

    def phonemize(self, text: str | MarkedText, language: str = "en-us") -> PhonemeSequence:
        """The phonemes of one sentence: a lead pause, the words, and the pause of the mark that ends it.

        Raises:
            MarkError: a mark in the text that is unknown, unbalanced or out of range.
            ScriptError: nothing in it can be spoken.
            UnspeakableScriptError: another language, or a writing system other than Latin.
            PronunciationError: a pronunciation in the text that is not in the inventory.
        """
        check_language(language, LANGUAGES)
        marked = self._marked(text)
        sentence = self._read(marked, language)
        symbols: list[str] = [LEAD_PAUSE]
        word_index, styles = [-1], [SpeakingStyle()]
        pauses_s = {} if sentence.lead_s is None else {0: sentence.lead_s}
        spoken = self._item_phonemes(sentence)
        breaks = _breaks(sentence.items, spoken)
        for place, (item, phonemes) in enumerate(zip(sentence.items, spoken, strict=True)):
            if place in breaks:
                symbols.append(LEAD_PAUSE)
                word_index.append(-1)
                styles.append(SpeakingStyle())
            style = marked.style_at(item.place) if item.written >= 0 else SpeakingStyle()
            if item.seconds is not None:
                pauses_s[len(symbols)] = item.seconds
            if style.emphasis in ("moderate", "strong"):
                phonemes = emphasised(phonemes, item.spoken)
            symbols += phonemes
            word_index += [item.written] * len(phonemes)
            styles += [style] * len(phonemes)
        return PhonemeSequence(
            symbols=tuple(symbols),
            ids=np.array([SYMBOL_IDS[symbol] for symbol in symbols], np.int64),
            word_index=np.array(word_index, np.int64),
            words=sentence.words,
            text=sentence.text,
            language=language.lower(),
            marks=phoneme_marks(symbols, styles, pauses_s, (marked.starts, marked.ends)),
        )

    def read(self, text: str | MarkedText, language: str = "en-us") -> SpokenSentence:
        """The sentence as the words that will be said, for showing and testing.

        Raises:
            ScriptError: as `phonemize`.
        """
        return self._read(self._marked(text), language)

    def _marked(self, text: str | MarkedText) -> MarkedText:
        marked = text if isinstance(text, MarkedText) else parse_marks(clean_text(text, self._on_note), self._on_note)
        return marked.squeezed()

    def _read(self, marked: MarkedText, language: str) -> SpokenSentence:
        check_writing(marked.text, language, LANGUAGES)
        sentence = self._reader.read(marked, self._on_note)
        if not sentence.spoken_words():
            raise ScriptError(f"`{marked.text[:40]}` holds nothing that can be spoken; give a text to say")
        return sentence

    def spoken_phonemes(self, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each spoken word of a sentence with its phonemes, pauses left out: how `1984` or `read` was taken.

        Raises:
            ScriptError: as `phonemize`.
        """
        sentence = self.read(text)
        phonemes = self._item_phonemes(sentence)
        return tuple(
            (item.spoken, symbols) for item, symbols in zip(sentence.items, phonemes, strict=True) if item.written >= 0
        )

    def _item_phonemes(self, sentence: SpokenSentence) -> list[tuple[str, ...]]:
        """The phonemes of every item; a pause is its own symbol."""
        items = sentence.items
        context = Context([_token(item) for item in items])
        spoken = [self._item(item, context, place) for place, item in enumerate(items)]
        for place, item in enumerate(items):
            if (
                item.spoken in _IN_FULL
                and item.written >= 0
                and not item.symbols
                and not self._words.given(item.spoken)
            ):
                paused = items[place + 1].written < 0
                table = _IN_FULL if paused else _BEFORE_VOWEL if is_vowel(spoken[place + 1][0]) else _BEFORE_CONSONANT
                spoken[place] = table[item.spoken]
        return spoken

    def _item(self, item: Item, context: Context, place: int) -> tuple[str, ...]:
        if item.written < 0:
            return (item.spoken,)
        if item.symbols:
            return item.symbols
        given = self._words.given(fold_typography(item.shown or item.spoken))
        if given:
            return given
        known = self._words.pronunciations(item.spoken, self._on_note)
        if len(known) == 1 and item.spoken not in heteronyms():
            return known[0].symbols
        return choose_pronunciation(item.spoken, known, context, place)


def _breaks(items: tuple[Item, ...], phonemes: list[tuple[str, ...]]) -> frozenset[int]:
    """Places of the items that a pause without punctuation stands before: long stretches are parted."""
    found: set[int] = set()
    start = 0
    for place, item in enumerate(items):
        if item.written < 0:
            words = [word.spoken for word in items[start:place]]
            found.update(start + later for later in phrase_breaks(words, list(map(len, phonemes[start:place]))))
            start = place + 1
    return frozenset(found)


def _token(item: Item) -> str:
    return item.shown or item.spoken
