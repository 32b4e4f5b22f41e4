"""Phonemes of other languages through eSpeak NG, for voices that people train: the extra `languages` (GPL-3.0).

Every sound is mapped to the nearest of the inventory; what had no equal is told as a note. Words keep eSpeak's stress.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from avatron.core.speech import PhonemeSequence
from avatron.errors import MissingComponentError, ScriptError
from avatron.text.cleaning import clean_text
from avatron.text.inventory import LEAD_PAUSE, SENTENCE_ENDS, SYMBOL_IDS
from avatron.text.marked import MarkedText, SpeakingStyle
from avatron.text.marks import parse_marks
from avatron.text.notes import Note, NoteListener, ignore_note
from avatron.text.pronunciation import nearest_symbols
from avatron.text.prosody import emphasised, phoneme_marks
from avatron.text.userlexicon import UserLexicon
from avatron.text.writing import check_language

__all__ = ["EspeakFrontend"]

_PAUSES = {
    ",": ",", ";": ";", ":": ";", ".": ".", "!": "!", "?": "?", "\u2026": ".", "\u3002": ".", "\uff0c": ",",
    "\u3001": ",", "\uff01": "!", "\uff1f": "?", "\u061f": "?", "\u060c": ",", "\u0964": ".", "\u2014": ";",
}  # fmt: skip
_TRAILING = re.compile(r"[^\w]*$")


class EspeakFrontend:
    """Reads the hundred languages of eSpeak NG."""

    def __init__(self, lexicon: UserLexicon | None = None, on_note: NoteListener = ignore_note) -> None:
        """`lexicon` holds pronunciations of one's own, `on_note` hears remarks on the text.

        Raises:
            MissingComponentError: the extra is not installed.
        """
        self._backend_class = _backend_class()
        self._lexicon = lexicon or {}
        self._on_note = on_note
        self._backends: dict[str, Any] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The tags of eSpeak NG's voices, in lower case."""
        return tuple(sorted(self._backend_class.supported_languages()))

    def phonemize(self, text: str | MarkedText, language: str) -> PhonemeSequence:
        """The phonemes of one sentence, word by word.

        Raises:
            UnspeakableScriptError: eSpeak NG has no such language.
            ScriptError: nothing in it can be spoken.
        """
        check_language(language, self.languages)
        plain = text if isinstance(text, MarkedText) else parse_marks(clean_text(text, self._on_note), self._on_note)
        marked = plain.squeezed()
        given = {mark.start: mark.symbols for mark in marked.marked}
        said = {mark.start: mark.said for mark in marked.aliases}
        breaks = list(marked.breaks)
        symbols, word_index, styles = [LEAD_PAUSE], [-1], [SpeakingStyle()]
        pauses_s: dict[int, float] = {}
        words: list[str] = []

        def pause_until(place: int) -> None:
            """The pauses that the script asks for before `place`."""
            while breaks and breaks[0].place <= place:
                if word_index[-1] >= 0:
                    symbols.append(",")
                    word_index.append(-1)
                    styles.append(SpeakingStyle())
                last = len(symbols) - 1
                pauses_s[last] = pauses_s.get(last, 0) + breaks.pop(0).seconds

        for match in re.finditer(r"\S+", marked.text):
            word = match[0]
            pause_until(match.start())
            phonemes = given.get(match.start()) or self._word(said.get(match.start(), word), language.lower())
            if phonemes:
                style = marked.style_at(match.start())
                if style.emphasis in ("moderate", "strong"):
                    phonemes = emphasised(phonemes, "")
                symbols += phonemes
                styles += [style] * len(phonemes)
                word_index += [len(words)] * len(phonemes)
                words.append(word)
            elif words:
                words[-1] = f"{words[-1]} {word}"
            mark = next((_PAUSES[sign] for sign in _TRAILING.search(word)[0] if sign in _PAUSES), "")  # type: ignore[index]
            if mark and word_index[-1] >= 0:
                symbols.append(mark)
                word_index.append(-1)
                styles.append(SpeakingStyle())
        if not words:
            raise ScriptError(f"`{marked.text[:40]}` holds nothing that can be spoken; give a text to say")
        if word_index[-1] >= 0:
            symbols.append(".")
            word_index.append(-1)
            styles.append(SpeakingStyle())
        elif symbols[-1] not in SENTENCE_ENDS:
            symbols[-1] = "."
        pause_until(len(marked.text))
        ids = np.array([SYMBOL_IDS[symbol] for symbol in symbols], np.int64)
        marks = phoneme_marks(symbols, styles, pauses_s, (marked.starts, marked.ends))
        return PhonemeSequence(
            tuple(symbols), ids, np.array(word_index), tuple(words), marked.text, language.lower(), marks
        )

    def _word(self, word: str, language: str) -> tuple[str, ...]:
        bare = re.sub(r"^\W+|\W+$", "", word)
        if not bare:
            return ()
        known = self._lexicon.get(bare) or self._lexicon.get(bare.lower())
        if known:
            return known
        symbols, unknown = nearest_symbols(self._ipa(bare, language))
        for sound in unknown:
            self._on_note(
                Note("foreign", f"the sound `{sound}` of `{bare}` has no equal in the inventory and is left out")
            )
        return symbols

    def _ipa(self, word: str, language: str) -> str:
        backend = self._backends.get(language)
        if backend is None:
            backend = self._backend_class(language, with_stress=True, language_switch="remove-flags")
            self._backends[language] = backend
        return str(backend.phonemize([word], strip=True)[0])


@cache
def _backend_class() -> Any:
    try:
        import espeakng_loader
        from phonemizer.backend.espeak.wrapper import EspeakWrapper
    except ImportError as error:
        raise MissingComponentError(
            f'the frontend `espeak` needs an extra ({error.name} is missing): pip install "avatron[languages]"'
        ) from None
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    from phonemizer.backend import EspeakBackend

    return EspeakBackend
