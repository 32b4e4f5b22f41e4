"""Every error that avatron raises on purpose.

    AvatronError
    ├── UsageError                     the request itself cannot be carried out; exit code 2
    │   ├── InvalidValueError          a number, size, colour or option out of range
    │   ├── ScriptError                the text cannot be spoken
    │   │   ├── UnspeakableScriptError written in a script or language the voice does not list
    │   │   ├── PronunciationError     a pronunciation that is not in the phoneme inventory
    │   │   └── MarkError              a mark in the script that is unknown, unbalanced or out of range
    │   ├── ConsentError               what is asked for is not covered by the person's consent
    │   │   ├── MissingConsentError    there is no record, or it lacks a field
    │   │   ├── ForeignConsentError    the record is of another video or speaker, or its signature does not fit
    │   │   ├── ExpiredConsentError    the record was valid until a day that has passed
    │   │   └── ForbiddenUseError      the record's scope leaves this use out
    │   ├── UnknownNameError           no voice, avatar, animator, renderer ... of that name
    │   └── OutputExistsError          the output is there already
    ├── InputError                     a file that was given cannot be used
    │   ├── UnreadableFileError        missing, not readable, or not what its name says
    │   └── DamagedModelError          a model, voice, avatar or replica folder that fails its checks
    │       ├── NewerFormatError       written by a newer avatron
    │       └── EmbeddingSpaceError    an animator and a voice of different embedding spaces
    ├── OutputError                    the result cannot be written: folder, permission, disk full
    ├── MissingComponentError          an optional part is not installed (codec, extra, asset)
    └── ShapeError                     an array of the wrong rank, length or type (also a ValueError)

A message is one line: what failed, the value, what was expected, and the next step. Nothing is substituted
silently: a request that cannot be met is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "AvatronError",
    "ConsentError",
    "DamagedModelError",
    "EmbeddingSpaceError",
    "ExpiredConsentError",
    "ForbiddenUseError",
    "ForeignConsentError",
    "InputError",
    "InvalidValueError",
    "MarkError",
    "MissingComponentError",
    "MissingConsentError",
    "NewerFormatError",
    "OutputError",
    "OutputExistsError",
    "PronunciationError",
    "ScriptError",
    "ShapeError",
    "UnknownNameError",
    "UnreadableFileError",
    "UnspeakableScriptError",
    "UsageError",
]


class AvatronError(Exception):
    """The root: `except AvatronError` catches all that avatron raises on purpose."""

    exit_code = 1
    """What the command line exits with when this error ends a run."""


class UsageError(AvatronError):
    """The request itself cannot be carried out, whatever the state of the machine."""

    exit_code = 2


class InvalidValueError(UsageError, ValueError):
    """A number, size, colour or option outside what is possible."""


class ScriptError(UsageError):
    """The text cannot be spoken."""


class UnspeakableScriptError(ScriptError):
    """The text is in a writing system or language that the voice does not list."""


class PronunciationError(ScriptError):
    """A user's pronunciation holds a symbol that is not in the phoneme inventory."""


class MarkError(ScriptError):
    """A mark in the script (a pause, an emphasis, a tag of SSML) is unknown, unbalanced or out of range."""


class ConsentError(UsageError):
    """What is asked for is not covered by the consent of the person whose replica it is."""


class MissingConsentError(ConsentError):
    """There is no consent record, or it lacks a field or holds one that means nothing."""


class ForeignConsentError(ConsentError):
    """A consent record is of another video or speaker, or was changed after it was signed."""


class ExpiredConsentError(ConsentError):
    """A consent record was valid until a day that has passed."""


class ForbiddenUseError(ConsentError):
    """The scope of a consent record leaves this use out."""


class UnknownNameError(UsageError, LookupError):
    """No entry of that name; the message lists the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        listed = ", ".join(sorted(known)) or "none"
        super().__init__(f"unknown {kind} `{name}`; known: {listed}{'. ' + hint if hint else ''}")
        self.kind = kind
        self.name = name


class OutputExistsError(UsageError, FileExistsError):
    """The output is there already and overwriting was not asked for."""


class InputError(AvatronError):
    """A file that was given cannot be used."""


class UnreadableFileError(InputError):
    """A file is missing, not readable, or not what its name says."""


class DamagedModelError(InputError):
    """A model, voice, avatar or replica folder fails its checks."""


class NewerFormatError(DamagedModelError):
    """A folder was written by a newer version of avatron."""


class EmbeddingSpaceError(DamagedModelError):
    """An animator was trained on another text-embedding space than the voice's."""


class OutputError(AvatronError):
    """The result cannot be written."""


class MissingComponentError(AvatronError):
    """An optional part (codec, extra, asset) is not installed; the message says how to get it."""


class ShapeError(AvatronError, ValueError):
    """An array has the wrong rank, length or type."""
