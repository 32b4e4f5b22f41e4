# ruff: noqa: SIM905 - tables of words read better as one string
"""E-mail addresses, web addresses, file paths, hashtags and @names."""

from __future__ import annotations

import re
from collections.abc import Callable

from avatron.text.english.numbers import decimal, digits
from avatron.text.english.reading import Reading, letters

__all__ = ["address_reader"]

_TOP = (
    r"com|org|net|edu|gov|mil|io|ai|co|uk|us|de|fr|eu|app|dev|info|biz|tv|me|ca|au|jp|cn|in|nl|es|it|ch|se|no|xyz|news"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(
    rf"(?:(https?|ftp)://|www\.)[^\s<>\"')\]]+|[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.(?:{_TOP})(?![\w])(?:/[^\s<>\"')\]]*)?"
)
_PATH = re.compile(r"(?:[A-Za-z]:\\|~?/|\.{1,2}/)[\w.~-]+(?:[\\/][\w.~-]+)*[\\/]?|[\w-]+(?:/[\w.-]+)+\.\w{1,5}(?!\w)")
_FILE = re.compile(
    r"[\w-]+\.(py|txt|pdf|jpg|jpeg|png|gif|mp3|mp4|wav|zip|csv|json|xml|html|css|js|ts|cpp|exe|doc|docx|xls|xlsx|md|toml|yaml|yml|srt|vtt|onnx|svg|sh)(?!\w)",
    re.IGNORECASE,
)
_HASHTAG = re.compile(r"#([^\W\d]\w*)")
_HANDLE = re.compile(r"@(\w+)")

_SYMBOLS = {
    "@": ("at",), ".": ("dot",), "/": ("slash",), "\\": ("backslash",), "-": ("dash",), "_": ("underscore",),
    ":": ("colon",),
    "~": ("tilde",), "+": ("plus",), "?": ("question", "mark"), "&": ("and",), "=": ("equals",), "#": ("hash",),
    "%": ("percent",),
}  # fmt: skip
_SPELLED = frozenset(
    """
        http https ftp www html php css js ts py txt pdf png jpg mp3 mp4 csv xml url id uk us eu tv io ai de fr ch api
        sql md cpp srt vtt usr src svg sh
        """.split()
)
_SAID = {
    "jpeg": ("J", "peg"), "json": ("jason",), "docx": ("dock", "X"), "exe": ("E", "X", "E"), "wav": ("wave",),
    "gif": ("gif",), "xlsx": ("X", "L", "S", "X"), "toml": ("tommel",), "yaml": ("yammel",), "onnx": ("onyx",),
    "etc": ("et", "cetera"), "lib": ("lib",), "tmp": ("temp",), "var": ("var",), "bin": ("bin",),
}  # fmt: skip


def address_reader(is_word: Callable[[str], bool]) -> Callable[[str, int], Reading | None]:
    """A rule for addresses; `is_word` says whether the lexicon has a word, others are spelled or split."""

    def read_address(text: str, place: int) -> Reading | None:
        for pattern in (_EMAIL, _URL, _PATH, _FILE):
            match = pattern.match(text, place)
            if match and not (pattern is _PATH and text[place] == "/" and text[place - 1 : place].isalnum()):
                written = match[0].rstrip(".,;:!?'\"")
                if pattern is _PATH and not _is_path(written):
                    continue
                return Reading(
                    place + len(written), _spoken(written.removeprefix("https://").removeprefix("http://"), is_word)
                )
        match = _HASHTAG.match(text, place)
        if match:
            return Reading(match.end(), ("hashtag", *_pieces(match[1], is_word)))
        match = _HANDLE.match(text, place)
        if match:
            return Reading(match.end(), ("at", *_pieces(match[1], is_word)))
        return None

    return read_address


def _is_path(written: str) -> bool:
    """`and/or` and `5/6` are no paths."""
    return written[0] in "/~.\\" or written[1:3] == ":\\" or bool(re.search(r"\.\w{1,5}$", written))


def _spoken(written: str, is_word: Callable[[str], bool]) -> tuple[str, ...]:
    words: tuple[str, ...] = ()
    for piece in re.findall(r"[^\W_]+|.", written.rstrip("/") or written):
        words = (*words, *(_SYMBOLS.get(piece) or (_pieces(piece, is_word) if piece.isalnum() else ())))
    return words


def _pieces(name: str, is_word: Callable[[str], bool]) -> tuple[str, ...]:
    """`HelloWorld2024` -> hello world twenty twenty four's digits; what is no word is split into words or spelled."""
    words: tuple[str, ...] = ()
    for piece in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|_", name):
        lower = piece.lower()
        if piece == "_":
            words = (*words, "underscore")
        elif piece.isdecimal():
            words = (*words, *(decimal(piece) if len(piece) <= 2 else digits(piece)))
        elif lower in _SAID:
            words = (*words, *_SAID[lower])
        elif lower in _SPELLED or len(lower) == 1:
            words = (*words, *letters(lower))
        elif is_word(lower) or (len(lower) > 3 and re.search(r"[aeiouy]", lower)):
            halves = () if is_word(lower) else _two_words(lower, is_word)
            words = (*words, *(halves or (lower,)))
        else:
            words = (*words, *letters(lower))
    return words


def _two_words(joined: str, is_word: Callable[[str], bool]) -> tuple[str, ...]:
    """`mywebsite` -> my website, where both halves are words."""
    for cut in range(len(joined) - 3, 1, -1):
        head, tail = joined[:cut], joined[cut:]
        if is_word(head) and is_word(tail):
            return head, tail
    return ()
