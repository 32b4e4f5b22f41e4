"""The names of avatars and where their folders are: what the package brings and what the user has added."""

from __future__ import annotations

import os
import re
from pathlib import Path

from avatron.errors import UnknownNameError, UnreadableFileError

__all__ = ["AVATAR_NAME", "avatar_names", "builtin_folder", "find_avatar", "user_folder"]

AVATAR_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""What an avatar may be called; such a name can never leave its folder."""


def builtin_folder() -> Path:
    """The folder of the avatars that come with the package."""
    return Path(__file__).resolve().parent.parent / "data" / "avatars"


def user_folder() -> Path:
    """The folder of the user's own avatars: `$XDG_DATA_HOME/avatron/avatars`, by default under `~/.local/share`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "avatron" / "avatars"


def avatar_names() -> tuple[str, ...]:
    """All names that `find_avatar` knows, sorted; a folder counts when it holds a `config.json`."""
    names = set()
    for base in (builtin_folder(), user_folder()):
        if base.is_dir():
            names |= {
                entry.name
                for entry in base.iterdir()
                if AVATAR_NAME.fullmatch(entry.name) and (entry / "config.json").is_file()
            }
    return tuple(sorted(names))


def find_avatar(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder of an avatar that is given by name, or by a path (anything with a separator in it).

    A name of the package comes before a user's avatar of the same name.

    Raises:
        UnknownNameError: no avatar of that name; the message lists the known ones.
        UnreadableFileError: no folder at that path.
    """
    given = os.fspath(name_or_path)
    if isinstance(name_or_path, os.PathLike) or os.sep in given or (os.altsep and os.altsep in given):
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UnreadableFileError(f"`{given}` is not a folder; an avatar is a folder with a `config.json`")
        return folder
    if AVATAR_NAME.fullmatch(given):
        for base in (builtin_folder(), user_folder()):
            if (base / given / "config.json").is_file():
                return base / given
    raise UnknownNameError(
        "avatar", given, avatar_names(), "Give a folder as `./FOLDER`, or add one to your own avatars"
    )
