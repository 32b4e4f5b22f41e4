"""The key of a listening test: which system each film is by. It stays with who asks; listeners never see it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from avatron.errors import DamagedModelError, NewerFormatError, UnreadableFileError
from avatron.io.atomic import write_file

__all__ = ["EARLY_SOUND", "KEY_FILE", "ListeningKey", "Stimulus", "read_key", "write_key"]

KEY_FILE = "key.json"
EARLY_SOUND = "early sound"
"""Name of the low anchor among the systems."""
_FORMAT, _VERSION = "avatron-listening-key", 1


@dataclass(frozen=True)
class Stimulus:
    """One film that listeners answer for."""

    id: str
    system: str | None
    """None of a check."""
    sentence: str | None
    """None of a check."""
    expected: int | None
    """The answer that a check asks for; None of a film that is judged."""


@dataclass(frozen=True)
class ListeningKey:
    """What the answers to one test mean."""

    test: str
    """Name of the test, which every file of answers bears."""
    kind: str
    title: str
    systems: tuple[str, ...]
    sentences: tuple[str, ...]
    reference: str | None
    stimuli: tuple[Stimulus, ...]
    plans: tuple[tuple[int, ...], ...]
    """Places in `stimuli` that each listener answers for."""
    pitch_at: tuple[int, ...]
    """Which of the noises has a pitch, in each trial of the headphone test; empty without one."""
    seed: int


def write_key(key: ListeningKey, folder: Path) -> Path:
    """Writes `key.json` into the folder of a test.

    Raises:
        OutputError: it cannot be written.
    """
    document = {"format": _FORMAT, "format_version": _VERSION, **asdict(key)}
    return write_file(folder / KEY_FILE, json.dumps(document, ensure_ascii=False) + "\n", overwrite=True)


def read_key(folder: Path) -> ListeningKey:
    """The key in the folder of a test.

    Raises:
        UnreadableFileError: no such file, or not readable.
        NewerFormatError: written by a newer avatron.
        DamagedModelError: not a key.
    """
    path = folder / KEY_FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableFileError(
            f"`{folder}` has no `{KEY_FILE}`; expected a folder that `avatron bench listen build` made"
        ) from None
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    except ValueError as error:
        raise DamagedModelError(f"`{path}` is damaged: {error}; build the test again with the same seed") from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise DamagedModelError(f"`{path}` is no key of a listening test")
    if not isinstance(document.get("format_version"), int) or document["format_version"] > _VERSION:
        raise NewerFormatError(
            f"`{path}` has the format version {document.get('format_version')}, this avatron reads up to {_VERSION}; "
            "install a newer one"
        )
    try:
        return _key_of(document)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DamagedModelError(f"`{path}` is damaged ({error!r}); build the test again with the same seed") from error


def _key_of(document: dict[str, Any]) -> ListeningKey:
    stimuli = tuple(Stimulus(**row) for row in document["stimuli"])
    plans = tuple(tuple(int(place) for place in plan) for plan in document["plans"])
    if not plans or any(not 0 <= place < len(stimuli) for plan in plans for place in plan):
        raise ValueError("a plan names a film that is not there")
    return ListeningKey(
        str(document["test"]),
        str(document["kind"]),
        str(document["title"]),
        tuple(document["systems"]),
        tuple(document["sentences"]),
        document["reference"],
        stimuli,
        plans,
        tuple(document["pitch_at"]),
        int(document["seed"]),
    )
