"""What a text frontend is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from avatron.core.speech import PhonemeSequence

__all__ = ["TextFrontend"]


@runtime_checkable
class TextFrontend(Protocol):
    """Turns written sentences into phonemes."""

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags in lower case that it reads."""
        ...

    def phonemize(self, text: str, language: str) -> PhonemeSequence:
        """The phonemes of one sentence: they begin with `|` and end with `.`, `?` or `!`.

        Raises:
            ScriptError: a text that cannot be spoken, or a language that is not listed.
        """
        ...
