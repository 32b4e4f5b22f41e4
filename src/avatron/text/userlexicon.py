"""A lexicon file of one's own: a word and its pronunciation in IPA or ARPAbet on each line.

# comments and blank lines are skipped
avatron <TAB> ˈævətɹɑn
Nguyen <TAB> {W IH1 N}
"""

from __future__ import annotations

from pathlib import Path

from avatron.errors import PronunciationError, UnreadableFileError
from avatron.text.pronunciation import parse_pronunciation

__all__ = ["UserLexicon", "read_user_lexicon"]

UserLexicon = dict[str, tuple[str, ...]]
"""Phonemes of a word; one written in lower case holds for every case."""

_MAXIMUM_BYTES = 20_000_000


def read_user_lexicon(path: Path | str) -> UserLexicon:
    """The words of a lexicon file.

    Raises:
        UnreadableFileError: missing, not readable, not UTF-8, or too large.
        PronunciationError: a line without a tab, a word twice, or a symbol outside the inventory; names file and line.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAXIMUM_BYTES:
            raise UnreadableFileError(
                f"the lexicon `{path}` has {path.stat().st_size} bytes, expected at most {_MAXIMUM_BYTES}"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(f"cannot read the lexicon `{path}`: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"the lexicon `{path}` is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    entries: UserLexicon = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, tab, written = line.partition("\t")
        word = word.strip()
        place = f"{path}:{number}"
        if not tab or not word or not written.strip():
            raise PronunciationError(f"{place}: `{line.strip()[:60]}` is not of the form WORD<TAB>PRONUNCIATION")
        if any(letter.isspace() for letter in word):
            raise PronunciationError(f"{place}: `{word[:40]}` holds a space; give each word a line of its own")
        if word in entries:
            raise PronunciationError(f"{place}: `{word}` is there already; keep one line for each word")
        try:
            entries[word] = parse_pronunciation(written)
        except PronunciationError as error:
            raise PronunciationError(f"{place}: {error}") from None
    return entries
