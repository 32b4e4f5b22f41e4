"""The inventory and the lexicon: frozen, consistent, complete."""

from __future__ import annotations

import hashlib
import zlib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatron.errors import DamagedModelError, NewerFormatError, PronunciationError
from avatron.text import inventory
from avatron.text.inventory import (
    ARPABET,
    PAUSES,
    SYMBOL_IDS,
    SYMBOLS,
    arpabet_to_symbol,
    base_of,
    is_pause,
    is_vowel,
    stress_of,
)
from avatron.text.lexicon import LEXICON_FILE, Lexicon, decode_phonemes, encode_phonemes, shipped_lexicon
from avatron.text.pronunciation import parse_arpabet, parse_ipa

VERSION_1 = "56eb84bd9e0de4ba"


def test_version_1_of_the_inventory_is_frozen() -> None:
    assert inventory.INVENTORY_VERSION == 1
    assert len(SYMBOLS) == 76
    assert hashlib.sha256(" ".join(SYMBOLS).encode()).hexdigest()[:16] == VERSION_1


def test_arpabet_and_symbols_are_one_to_one() -> None:
    assert len(ARPABET) == len(set(ARPABET.values())) == 76 - 1 - len(PAUSES)
    for name, symbol in ARPABET.items():
        assert inventory.symbol_to_arpabet(symbol) == name
        assert arpabet_to_symbol(name) == symbol
    for name in ("AH", "XX", "ah0", ""):
        with pytest.raises(PronunciationError):
            arpabet_to_symbol(name)


def test_every_symbol_has_one_class() -> None:
    for symbol in SYMBOLS[1:]:
        manners = (
            is_pause(symbol), is_vowel(symbol), symbol in inventory.STOPS, symbol in inventory.AFFRICATES,
            symbol in inventory.FRICATIVES, symbol in inventory.NASALS, symbol in inventory.LIQUIDS,
            symbol in inventory.GLIDES,
        )  # fmt: skip
        assert sum(manners) == 1, symbol
    assert (base_of("ə"), base_of("ˈʌ"), base_of("ɚ"), stress_of("ˌoʊ"), stress_of("ə")) == ("ʌ", "ʌ", "ɝ", 2, 0)


@given(st.lists(st.sampled_from(sorted(ARPABET)), min_size=1, max_size=20))
def test_ipa_and_arpabet_say_the_same(names: list[str]) -> None:
    symbols = tuple(ARPABET[name] for name in names)
    if any(map(is_vowel, symbols)):
        assert parse_arpabet(" ".join(names)) == symbols
    assert decode_phonemes(encode_phonemes(symbols)) == symbols


def test_other_ways_to_write_english_ipa_are_understood() -> None:
    assert parse_ipa("ˈt͡ʃiːz") == parse_ipa("tʃˈiz")
    assert parse_ipa("ˈrɛd") == parse_ipa("ɹˈɛd")
    assert parse_ipa("ˈgəʊ") == parse_ipa("ɡˈoʊ")
    with pytest.raises(PronunciationError, match="nearest is `k`"):
        parse_ipa("lɑx")


def test_every_word_of_the_lexicon_is_found_and_can_be_said() -> None:
    lexicon = shipped_lexicon()
    words = lexicon.words()
    assert len(words) > 120_000
    assert words == sorted(words, key=str.encode)
    for word in words[::97]:
        for pronunciation in lexicon.pronunciations(word):
            assert any(map(is_vowel, pronunciation.symbols)), word
            assert all(symbol in SYMBOL_IDS and not is_pause(symbol) for symbol in pronunciation.symbols)
    for missing in ("", "zzzzzz", "aaaaaaaa", "a\t", "\n", "e\n"):
        assert not lexicon.pronunciations(missing)


def test_a_damaged_lexicon_is_refused() -> None:
    data = files("avatron").joinpath("data", "text", LEXICON_FILE).read_bytes()
    assert len(data) < 3_000_000
    with pytest.raises(DamagedModelError):
        Lexicon(data[:-100])
    with pytest.raises(NewerFormatError, match="avatron-lexicon 1"):
        Lexicon(zlib.compress(b"avatron-lexicon 2 inventory 1\na\t-0\n"))
