"""One way to write JSON, so that a signature over it means the same everywhere."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from avatron.errors import UnreadableFileError

__all__ = ["canonical_json", "file_sha256"]

_AT_ONCE = 2**20


def canonical_json(value: Any) -> bytes:
    """`value` as UTF-8 JSON with sorted keys, no spaces and no NaN: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def file_sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file of any length.

    Raises:
        UnreadableFileError: it is missing or cannot be read.
    """
    whole = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_AT_ONCE):
                whole.update(piece)
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    return whole.hexdigest()
