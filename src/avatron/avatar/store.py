"""Loading, listing, checking, adding and removing avatars."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from avatron.avatar.avatar import Avatar
from avatron.avatar.avatars import AVATAR_NAME, avatar_names, builtin_folder, find_avatar, user_folder
from avatron.avatar.folder import KIND, read_avatar
from avatron.errors import InvalidValueError, OutputExistsError, UnknownNameError
from avatron.io.folders import ModelFolder, load_folder, write_folder

__all__ = [
    "AvatarSummary",
    "add_avatar",
    "list_avatars",
    "load_avatar",
    "remove_avatar",
    "summarise_avatar",
    "verify_avatar",
]


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
    return read_avatar(load_folder(find_avatar(name_or_path), KIND))


def verify_avatar(name_or_path: str | os.PathLike[str]) -> AvatarSummary:
    """What an avatar is, after every file was checked and decoded; raises as `load_avatar`."""
    folder = load_folder(find_avatar(name_or_path), KIND)
    read_avatar(folder)
    return _summary(folder)


def summarise_avatar(name_or_path: str | os.PathLike[str]) -> AvatarSummary:
    """What an avatar is, with its files' hashes checked but nothing decoded; raises as `load_avatar`."""
    return _summary(load_folder(find_avatar(name_or_path), KIND))


def list_avatars() -> tuple[AvatarSummary, ...]:
    """All avatars that can be asked for by name, sorted; raises as `load_avatar` for a damaged one."""
    return tuple(summarise_avatar(name) for name in avatar_names())


def add_avatar(source: str | os.PathLike[str], name: str | None = None) -> AvatarSummary:
    """Copies the avatar in the folder `source` to the user's avatars, under `name` (by default its own).

    Raises:
        InvalidValueError: a name that cannot be a folder's.
        OutputExistsError: an avatar of that name is there already.
        DamagedModelError: the source fails its checks; nothing is copied.
    """
    folder = load_folder(Path(source), KIND)
    avatar = read_avatar(folder)
    chosen = avatar.name if name is None else name
    if not AVATAR_NAME.fullmatch(chosen):
        raise InvalidValueError(f"`{chosen}` cannot name an avatar; use a-z, 0-9, - and _, at most 64 characters")
    if chosen in avatar_names():
        raise OutputExistsError(f"an avatar `{chosen}` is there already; remove it first, or choose another name")
    config = {key: value for key, value in folder.config.items() if key not in {"format_version", "kind", "files"}}
    target = user_folder() / chosen
    target.parent.mkdir(parents=True, exist_ok=True)
    files = {listed: folder.file(listed) for listed in folder.files}
    return _summary(write_folder(target, KIND, {**config, "name": chosen}, files))


def remove_avatar(name: str) -> Path:
    """Deletes one of the user's avatars; gives the path it was at.

    Raises:
        InvalidValueError: the avatar came with the package.
        UnknownNameError: the user has no avatar of that name.
    """
    folder = user_folder() / name
    if AVATAR_NAME.fullmatch(name) and (folder / "config.json").is_file():
        # Only what the avatar's own config lists is deleted; files that someone put there stay.
        listed = load_folder(folder, KIND)
        for file in listed.files:
            listed.file(file).unlink()
        (folder / "config.json").unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
        return folder
    if name in avatar_names():
        raise InvalidValueError(f"avatar `{name}` is part of the package and cannot be removed")
    raise UnknownNameError("avatar", name, avatar_names())


def _summary(folder: ModelFolder) -> AvatarSummary:
    config = folder.config
    return AvatarSummary(
        name=str(config.get("name", folder.path.name)),
        description=str(config.get("description", "")),
        default_voice=str(config.get("default_voice", "")),
        licence=str(config.get("licence", "")),
        path=folder.path,
        size_bytes=sum(folder.file(name).stat().st_size for name in folder.files),
        builtin=builtin_folder() in folder.path.resolve().parents,
    )
