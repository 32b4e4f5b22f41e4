"""What is known to be said in clips: transcripts, and words with their times."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from avatron.errors import UnreadableFileError

__all__ = ["SpokenWords", "read_spoken_words", "read_transcript"]

SpokenWords = tuple[tuple[float, float, str], ...]
"""(start, end, word) in seconds, in order."""

_LARGEST_WORDS = 64 * 2**20
_LARGEST_TRANSCRIPT = 2**20


def read_spoken_words(path: Path | str) -> dict[str, SpokenWords]:
    """The words of each clip, from a json of {clip: [[start, end, word], ...]}, times in seconds.

    Raises:
        UnreadableFileError: not readable, or not of that form; the message names the clip.
    """
    path = Path(path)
    try:
        clips = json.loads(_text(path, _LARGEST_WORDS))
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(f"`{path}` is not JSON: {error}") from None
    if not isinstance(clips, dict):
        raise UnreadableFileError(
            f"`{path}` holds a {type(clips).__name__}, expected {{clip: [[start, end, word], ...]}}"
        )
    return {name: _words(path, name, rows) for name, rows in clips.items()}


def read_transcript(given: str) -> str:
    """A transcript: the text itself, or that of the file that `given` names.

    Raises:
        UnreadableFileError: a file that is not UTF-8 text, or too long.
    """
    try:
        is_file = len(given) < 1024 and Path(given).is_file()
    except (OSError, ValueError):
        is_file = False
    return _text(Path(given), _LARGEST_TRANSCRIPT) if is_file else given


def _words(path: Path, clip: str, rows: Any) -> SpokenWords:
    words = []
    before = 0.0
    for row in rows if isinstance(rows, list) else [None]:
        if not (isinstance(row, list) and len(row) == 3 and isinstance(row[2], str) and _is_span(row[0], row[1])):
            raise UnreadableFileError(
                f"`{path}` has {json.dumps(row)[:60]} in `{clip}`, expected [start s, end s, word]"
            )
        if row[0] < before - 1e-6:
            raise UnreadableFileError(f"the words of `{clip}` in `{path}` are not in order: {json.dumps(row)[:60]}")
        before = float(row[0])
        words.append((float(row[0]), float(row[1]), row[2]))
    return tuple(words)


def _is_span(start: Any, end: Any) -> bool:
    numbers = all(isinstance(value, int | float) and math.isfinite(value) for value in (start, end))
    return numbers and 0 <= start <= end


def _text(path: Path, largest: int) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(largest + 1)
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    if len(data) > largest:
        raise UnreadableFileError(f"`{path}` is larger than {largest // 2**20} MiB; cut it into parts")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(f"`{path}` is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
