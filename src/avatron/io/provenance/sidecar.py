"""Signed sidecars, `NAME.avatron.json`: for streams and for types that hold no content credentials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from avatron.errors import UnreadableFileError
from avatron.io.atomic import PendingFile, output_errors
from avatron.io.provenance.canonical import file_sha256
from avatron.io.provenance.keys import SigningKey
from avatron.io.provenance.signed_table import SignatureCheck, check_table, sign_table

__all__ = [
    "MANIFEST_NAME",
    "HashedStream",
    "Sidecar",
    "content_of_file",
    "content_of_folder",
    "read_sidecar",
    "sidecar_of",
    "write_sidecar",
]

_SUFFIX = ".avatron.json"
MANIFEST_NAME = f"provenance{_SUFFIX}"
"""The sidecar of a folder of pictures, which lies in it."""
_VERSION = 1
_LARGEST = 64 * 2**20


def sidecar_of(path: Path) -> Path:
    """Where the sidecar of a file or folder is."""
    return path / MANIFEST_NAME if path.is_dir() else path.with_name(path.name + _SUFFIX)


def content_of_file(path: Path, name: str) -> dict[str, Any]:
    """What a sidecar says of the file at `path`, which will be called `name`."""
    return {"name": name, "bytes": path.stat().st_size, "sha256": file_sha256(path)}


def content_of_folder(folder: Path) -> dict[str, Any]:
    """What a manifest says of the files in `folder`."""
    names = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST_NAME)
    return {"files": {name: file_sha256(folder / name) for name in names}}


def write_sidecar(pending: PendingFile, claims: Mapping[str, Any], content: Mapping[str, Any], key: SigningKey) -> None:
    """Write the signed sidecar under the temporary name of `pending`."""
    table = sign_table({"format_version": _VERSION, "claims": dict(claims), "content": dict(content)}, key)
    with output_errors(pending.path):
        pending.partial.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Sidecar:
    """What a sidecar says, and whether it is that of the content beside it."""

    path: Path
    claims: Mapping[str, Any]
    content: Literal["intact", "altered"]
    """Whether the files beside it are those that were signed."""
    signature: SignatureCheck
    changed: tuple[str, ...] = ()
    """Names of files of a folder that are changed, missing or new."""


def read_sidecar(path: Path, known_pem: str) -> Sidecar | None:
    """The sidecar of the file or folder at `path`, checked; None where there is none.

    Raises:
        UnreadableFileError: a sidecar that is no such table, or content that cannot be read.
    """
    place = sidecar_of(path)
    try:
        if not place.is_file():
            return None
        if place.stat().st_size > _LARGEST:
            raise UnreadableFileError(f"the sidecar `{place}` is larger than {_LARGEST // 2**20} MiB")
        table = json.loads(place.read_text(encoding="utf-8"))
        claims, content = table["claims"], table["content"]
        if not isinstance(claims, dict) or not isinstance(content, dict):
            raise TypeError("claims and content must be objects")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFileError(f"the sidecar `{place}` cannot be read: {error}") from error
    signature = check_table(table, known_pem)
    if path.is_dir():
        listed, found = content.get("files"), content_of_folder(path)["files"]
        listed = listed if isinstance(listed, dict) else {}
        changed = tuple(sorted(name for name in {*listed, *found} if listed.get(name) != found.get(name)))
    else:
        changed = () if content.get("sha256") == file_sha256(path) else (path.name,)
    return Sidecar(place, claims, "altered" if changed else "intact", signature, changed)


class HashedStream:
    """A stream that bytes pass through on their way, for the sidecar of what a pipe carried."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._count = 0

    def write(self, data: bytes) -> int:
        """Pass `data` on."""
        self._stream.write(data)
        self._hash.update(data)
        self._count += len(data)
        return len(data)

    def flush(self) -> None:
        """As the stream."""
        self._stream.flush()

    def content(self) -> dict[str, Any]:
        """What a sidecar says of all that has passed."""
        return {"bytes": self._count, "sha256": self._hash.hexdigest()}
