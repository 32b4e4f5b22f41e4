"""What a text frontend is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from avatron.core.speech import PhonemeSequence
from avatron.text.marked import MarkedText

__all__ = ["TextFrontend"]


@runtime_checkable
class TextFrontend(Protocol):
    """Turns written sentences into phonemes."""

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags in lower case that it reads."""
        ...

    def phonemize(self, text: str | MarkedText, language: str) -> PhonemeSequence:
        """The phonemes of one sentence: they begin with `|` and end with `.`, `?` or `!`.

        A plain `text` is searched for marks first; a `MarkedText` has been.

        Raises:
            ScriptError: a text that cannot be spoken, or a language that is not listed.
        """
        ...
