"""Loading, listing, checking, adding and removing avatars."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from avatron.avatar.avatar import Avatar
from avatron.avatar.folder import KIND, read_avatar
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, load_folder

__all__ = [
    "COLLECTION",
    "AvatarSummary",
    "add_avatar",
    "list_avatars",
    "load_avatar",
    "remove_avatar",
    "summarise_avatar",
    "verify_avatar",
]

COLLECTION = Collection(KIND)
"""Avatars that are folders: all of them."""


@dataclass(frozen=True)
class AvatarSummary:
    """One line of a list of avatars."""

    name: str
    description: str
    default_voice: str
    licence: str
    path: Path
    size_bytes: int
    """Size of its files on the disk."""
    builtin: bool
    """Whether it came with the package."""


def load_avatar(name_or_path: str | os.PathLike[str]) -> Avatar:
    """The avatar of that name, or in the folder at that path (anything with a separator in it).

    Raises:
        UnknownNameError: no avatar of that name; the message lists the known ones.
        UnreadableFileError: no folder at that path.
        DamagedModelError: a file is missing, altered, oversized or not what it should be.
        NewerFormatError: the folder was written by a newer avatron.
    """
    return read_avatar(COLLECTION.load(name_or_path))


def verify_avatar(name_or_path: str | os.PathLike[str]) -> AvatarSummary:
    """What an avatar is, after every file was checked and decoded; raises as `load_avatar`."""
    folder = COLLECTION.load(name_or_path)
    read_avatar(folder)
    return _summary(folder)


def summarise_avatar(name_or_path: str | os.PathLike[str]) -> AvatarSummary:
    """What an avatar is, with its files' hashes checked but nothing decoded; raises as `load_avatar`."""
    return _summary(COLLECTION.load(name_or_path))


def list_avatars() -> tuple[AvatarSummary, ...]:
    """All avatars that can be asked for by name, sorted; raises as `load_avatar` for a damaged one."""
    return tuple(summarise_avatar(name) for name in COLLECTION.names())


def add_avatar(source: str | os.PathLike[str], name: str | None = None) -> AvatarSummary:
    """Copies the avatar in the folder `source` to the user's avatars, under `name` (by default its own).

    Raises:
        InvalidValueError: a name that cannot be a folder's.
        OutputExistsError: an avatar of that name is there already.
        DamagedModelError: the source fails its checks; nothing is copied.
    """
    folder = load_folder(Path(source), KIND)
    own_name = read_avatar(folder).name
    return _summary(COLLECTION.add(folder, own_name if name is None else name))


def remove_avatar(name: str) -> Path:
    """Deletes one of the user's avatars; gives the path it was at.

    Raises:
        InvalidValueError: the avatar came with the package.
        UnknownNameError: the user has no avatar of that name.
    """
    return COLLECTION.remove(name)


def _summary(folder: ModelFolder) -> AvatarSummary:
    config = folder.config
    return AvatarSummary(
        name=str(config.get("name", folder.path.name)),
        description=str(config.get("description", "")),
        default_voice=str(config.get("default_voice", "")),
        licence=str(config.get("licence", "")),
        path=folder.path,
        size_bytes=sum(folder.file(name).stat().st_size for name in folder.files),
        builtin=COLLECTION.is_builtin(folder),
    )
