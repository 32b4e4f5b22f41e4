# ruff: noqa: SIM905 - tables of words read better as one string
"""Which writing system a text is in, and the refusal of what a voice cannot read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from avatron.errors import UnspeakableScriptError

__all__ = ["LATIN", "check_language", "check_writing", "writing_system"]

LATIN = "Latin"

_ASCII = re.compile(r"[\x00-\x7f]*")
_NAMES = {"CJK": "Han", "HANGUL": "Hangul", "HIRAGANA": "Hiragana", "KATAKANA": "Katakana", "FULLWIDTH": "Latin"}
_LANGUAGES = {
    "Cyrillic": "Russian, Ukrainian or a neighbour",
    "Han": "Chinese or Japanese",
    "Hiragana": "Japanese",
    "Katakana": "Japanese",
    "Hangul": "Korean",
    "Arabic": "Arabic, Persian or Urdu",
    "Hebrew": "Hebrew",
    "Devanagari": "Hindi, Marathi or Nepali",
    "Greek": "Greek",
    "Thai": "Thai",
    "Georgian": "Georgian",
    "Armenian": "Armenian",
    "Bengali": "Bengali",
    "Tamil": "Tamil",
    "Ethiopic": "Amharic or Tigrinya",
}
_NOT_SCRIPTS = frozenset(
    """
        FEMININE MASCULINE MICRO MODIFIER SUPERSCRIPT SUBSCRIPT DOUBLE-STRUCK SCRIPT BLACK-LETTER KELVIN ANGSTROM OHM
        EULER PLANCK INFORMATION TURNED ALEF BET GIMEL DALET
        """.split()
)
"""First words of the names of letters that are symbols."""
_LANGUAGE_NAMES = {
    "ar": "Arabic", "cs": "Czech", "de": "German", "en": "English", "en-gb": "British English",
    "en-us": "American English",
    "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian",
    "zh": "Chinese",
}  # fmt: skip


def writing_system(letter: str) -> str | None:
    """The system that a letter belongs to, e.g. `Latin`, `Cyrillic`, `Han`; None for what is no letter."""
    if not letter.isalpha():
        return None
    first = unicodedata.name(letter, "UNKNOWN").split()[0]
    if first in _NOT_SCRIPTS:
        return None
    return _NAMES.get(first, first.capitalize())


def check_writing(
    text: str, language: str, spoken: Iterable[str], readable: frozenset[str] = frozenset({LATIN})
) -> None:
    """Refuses a text with letters outside the `readable` systems. A lone Greek letter is a symbol, such as π.

    Raises:
        UnspeakableScriptError: names the writing system found, the place, and the languages of the voice.
    """
    if _ASCII.fullmatch(text):
        return
    for word in re.findall(r"[^\W\d_]+", text):
        for letter in word:
            system = writing_system(letter)
            if system is None or system in readable or (system == "Greek" and len(word) <= 2):
                continue
            likely = f" ({_LANGUAGES[system]})" if system in _LANGUAGES else ""
            raise UnspeakableScriptError(
                f"the script holds {system} text{likely}: `{word[:20]}`; the voice speaks "
                f"{', '.join(spoken)} and the script was to be read as {language}. "
                "Transliterate it, or use a voice of that language"
            )


def check_language(language: str, spoken: Iterable[str]) -> None:
    """Refuses a language that the voice does not list.

    Raises:
        UnspeakableScriptError: names the language asked for and those of the voice.
    """
    listed = tuple(spoken)
    if language.lower() not in listed:
        raise UnspeakableScriptError(
            f"the voice does not speak {language_name(language)}; it speaks {', '.join(map(language_name, listed))}. "
            "Use a voice of that language"
        )


def language_name(tag: str) -> str:
    """The tag with its English name where it is known: `de (German)`."""
    name = _LANGUAGE_NAMES.get(tag.lower()) or _LANGUAGE_NAMES.get(tag.lower().partition("-")[0])
    return f"`{tag}` ({name})" if name else f"`{tag[:20]}`"
