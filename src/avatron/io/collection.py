"""Model folders by name: those that the package brings, and those that the user has added."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from avatron.errors import (
    DamagedModelError,
    InvalidValueError,
    OutputExistsError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.io.atomic import output_errors
from avatron.io.folders import ModelFolder, load_folder, write_folder

__all__ = ["Collection", "user_data_folder"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""Such a name can never lead out of its folder."""
_DATA = Path(__file__).resolve().parent.parent / "data"


def user_data_folder() -> Path:
    """Where the user's own voices, avatars and the like are: `$XDG_DATA_HOME/avatron`, or `~/.local/share/avatron`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "avatron"


@dataclass(frozen=True)
class Collection:
    """All folders of one kind."""

    kind: str
    """`voice`, `avatar`: as in the folders' `config.json` and in messages."""
    reserved: Callable[[], tuple[str, ...]] = tuple
    """Names that something else answers to: no folder may take them."""

    @property
    def builtin_folder(self) -> Path:
        """What came with the package."""
        return _DATA / f"{self.kind}s"

    @property
    def user_folder(self) -> Path:
        """What the user has added."""
        return user_data_folder() / f"{self.kind}s"

    def names(self) -> tuple[str, ...]:
        """All names that are taken, sorted; a folder counts when it holds a `config.json`."""
        names = set(self.reserved())
        for base in (self.builtin_folder, self.user_folder):
            if base.is_dir():
                names |= {
                    entry.name
                    for entry in base.iterdir()
                    if _NAME.fullmatch(entry.name) and (entry / "config.json").is_file()
                }
        return tuple(sorted(names))

    def aliases(self) -> Mapping[str, str]:
        """Other names of the package's folders, from its `aliases.json`, where those folders are there.

        A folder of the same name comes before an alias.
        """
        place = self.builtin_folder / "aliases.json"
        if not place.is_file():
            return {}
        listed = json.loads(place.read_text(encoding="utf-8"))
        taken = self.names()
        return {alias: name for alias, name in listed.items() if name in taken and alias not in taken}

    def hidden(self) -> tuple[Path, ...]:
        """The user's folders whose name is one of the package's, which comes before them."""
        if not self.user_folder.is_dir():
            return ()
        return tuple(
            entry
            for entry in sorted(self.user_folder.iterdir())
            if (entry / "config.json").is_file() and (self.builtin_folder / entry.name / "config.json").is_file()
        )

    def find(self, name_or_path: str | os.PathLike[str]) -> Path:
        """The folder that is given by name, or by a path (anything with a separator in it).

        A name of the package comes before one of the user's.

        Raises:
            UnknownNameError: no folder of that name; the message lists the known ones.
            UnreadableFileError: no folder at that path.
        """
        given = os.fspath(name_or_path)
        if isinstance(name_or_path, os.PathLike) or os.sep in given or (os.altsep and os.altsep in given):
            folder = Path(given).expanduser()
            if not folder.is_dir():
                raise UnreadableFileError(
                    f"`{given}` is not a folder; {self._article} {self.kind} is a folder with a `config.json`"
                )
            return folder
        if _NAME.fullmatch(given):
            named = self.aliases().get(given, given)
            for base in (self.builtin_folder, self.user_folder):
                if (base / named / "config.json").is_file():
                    return base / named
        hint = f"Give a folder as `./FOLDER`, or add one with `avatron {self.kind} add PATH`"
        raise UnknownNameError(self.kind, given, self.names(), hint)

    def load(self, name_or_path: str | os.PathLike[str]) -> ModelFolder:
        """The folder, with its files' hashes checked.

        Raises:
            As `find`; DamagedModelError: a file is missing or altered; NewerFormatError: written by a newer avatron.
        """
        return load_folder(self.find(name_or_path), self.kind)

    def is_builtin(self, folder: ModelFolder) -> bool:
        """Whether it came with the package."""
        return self.builtin_folder in folder.path.resolve().parents

    def add(self, folder: ModelFolder, name: str) -> ModelFolder:
        """Copy a folder that was checked to the user's, under `name`.

        Raises:
            InvalidValueError: a name that cannot be a folder's.
            OutputExistsError: the name is taken.
            OutputError: the user's folder cannot be written to.
        """
        target = self.user_place(name)
        kept = {key: value for key, value in folder.config.items() if key not in {"format_version", "kind", "files"}}
        with output_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        files = {listed: folder.file(listed) for listed in folder.files}
        return write_folder(target, self.kind, {**kept, "name": name}, files)

    def user_place(self, name: str, *, overwrite: bool = False) -> Path:
        """Where one of the user's of that name goes.

        Raises:
            InvalidValueError: a name that cannot be a folder's.
            OutputExistsError: the name is taken, by one of the user's without `overwrite`, or by one of the package's.
        """
        if not _NAME.fullmatch(name):
            raise InvalidValueError(
                f"`{name}` cannot name {self._article} {self.kind}; use a-z, 0-9, - and _, at most 64 characters"
            )
        place = self.user_folder / name
        replaceable = overwrite and (place / "config.json").is_file() and not (self.builtin_folder / name).is_dir()
        if name in (*self.names(), *self.aliases()) and not replaceable:
            raise OutputExistsError(
                f"{self._article} {self.kind} `{name}` is there already; remove it first, or choose another name"
            )
        return place

    def remove(self, name: str) -> Path:
        """Delete one of the user's, damaged or not; gives the path it was at.

        Raises:
            OutputError: it cannot be deleted.
            InvalidValueError: it came with the package.
            UnknownNameError: the user has none of that name.
        """
        folder = self.user_folder / name
        if _NAME.fullmatch(name) and (folder / "config.json").is_file():
            with output_errors(folder):
                try:
                    listed = load_folder(folder, self.kind)
                except DamagedModelError:
                    # Nobody knows any more what belongs to it, and its owner wants to be rid of it.
                    shutil.rmtree(folder)
                    return folder
                # Only what the folder's own config lists is deleted; files that someone put there stay.
                for file in listed.files:
                    (folder / file).unlink()
                (folder / "config.json").unlink()
                for inner in sorted((entry for entry in folder.rglob("*") if entry.is_dir()), reverse=True):
                    _remove_if_empty(inner)
                _remove_if_empty(folder)
            return folder
        if name in self.names():
            raise InvalidValueError(f"{self.kind} `{name}` is part of the package and cannot be removed")
        raise UnknownNameError(self.kind, name, self.names())

    @property
    def _article(self) -> str:
        return "an" if self.kind[0] in "aeiou" else "a"


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()
