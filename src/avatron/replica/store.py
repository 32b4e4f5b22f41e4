"""Finding, listing, checking and installing replicas."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from avatron.errors import UnknownNameError
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, load_folder
from avatron.replica.replica import KIND, Replica, read_replica

__all__ = [
    "COLLECTION",
    "ReplicaSummary",
    "add_replica",
    "find_replica",
    "is_replica",
    "list_replicas",
    "load_replica",
    "summary_of",
]

COLLECTION = Collection(KIND)
"""Replicas that are asked for by name: all of them are the user's own."""


@dataclass(frozen=True)
class ReplicaSummary:
    """One line of a list of replicas."""

    name: str
    id: str
    subject: str
    """Whose face and voice it is."""
    consent: str
    """`signed`, `stated` or `self-declared`."""
    scope: tuple[str, ...]
    """Uses that the consent is for."""
    expires: str | None
    likeness: str
    """How the person is drawn."""
    voice: str
    animator: str
    path: Path
    size_bytes: int
    """Size of its files on the disk."""


def find_replica(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder of a replica: among the user's own by name, or at a path.

    Raises:
        UnknownNameError, UnreadableFileError: there is none.
    """
    given = os.fspath(name_or_path)
    try:
        return COLLECTION.find(name_or_path)
    except UnknownNameError:
        # `me` without a slash is a folder too, where no replica of that name is installed.
        if is_replica(Path(given)):
            return Path(given)
        raise


def is_replica(path: Path) -> bool:
    """Whether the folder at `path` says that it is a replica; nothing else of it is checked."""
    try:
        config = json.loads((path / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("kind") == KIND


def load_replica(name_or_path: str | os.PathLike[str]) -> Replica:
    """The replica of that name, or in the folder at that path, with the hashes of its files checked.

    Raises:
        UnknownNameError, UnreadableFileError: there is none.
        DamagedModelError: a file is missing, changed, or lies outside.
        NewerFormatError: written by a newer avatron.
        ConsentError: its consent record is none, or another video's.
    """
    return read_replica(load_folder(find_replica(name_or_path), KIND))


def list_replicas() -> tuple[str, ...]:
    """The names of the user's own, sorted."""
    return COLLECTION.names()


def add_replica(source: Path, name: str | None = None) -> Replica:
    """Copy the replica in the folder `source` to the user's own, under `name` (by default its own).

    Raises:
        InvalidValueError: a name that cannot be a folder's.
        OutputExistsError: the name is taken.
        As `load_replica` for one that fails its checks; nothing is copied.
    """
    replica = read_replica(load_folder(source, KIND))
    return read_replica(COLLECTION.add(replica.folder, replica.name if name is None else name))


def summary_of(replica: Replica) -> ReplicaSummary:
    """One line for lists."""
    folder: ModelFolder = replica.folder
    consent = replica.consent.summary
    return ReplicaSummary(
        name=replica.name,
        id=replica.id,
        subject=consent.subject,
        consent=consent.state,
        scope=consent.scope,
        expires=consent.expires,
        likeness=replica.likeness_kind,
        voice=replica.voice,
        animator=replica.animator,
        path=folder.path,
        size_bytes=sum(folder.file(name).stat().st_size for name in folder.files),
    )
