"""Pronunciations that people write: IPA between slashes or ARPAbet between braces, as phonemes of the inventory.

/təˈmeɪtoʊ/            IPA; a stress mark stands before its syllable or before its vowel
{T AH0 M EY1 T OW2}    ARPAbet; vowels carry a stress digit
"""

from __future__ import annotations

import unicodedata

from avatron.errors import PronunciationError
from avatron.text.inventory import ARPABET, CONSONANTS, SYMBOL_IDS, VOWELS, base_of, is_vowel, stress_of

__all__ = ["MAXIMUM_PHONEMES", "nearest_symbols", "parse_arpabet", "parse_ipa", "parse_pronunciation"]

MAXIMUM_PHONEMES = 60
"""Phonemes that one pronunciation may have."""

_STRESS = {"ˈ": "ˈ", "'": "ˈ", "ˌ": "ˌ", ",": "ˌ"}
_IGNORED = frozenset("ː ˑ . ‿ ͡ ͜ ʰ ̩ ̯ ˞ ̃ ‍".replace(" ", "") + " ")
"""Length, syllable, tie and release marks: the inventory does not tell them apart."""
_SAME = {
    "g": ("ɡ",), "r": ("ɹ",), "ɾ": ("t",), "ɫ": ("l",), "ʔ": ("t",), "ʧ": ("tʃ",), "ʤ": ("dʒ",), "ʍ": ("w",),
    "o": ("oʊ",), "e": ("eɪ",), "a": ("ɑ",), "ɐ": ("ʌ",), "ɜ": ("ɝ",), "ɒ": ("ɑ",), "ɨ": ("ɪ",), "ʉ": ("u",),
    "əʊ": ("oʊ",), "eə": ("ɛ", "ɹ"), "ɪə": ("ɪ", "ɹ"), "ʊə": ("ʊ", "ɹ"), "ᵻ": ("ɪ",), "ɵ": ("ə",), "ʌɪ": ("aɪ",),
}  # fmt: skip
"""Other common ways to write the sounds of English, taken without a remark."""
_NEAREST = {
    "x": ("k",), "χ": ("k",), "ç": ("h",), "ɣ": ("ɡ",), "ʁ": ("ɹ",), "ʀ": ("ɹ",), "ɲ": ("n", "j"), "ʎ": ("l", "j"),
    "β": ("v",), "ɸ": ("f",), "y": ("u",), "ʏ": ("ʊ",), "ø": ("ɝ",), "œ": ("ɝ",), "ɯ": ("u",), "ɤ": ("ʌ",),
    "ɬ": ("ʃ", "l"), "ɕ": ("ʃ",), "ʑ": ("ʒ",), "ʂ": ("ʃ",), "ʐ": ("ʒ",), "c": ("k",), "ɟ": ("ɡ",), "q": ("k",),
    "ʋ": ("v",), "ħ": ("h",), "ɦ": ("h",), "ʕ": ("ɑ",), "ɭ": ("l",), "ɳ": ("n",), "ʈ": ("t",), "ɖ": ("d",),
    "ɶ": ("æ",), "ɻ": ("ɹ",), "ɰ": ("w",), "ɥ": ("w",), "ʙ": ("b", "ɹ"),
}  # fmt: skip
"""Sounds that English lacks, with its nearest ones."""

_UNSTRESSED = (*VOWELS, "ə", "ɚ")
_KNOWN: dict[str, tuple[str, ...]] = {
    **{symbol: (symbol,) for symbol in (*CONSONANTS, *_UNSTRESSED)},
    **_SAME,
}
_STRONG = {"ə": "ʌ", "ɚ": "ɝ"}
_WEAK = {strong: weak for weak, strong in _STRONG.items()}


def parse_pronunciation(written: str) -> tuple[str, ...]:
    """The phonemes of `/IPA/`, `{ARPAbet}`, or either without its marks.

    Raises:
        PronunciationError: a symbol that the inventory lacks, no vowel, or too long.
    """
    text = written.strip()
    if text.startswith("{") and text.endswith("}"):
        return parse_arpabet(text[1:-1])
    if text.startswith("/") and text.endswith("/") and len(text) > 1:
        return parse_ipa(text[1:-1])
    if text and all(name in ARPABET or name.rstrip("012") in _ARPABET_BASES for name in text.split()):
        return parse_arpabet(text)
    return parse_ipa(text)


def parse_arpabet(names: str) -> tuple[str, ...]:
    """The phonemes of ARPAbet names that are separated by spaces.

    Raises:
        PronunciationError: a name that is not ARPAbet, no vowel, or too long.
    """
    symbols = []
    for name in names.split():
        if name.upper() not in ARPABET:
            hint = "vowels need a stress digit, as in `AH0`" if name.upper() in _ARPABET_BASES else "use e.g. `AE1 V`"
            raise PronunciationError(f"`{name[:20]}` in `{{{names[:60]}}}` is not an ARPAbet phoneme; {hint}")
        symbols.append(ARPABET[name.upper()])
    return _checked(tuple(symbols), names)


def parse_ipa(ipa: str) -> tuple[str, ...]:
    """The phonemes of General American IPA; a stress mark holds for the next vowel.

    Raises:
        PronunciationError: a symbol that the inventory lacks, no vowel, or too long.
    """
    symbols, unknown = _convert(ipa, _KNOWN)
    if unknown:
        near = _NEAREST.get(unknown[0])
        hint = f"the nearest is `{''.join(near)}`" if near else f"known: {' '.join((*CONSONANTS, *_UNSTRESSED))} ˈ ˌ"
        raise PronunciationError(f"`{unknown[0]}` in `/{ipa[:60]}/` is not in the phoneme inventory; {hint}")
    return _checked(symbols, ipa)


def nearest_symbols(ipa: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(phonemes, what had no equal): foreign IPA with each sound replaced by the nearest of the inventory."""
    return _convert(ipa, {**_KNOWN, **_NEAREST})


def _convert(ipa: str, table: dict[str, tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # NFC would turn `ç` from `c` + cedilla, and NFD would take its cedilla away: compose only.
    text = unicodedata.normalize("NFC", ipa)
    text = "".join(letter for letter in text if letter not in _IGNORED)
    symbols: list[str] = []
    unknown: list[str] = []
    stress = ""
    place = 0
    while place < len(text):
        if text[place] in _STRESS:
            stress = _STRESS[text[place]]
            place += 1
            continue
        length = 2 if text[place : place + 2] in table else 1
        piece = text[place : place + length]
        place += length
        if piece not in table:
            unknown.append(piece)
            continue
        for base in table[piece]:
            symbol = base
            if base in _UNSTRESSED:
                symbol = f"{stress}{_STRONG.get(base, base)}" if stress else _WEAK.get(base, base)
                stress = ""
            symbols.append(symbol)
    return tuple(symbols), tuple(unknown)


def _checked(symbols: tuple[str, ...], written: str) -> tuple[str, ...]:
    if not any(is_vowel(symbol) for symbol in symbols):
        raise PronunciationError(
            f"the pronunciation `{written[:60]}` has no vowel; write e.g. `/ˈeɪvə/` or `{{EY1 V AH0}}`"
        )
    if len(symbols) > MAXIMUM_PHONEMES:
        raise PronunciationError(f"a pronunciation has {len(symbols)} phonemes, expected at most {MAXIMUM_PHONEMES}")
    assert all(symbol in SYMBOL_IDS and stress_of(symbol) in (0, 1, 2) and base_of(symbol) for symbol in symbols)
    return symbols


_ARPABET_BASES = frozenset(name.rstrip("012") for name in ARPABET)
