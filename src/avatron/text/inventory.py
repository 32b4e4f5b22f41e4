# ruff: noqa: SIM905 - lists of sounds read better as one string
"""The phonemes that avatron's voices speak: a frozen, versioned list of IPA symbols with its ARPAbet names.

General American English. Vowels come in three degrees of stress: unstressed, primary (`ˈ` before the vowel) and
secondary (`ˌ`). Pauses carry the punctuation that stands at their place. The order is the identity: `ids` index it,
trained models depend on it, and a change of any kind is a new version.
"""

from __future__ import annotations

from avatron.errors import PronunciationError

__all__ = """
    AFFRICATES ALVEOLARS ARPABET BILABIALS CONSONANTS DENTALS FRICATIVES GLIDES INVENTORY_VERSION LABIODENTALS
    LEAD_PAUSE LIQUIDS NASALS PADDING PAUSES ROUNDED SENTENCE_ENDS STOPS SYMBOLS SYMBOL_IDS VELARS VOICELESS VOWELS
    arpabet_to_symbol base_of is_pause is_vowel stress_of symbol_to_arpabet
    """.split()

INVENTORY_VERSION = 1

PADDING = "_"
LEAD_PAUSE = "|"
"""A pause without punctuation; every utterance begins with one."""
PAUSES: tuple[str, ...] = (LEAD_PAUSE, ",", ";", ".", "?", "!")
SENTENCE_ENDS: tuple[str, ...] = (".", "?", "!")

CONSONANTS: tuple[str, ...] = tuple("b tʃ d ð f ɡ h dʒ k l m n ŋ p ɹ s ʃ t θ v w j z ʒ".split())
VOWELS: tuple[str, ...] = tuple("ɑ æ ʌ ɔ aʊ aɪ ɛ ɝ eɪ ɪ i oʊ ɔɪ ʊ u".split())
"""As they are written under stress."""

STOPS = frozenset("b d ɡ p t k".split())
AFFRICATES = frozenset("tʃ dʒ".split())
FRICATIVES = frozenset("ð f h s ʃ θ v z ʒ".split())
NASALS = frozenset("m n ŋ".split())
LIQUIDS = frozenset("l ɹ".split())
GLIDES = frozenset("w j".split())
BILABIALS = frozenset("b m p".split())
"""The lips close completely."""
LABIODENTALS = frozenset("f v".split())
"""The lower lip touches the upper teeth."""
DENTALS = frozenset("ð θ".split())
"""The tongue shows between the teeth."""
ALVEOLARS = frozenset("d l n s t z".split())
VELARS = frozenset("ɡ k ŋ".split())
VOICELESS = frozenset("f h k p s ʃ t tʃ θ".split())
ROUNDED = frozenset("w ɹ ʃ ʒ tʃ dʒ ɔ aʊ ɝ oʊ ɔɪ ʊ u".split())
"""The lips are rounded or pushed forward, for a part of the sound at least."""

_REDUCED = {"ʌ": "ə", "ɝ": "ɚ"}
"""Vowels whose unstressed form has a letter of its own."""
_ARPABET_CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
_ARPABET_VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
_STRESS_MARKS = ("", "ˈ", "ˌ")


def _vowel_forms(vowel: str) -> tuple[str, str, str]:
    return _REDUCED.get(vowel, vowel), f"ˈ{vowel}", f"ˌ{vowel}"


SYMBOLS: tuple[str, ...] = (
    PADDING,
    *PAUSES,
    *CONSONANTS,
    *(form for vowel in VOWELS for form in _vowel_forms(vowel)),
)
"""All 76 symbols; a symbol's id is its place."""

SYMBOL_IDS: dict[str, int] = {symbol: index for index, symbol in enumerate(SYMBOLS)}

ARPABET: dict[str, str] = {
    **dict(zip(_ARPABET_CONSONANTS, CONSONANTS, strict=True)),
    **{
        f"{name}{stress}": form
        for name, vowel in zip(_ARPABET_VOWELS, VOWELS, strict=True)
        for stress, form in enumerate(_vowel_forms(vowel))
    },
}
"""ARPAbet name (vowels with their stress digit) to symbol."""

_NAMES = {symbol: name for name, symbol in ARPABET.items()}
_FULL = {reduced: vowel for vowel, reduced in _REDUCED.items()}


def arpabet_to_symbol(name: str) -> str:
    """The symbol of an ARPAbet name such as `HH` or `AH0`.

    Raises:
        PronunciationError: no such name.
    """
    if name not in ARPABET:
        raise PronunciationError(f"`{name}` is not an ARPAbet phoneme; vowels need a stress digit: `AH0`, `AE1`")
    return ARPABET[name]


def symbol_to_arpabet(symbol: str) -> str:
    """The ARPAbet name of a consonant or vowel.

    Raises:
        PronunciationError: a pause, the padding, or not a symbol of the inventory.
    """
    if symbol not in _NAMES:
        raise PronunciationError(f"`{symbol}` has no ARPAbet name")
    return _NAMES[symbol]


def stress_of(symbol: str) -> int:
    """0 unstressed (and all consonants and pauses), 1 primary, 2 secondary."""
    return _STRESS_MARKS.index(symbol[0]) if symbol[:1] in _STRESS_MARKS[1:] else 0


def base_of(symbol: str) -> str:
    """The symbol without its stress: one of `VOWELS`, `CONSONANTS`, `PAUSES`."""
    bare = symbol.lstrip("ˈˌ")
    return _FULL.get(bare, bare)


def is_vowel(symbol: str) -> bool:
    """Whether the symbol is a vowel, of any stress."""
    return base_of(symbol) in VOWELS


def is_pause(symbol: str) -> bool:
    """Whether the symbol is silence, with or without punctuation."""
    return symbol in PAUSES
