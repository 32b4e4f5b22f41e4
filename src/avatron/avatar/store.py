"""Loading, listing, checking, adding and removing avatars."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from avatron.avatar.avatar import Avatar
from avatron.avatar.folder import KIND, read_avatar
from avatron.avatar.pack import is_pack, unpacked, write_pack
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, load_folder

__all__ = [
    "COLLECTION",
    "AvatarSummary",
    "add_avatar",
    "list_avatars",
    "load_avatar",
    "opened_avatar",
    "pack_avatar",
    "remove_avatar",
    "summarise_avatar",
    "summary_of",
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
    aliases: tuple[str, ...] = ()
    """Other names that it answers to."""


@contextmanager
def opened_avatar(name_or_path: str | os.PathLike[str]) -> Iterator[ModelFolder]:
    """The folder of an avatar by name, or at a path, or in a pack (a name that ends in `.zip`), hashes checked.

    Raises:
        UnknownNameError: no avatar of that name; the message lists the known ones.
        UnreadableFileError: no folder or pack at that path.
        DamagedModelError: a file is missing or altered, or the pack holds what no avatar pack holds.
        NewerFormatError: the folder was written by a newer avatron.
    """
    if is_pack(name_or_path):
        with unpacked(name_or_path) as place:
            yield load_folder(place, KIND)
    else:
        yield COLLECTION.load(name_or_path)


def load_avatar(name_or_path: str | os.PathLike[str]) -> Avatar:
    """The avatar of that name, or in the folder or pack at that path (anything with a separator in it, or `.zip`).

    Raises:
        As `opened_avatar`; DamagedModelError also for what is oversized or not what it should be.
    """
    with opened_avatar(name_or_path) as folder:
        return read_avatar(folder)


def verify_avatar(name_or_path: str | os.PathLike[str]) -> AvatarSummary:
    """What an avatar is, after every file was checked and decoded; raises as `load_avatar`."""
    with opened_avatar(name_or_path) as folder:
        read_avatar(folder)
        return _summary_at(name_or_path, folder)


def summarise_avatar(name_or_path: str | os.PathLike[str]) -> AvatarSummary:
    """What an avatar is, with its files' hashes checked but nothing decoded; raises as `opened_avatar`."""
    with opened_avatar(name_or_path) as folder:
        return _summary_at(name_or_path, folder)


def list_avatars() -> tuple[AvatarSummary, ...]:
    """All avatars that can be asked for by name, sorted; raises as `load_avatar` for a damaged one."""
    return tuple(summarise_avatar(name) for name in COLLECTION.names())


def add_avatar(source: str | os.PathLike[str], name: str | None = None) -> AvatarSummary:
    """Copies the avatar in the folder or pack `source` to the user's avatars, under `name` (by default its own).

    Raises:
        InvalidValueError: a name that cannot be a folder's.
        OutputExistsError: an avatar of that name is there already.
        UnreadableFileError, DamagedModelError: the source fails its checks; nothing is copied.
    """
    # A path is meant even where a name of the collection looks alike.
    with opened_avatar(source if is_pack(source) else Path(source)) as folder:
        own_name = read_avatar(folder).name
        return summary_of(COLLECTION.add(folder, own_name if name is None else name))


def pack_avatar(
    name_or_path: str | os.PathLike[str], output: str | os.PathLike[str], *, overwrite: bool = False
) -> Path:
    """Writes an avatar as a pack `output` (a zip file), after its checks; `add_avatar` takes it.

    Raises:
        As `load_avatar`; OutputExistsError: the file is there and `overwrite` is not set; OutputError: it cannot be
        written.
    """
    with opened_avatar(name_or_path) as folder:
        read_avatar(folder)
        return write_pack(folder, Path(output).expanduser(), overwrite=overwrite)


def remove_avatar(name: str) -> Path:
    """Deletes one of the user's avatars; gives the path it was at.

    Raises:
        InvalidValueError: the avatar came with the package.
        UnknownNameError: the user has no avatar of that name.
    """
    return COLLECTION.remove(name)


def summary_of(folder: ModelFolder) -> AvatarSummary:
    """One line for lists, of a folder that was checked."""
    config = folder.config
    return AvatarSummary(
        name=str(config.get("name", folder.path.name)),
        description=str(config.get("description", "")),
        default_voice=str(config.get("default_voice", "")),
        licence=str(config.get("licence", "")),
        path=folder.path,
        size_bytes=sum(folder.file(name).stat().st_size for name in folder.files),
        builtin=COLLECTION.is_builtin(folder),
        aliases=tuple(alias for alias, name in COLLECTION.aliases().items() if name == folder.path.name)
        if COLLECTION.is_builtin(folder)
        else (),
    )


def _summary_at(given: str | os.PathLike[str], folder: ModelFolder) -> AvatarSummary:
    """The summary with the pack's own path in the place of where it was unpacked."""
    summary = summary_of(folder)
    return replace(summary, path=Path(given)) if is_pack(given) else summary
