"""The shipped English lexicon: 120,000 words with their phonemes, searched in place.

The file is one zlib stream. Its first line says the format and the inventory's version; each following line is a word,
then, after tabs, its pronunciations: one letter for the role (`ROLES`), then one byte per phoneme. Lines are sorted by
their bytes, so that a word is found by bisection and loading costs one decompression and nothing else.
`tools/build_lexicon.py` writes it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from avatron.errors import DamagedModelError, NewerFormatError
from avatron.text.inventory import INVENTORY_VERSION, SYMBOLS

__all__ = ["LEXICON_FILE", "ROLES", "Lexicon", "Pronunciation", "decode_phonemes", "encode_phonemes", "shipped_lexicon"]

FORMAT_VERSION = 1
LEXICON_FILE = "lexicon.bin"
ROLES = {
    "-": "",
    "n": "noun",
    "v": "verb",
    "p": "past",
    "j": "adjective",
    "r": "adverb",
    "d": "determiner",
    "x": "other",
}
"""What a pronunciation is for, by its letter in the file; `-` is any use."""
_FIRST_CODE = 0x30
"""Phoneme codes are printable: the id in the inventory plus this."""


@dataclass(frozen=True)
class Pronunciation:
    """One way to say a word."""

    symbols: tuple[str, ...]
    role: str = ""
    """A value of `ROLES`; empty for any use."""


def encode_phonemes(symbols: tuple[str, ...]) -> bytes:
    """One byte per phoneme."""
    return bytes(SYMBOLS.index(symbol) + _FIRST_CODE for symbol in symbols)


def decode_phonemes(codes: bytes) -> tuple[str, ...]:
    """The inverse of `encode_phonemes`."""
    return tuple(SYMBOLS[code - _FIRST_CODE] for code in codes)


def header() -> bytes:
    """The first line of a lexicon file."""
    return f"avatron-lexicon {FORMAT_VERSION} inventory {INVENTORY_VERSION}".encode()


class Lexicon:
    """Words with their pronunciations; never changes."""

    def __init__(self, compressed: bytes) -> None:
        """Unpacks a lexicon file.

        Raises:
            DamagedModelError: not a lexicon, or cut short.
            NewerFormatError: written for another format or inventory.
        """
        try:
            self._lines = zlib.decompress(compressed)
        except zlib.error as error:
            raise DamagedModelError(f"the shipped lexicon is damaged ({error}); install avatron again") from None
        self._start = self._lines.find(b"\n") + 1
        found = self._lines[: self._start - 1]
        if found != header():
            raise NewerFormatError(
                f"the lexicon says `{found[:60].decode('ascii', 'replace')}`, expected `{header().decode()}`; "
                "install avatron again"
            )

    def __contains__(self, word: str) -> bool:
        return bool(self.pronunciations(word))

    def pronunciations(self, word: str) -> tuple[Pronunciation, ...]:
        """All pronunciations of a word in lower case, the commonest first; empty for an unknown word."""
        line = self._line(word.encode())
        if not line:
            return ()
        return tuple(Pronunciation(decode_phonemes(entry[1:]), ROLES[chr(entry[0])]) for entry in line.split(b"\t")[1:])

    def words(self) -> list[str]:
        """Every word, sorted by its bytes."""
        return [line.partition(b"\t")[0].decode() for line in self._lines[self._start :].splitlines()]

    def _line(self, word: bytes) -> bytes:
        """The line of the word, or nothing. Bisects over byte offsets: each probe is moved to its line's start."""
        lines = self._lines
        low, high = self._start, len(lines)
        while low < high:
            start = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = lines.find(b"\n", start)
            key = lines[start : lines.find(b"\t", start)]
            if key == word:
                return lines[start:end]
            if key < word:
                low = end + 1
            else:
                high = start
        return b""


@cache
def shipped_lexicon() -> Lexicon:
    """The lexicon of the package, loaded once."""
    return Lexicon(files("avatron").joinpath("data", "text", LEXICON_FILE).read_bytes())
