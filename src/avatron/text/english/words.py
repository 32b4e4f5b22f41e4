# ruff: noqa: SIM905 - tables of words read better as one string
"""The phonemes of one word: from the user's lexicon, ours, its parts, or a guess; and the names of letters."""

from __future__ import annotations

import re
import unicodedata

from avatron.text.cleaning import strip_accents
from avatron.text.english.g2p import guess_phonemes
from avatron.text.inventory import VOICELESS, base_of
from avatron.text.lexicon import Lexicon, Pronunciation
from avatron.text.notes import Note, NoteListener
from avatron.text.pronunciation import parse_ipa
from avatron.text.userlexicon import UserLexicon

__all__ = ["LETTER_NAMES", "WordPhonemes"]

LETTER_NAMES: dict[str, tuple[str, ...]] = {
    letter: parse_ipa(ipa)
    for letter, ipa in zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        """
            ˈeɪ bˈi sˈi dˈi ˈi ˈɛf dʒˈi ˈeɪtʃ ˈaɪ dʒˈeɪ kˈeɪ ˈɛl ˈɛm ˈɛn ˈoʊ pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi dˈʌbəlju
            ˈɛks wˈaɪ zˈi
            """.split(),
        strict=True,
    )
}

_SIBILANTS = frozenset(["s", "z", "ʃ", "ʒ", "tʃ", "dʒ"])
_RESPELLED = {
    "ä": "e", "ö": "er", "ü": "u", "ß": "ss", "æ": "a", "ø": "er", "å": "o", "ñ": "ny", "ç": "s", "ł": "w",
    "ř": "rzh", "š": "sh",
    "č": "ch", "ć": "ch", "ž": "zh", "ź": "zh", "ż": "zh", "ś": "sh", "ş": "sh", "ș": "sh", "ţ": "ts", "ț": "ts",
    "ğ": "g",
    "ı": "i", "ő": "er", "ű": "u", "ð": "th", "þ": "th", "œ": "er", "đ": "d", "ŋ": "ng", "ę": "en", "ą": "on",
    "ã": "an", "õ": "on",
    "ě": "ye", "ý": "i", "é": "ay", "è": "e", "ê": "e", "ë": "e", "ň": "ny", "ń": "ny", "ď": "d", "ť": "t",
    "ů": "oo", "û": "oo", "ú": "oo",
}  # fmt: skip
"""Foreign letters as English would write their sound."""
_ENDINGS = (
    ("ies", "y", "z"), ("ied", "y", "d"), ("s", "", "z"), ("ed", "", "d"), ("ed", "e", "d"), ("ing", "", "ɪŋ"),
    ("ing", "e", "ɪŋ"), ("in'", "", "ɪn"), ("ly", "", "li"), ("ness", "", "nəs"), ("less", "", "ləs"),
    ("er", "", "ɚ"), ("er", "e", "ɚ"), ("like", "", "laɪk"), ("ers", "", "ɚz"), ("ers", "e", "ɚz"),
    ("able", "", "əbəl"), ("ish", "", "ɪʃ"), ("ful", "", "fəl"), ("wise", "", "waɪz"),
)  # fmt: skip
"""(ending, what the stem had instead, its phonemes)."""
_PREFIXES = {
    "un": "ʌn", "re": "ɹi", "non": "nɑn", "pre": "pɹi", "mis": "mɪs", "over": "oʊvɚ", "anti": "ænti",
    "micro": "maɪkɹoʊ", "multi": "mʌlti", "super": "supɚ", "inter": "ɪntɚ", "sub": "sʌb", "auto": "ɔtoʊ",
    "mini": "mɪni", "mega": "mɛɡə", "co": "koʊ",
}  # fmt: skip
_SHORTEST_STEM = 3
_SHORTEST_HALF = 4


class WordPhonemes:
    """Knows or guesses every word; keeps what it has found."""

    def __init__(self, lexicon: Lexicon, user: UserLexicon) -> None:
        """`user` goes before the lexicon."""
        self._lexicon = lexicon
        self._user = user
        self._found: dict[str, tuple[Pronunciation, ...]] = {}

    def is_word(self, word: str) -> bool:
        """Whether a lexicon has the word, given in lower case."""
        return word in self._user or bool(self._lexicon.pronunciations(word))

    def given(self, shown: str) -> tuple[str, ...]:
        """The user's phonemes of a word as written, or in lower case."""
        return self._user.get(shown) or self._user.get(shown.lower()) or ()

    def pronunciations(self, word: str, on_note: NoteListener) -> tuple[Pronunciation, ...]:
        """All ways to say the word, at least one for whatever holds a letter.

        A capital is the name of a letter, with `'s` its possessive or plural. Foreign letters are noted, each time.
        """
        found = self._found.get(word)
        if found is None:
            found = self._find(word)
            if len(self._found) < _CACHED_WORDS:
                self._found[word] = found
        if not word.isascii() and not self._lexicon.pronunciations(word):
            on_note(
                Note("foreign", f"`{word}` is said with the nearest English sounds; `[{word}](/.../)` gives others")
            )
        return found

    def _find(self, word: str) -> tuple[Pronunciation, ...]:
        letter, _, ending = word.partition("'")
        if letter in LETTER_NAMES:
            symbols = LETTER_NAMES[letter]
            return (Pronunciation((*symbols, *_plural_ending(symbols)) if ending else symbols),)
        known = self._lexicon.pronunciations(word)
        if known:
            return known
        symbols = self._parts(word) or self._accented(word) or self._guess(word)
        return (Pronunciation(symbols),)

    def _first(self, word: str) -> tuple[str, ...]:
        known = self._user.get(word)
        if known:
            return known
        found = self._lexicon.pronunciations(word)
        return found[0].symbols if found else ()

    def _parts(self, word: str) -> tuple[str, ...]:
        """A word made of known ones: possessives, endings, prefixes, compounds."""
        for mark in ("'s", "s'", "'"):
            stem = word.removesuffix(mark)
            if stem != word and len(stem) > 1:
                base = self._first(stem) or self._first(stem + "s" if mark == "s'" else stem) or self._plain(stem)
                if base:
                    return (*base, *_plural_ending(base)) if mark != "'" or not base else base
        return self._plain(word)

    def _plain(self, word: str) -> tuple[str, ...]:
        for ending, instead, sounds in _ENDINGS:
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < _SHORTEST_STEM:
                continue
            doubled = stem[:-1] if stem[-1] == stem[-2] and not instead else ""
            base = self._first(stem + instead) or (self._first(doubled) if len(doubled) >= _SHORTEST_STEM else ())
            if base:
                if sounds == "z":
                    return (*base, *_plural_ending(base))
                return (*base, *(_past_ending(base) if sounds == "d" else _unstressed(sounds)))
        for prefix, sounds in _PREFIXES.items():
            stem = word.removeprefix(prefix)
            if stem != word and len(stem) >= _SHORTEST_HALF and (base := self._first(stem)):
                return (*_unstressed(sounds), *base)
        for cut in range(len(word) - _SHORTEST_HALF, _SHORTEST_HALF - 1, -1):
            head, tail = self._first(word[:cut]), self._first(word[cut:])
            if head and tail:
                return (*head, *(symbol.replace("ˈ", "ˌ") for symbol in tail))
        return ()

    def _accented(self, word: str) -> tuple[str, ...]:
        bare = strip_accents(word)
        return (self._first(bare) or self._parts(bare)) if bare != word else ()

    def _guess(self, word: str) -> tuple[str, ...]:
        plain = "".join(_english_letters(letter) for letter in word.lower())
        symbols = guess_phonemes(plain) if plain and len(plain) <= _LONGEST_GUESS else ()
        if symbols:
            return symbols
        spelled = tuple(symbol for letter in plain.upper() for symbol in LETTER_NAMES[letter])
        # A phonetic sign with no letter in it is at least not silent.
        return spelled or ("ə",)


def _english_letters(letter: str) -> str:
    """The letters that English would write for one letter; empty for what is none."""
    written = _RESPELLED.get(letter) or strip_accents(letter)
    if not written.isascii():
        # `ɫ` is LATIN SMALL LETTER L WITH MIDDLE TILDE: an l.
        base = re.match(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z])\b", unicodedata.name(letter, ""))
        written = base[1].lower() if base else ""
    return re.sub(r"[^a-z]", "", written)


_CACHED_WORDS = 50_000
_LONGEST_GUESS = 60


def _unstressed(ipa: str) -> tuple[str, ...]:
    return parse_ipa(ipa)


def _plural_ending(symbols: tuple[str, ...]) -> tuple[str, ...]:
    last = base_of(symbols[-1])
    if last in _SIBILANTS:
        return ("ɪ", "z")
    return ("s",) if last in VOICELESS else ("z",)


def _past_ending(symbols: tuple[str, ...]) -> tuple[str, ...]:
    last = base_of(symbols[-1])
    if last in ("t", "d"):
        return ("ɪ", "d")
    return ("t",) if last in VOICELESS else ("d",)
