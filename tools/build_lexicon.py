"""Write `src/avatron/data/text/lexicon.bin` from gruut's English lexicon (MIT) and our own additions.

    python tools/build_lexicon.py

Needs gruut_lang_en, which every installation has. `additions.tsv` beside the output holds words of our own and
corrections: they replace what gruut says of the same word.
"""

from __future__ import annotations

import sqlite3
import sys
import zlib
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

from avatron.text.lexicon import LEXICON_FILE, ROLES, Pronunciation, encode_phonemes, header
from avatron.text.pronunciation import parse_ipa

DATA = Path(__file__).parents[1] / "src" / "avatron" / "data" / "text"
GRUUT_ROLES = {
    "NN": "noun", "VB": "verb", "VBD": "past", "JJ": "adjective", "RB": "adverb",
    "DT": "determiner", "PRP": "determiner", "IN": "other", "CD": "other", "": "",
}  # fmt: skip
LETTER_OF = {role: letter for letter, role in ROLES.items()}
MAXIMUM_BYTES = 3_000_000

Entries = dict[str, list[Pronunciation]]


def gruut_entries() -> Entries:
    """gruut's words; of those without roles only the first pronunciation."""
    spec = find_spec("gruut_lang_en")
    if spec is None or spec.origin is None:
        sys.exit("gruut_lang_en is not installed: pip install gruut")
    database = sqlite3.connect(Path(spec.origin).with_name("lexicon.db"))
    entries: Entries = defaultdict(list)
    for word, phonemes, role in database.execute(
        "select word, phonemes, role from word_phonemes order by word, pron_order"
    ):
        tag = role.removeprefix("gruut:")
        if tag == "letter":
            continue
        use = GRUUT_ROLES[tag]
        known = entries[word]
        if (known and not use) or any(entry.role == use for entry in known):
            continue
        symbols = parse_ipa(phonemes.replace(" ", ""))
        if not any(entry.symbols == symbols for entry in known):
            known.append(Pronunciation(symbols, use))
    return entries


def added_entries(path: Path) -> Entries:
    """Our own words: `word<TAB>role or -<TAB>IPA`, `#` comments."""
    entries: Entries = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            word, role, ipa = line.split("\t")
            entries[word].append(Pronunciation(parse_ipa(ipa), "" if role == "-" else role))
    return entries


def main() -> None:
    entries = {**gruut_entries(), **added_entries(DATA / "additions.tsv")}
    lines = []
    for word, pronunciations in entries.items():
        if len(pronunciations) == 1:
            pronunciations = [Pronunciation(pronunciations[0].symbols)]
        fields = [LETTER_OF[entry.role].encode() + encode_phonemes(entry.symbols) for entry in pronunciations]
        lines.append(b"\t".join([word.encode(), *fields]))
    # Sorted by the word alone: a tab sorts before every letter, but not before what may follow one.
    lines.sort(key=lambda line: line.partition(b"\t")[0])
    compressed = zlib.compress(b"\n".join([header(), *lines, b""]), 9)
    assert len(compressed) <= MAXIMUM_BYTES
    (DATA / LEXICON_FILE).write_bytes(compressed)
    print(f"{len(lines)} words, {len(compressed)} bytes")


if __name__ == "__main__":
    main()
