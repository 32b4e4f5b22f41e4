"""The text frontends by name, and the one for a language."""

from __future__ import annotations

from collections.abc import Iterable

from avatron.core.registry import Registry
from avatron.text.notes import NoteListener, ignore_note
from avatron.text.protocol import TextFrontend
from avatron.text.userlexicon import UserLexicon
from avatron.text.writing import check_language

__all__ = ["DEFAULT_FRONTEND", "FRONTENDS", "frontend_for"]

DEFAULT_FRONTEND = "english"

FRONTENDS: Registry[type[TextFrontend]] = Registry(
    "frontend",
    {
        "english": "avatron.text.english.frontend:EnglishFrontend",
        "espeak": "avatron.text.espeak:EspeakFrontend",
    },
)
"""Classes that are made with (lexicon, on_note); other packages add theirs under `avatron.frontend`."""


def frontend_for(
    language: str,
    voice_languages: Iterable[str],
    *,
    name: str = DEFAULT_FRONTEND,
    lexicon: UserLexicon | None = None,
    on_note: NoteListener = ignore_note,
) -> TextFrontend:
    """The frontend that a voice names, after a check that the voice speaks the language.

    Raises:
        UnspeakableScriptError: the voice does not list the language.
        UnknownNameError: no frontend of that name.
        MissingComponentError: the frontend needs an extra that is not installed.
    """
    check_language(language, voice_languages)
    maker: type = FRONTENDS.get(name)
    frontend: TextFrontend = maker(lexicon, on_note)
    return frontend
