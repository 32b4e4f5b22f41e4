"""Files of answers as the page writes them, held against the key of the test that they say they are of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatron.errors import InputError, NewerFormatError, UnreadableFileError
from avatron.evaluation.listening.key import ListeningKey

__all__ = ["Answers", "read_answers", "read_answers_file"]

_FORMAT, _VERSION = "avatron-listening-answers", 1


@dataclass(frozen=True)
class Answers:
    """What one listener answered, from beginning to end or as far as they came."""

    path: Path
    session: str
    """Made at random when they began; the same in every copy of their file."""
    listener: int
    ratings: dict[str, int]
    """1 .. 5 by the id of the film, checks among them; a part of their plan where they did not finish."""
    finished: bool
    listens_with: str | None
    """`headphones`, `loudspeakers`, or None where it was not asked."""
    pitch_heard: tuple[int, ...]
    """Their choices in the headphone test; empty where they did none."""
    comment: str


def read_answers(paths: Sequence[Path], key: ListeningKey) -> list[Answers]:
    """The answers in files, and in all json files of folders, in the order of their names.

    Raises:
        UnreadableFileError: a file that is missing, unreadable or damaged, a folder without answers, or no file at all.
        NewerFormatError: written by the page of a newer avatron.
        InputError: answers of another test, or two files of one listener.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = sorted(own for own in path.iterdir() if own.suffix.lower() == ".json")
            if not found:
                raise UnreadableFileError(f"`{path}` has no json file in it; expected answers of listeners")
            files += found
        else:
            files.append(path)
    if not files:
        raise UnreadableFileError("no file of answers was given")
    seen: dict[str, Path] = {}
    answers = []
    for file in files:
        one = read_answers_file(file, key)
        if one.session in seen:
            raise InputError(
                f"`{file}` and `{seen[one.session]}` are answers of one listener, who counts once; remove one"
            )
        seen[one.session] = file
        answers.append(one)
    return answers


def read_answers_file(path: Path, key: ListeningKey) -> Answers:
    """The answers in one file.

    Raises:
        As `read_answers`.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableFileError(f"cannot read the answers `{path}`: there is no such file") from None
    except OSError as error:
        raise UnreadableFileError(f"cannot read the answers `{path}`: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(
            f"the answers `{path}` are damaged: {error}; ask the listener for the file again"
        ) from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise UnreadableFileError(f"`{path}` holds no answers to a listening test")
    version = document.get("format_version")
    if not isinstance(version, int) or version > _VERSION:
        raise NewerFormatError(f"`{path}` has the format version {version}, this avatron reads up to {_VERSION}")
    if document.get("test") != key.test:
        raise InputError(
            f"`{path}` holds answers to the test `{document.get('test')}`, expected `{key.test}`; "
            "score it with the folder of its own test"
        )
    try:
        return _answers_of(path, document, key)
    except _DamagedError as error:
        raise UnreadableFileError(
            f"the answers `{path}` are damaged: {error}; ask the listener for the file again"
        ) from None


class _DamagedError(Exception):
    """What is wrong with a document."""


def _answers_of(path: Path, document: dict[str, Any], key: ListeningKey) -> Answers:
    session = _typed(document, "session", str)
    if not session:
        raise _DamagedError("`session` is empty")
    listener = _typed(document, "listener", int)
    if listener < 0:
        raise _DamagedError(f"`listener` is {listener}")
    planned = [key.stimuli[place].id for place in key.plans[listener % len(key.plans)]]
    ratings: dict[str, int] = {}
    for number, row in enumerate(_typed(document, "answers", list), 1):
        if not isinstance(row, dict):
            raise _DamagedError(f"answer {number} is no object")
        film, rating = _typed(row, "film", str), _typed(row, "rating", int)
        if film not in planned:
            raise _DamagedError(
                f"answer {number} is for the film `{film[:40]}`, which listener {listener} has not seen"
            )
        if film in ratings:
            raise _DamagedError(f"the film `{film}` is answered twice")
        if not 1 <= rating <= 5:
            raise _DamagedError(f"answer {number} is {rating}, expected 1 .. 5")
        ratings[film] = rating
    heard = document.get("headphones") or []
    if not isinstance(heard, list) or any(type(choice) is not int for choice in heard):
        raise _DamagedError("`headphones` is no list of choices")
    comment, with_ = document.get("comment") or "", document.get("listens_with")
    return Answers(
        path,
        session,
        listener,
        ratings,
        len(ratings) == len(planned),
        with_ if isinstance(with_, str) else None,
        tuple(heard),
        comment if isinstance(comment, str) else "",
    )


def _typed(document: dict[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    # A bool is an int of Python's.
    if type(value) is not kind:
        raise _DamagedError(f"`{name}` is {json.dumps(value)[:40]}")
    return value
