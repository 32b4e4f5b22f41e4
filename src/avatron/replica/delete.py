"""Deleting a replica: its folder, what is unfinished of it, and the copies of it that are installed."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatron.errors import InputError, OutputError, UnknownNameError, UnreadableFileError
from avatron.io.atomic import output_errors
from avatron.io.lock import held_alone
from avatron.replica.builder.build import lock_place
from avatron.replica.builder.work import work_place
from avatron.replica.replica import KIND
from avatron.replica.store import COLLECTION

__all__ = ["Deletion", "delete_replica"]

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")


@dataclass(frozen=True)
class Deletion:
    """What is gone."""

    removed: tuple[Path, ...]
    """Folders, the replica's own first."""
    removed_bytes: int
    kept: tuple[Path, ...]
    """Files in those folders that no replica wrote: they stay, and their folders with them."""


def delete_replica(name_or_path: str | os.PathLike[str]) -> Deletion:
    """Delete a replica by its name among the user's own, or by its path: damaged, unfinished or whole.

    With it go the work folder of a build that was not finished, and every installed copy of the same replica. Nothing
    else is touched: what is no replica is refused, and files that somebody else put into its folder stay.

    Raises:
        UnknownNameError, UnreadableFileError: there is none.
        OutputError: it cannot be deleted, or a build works on it.
    """
    place = _place(name_or_path)
    config = _config(place)
    copies = [] if config is None else [copy for copy in _copies(config.get("id")) if not _same(copy, place)]
    removed: list[Path] = []
    kept: list[Path] = []
    count = 0
    for folder in (place, *copies):
        with held_alone(lock_place(folder), f"the replica `{folder}`"):
            own = _config(folder)
            if own is not None:
                count += _delete_folder(folder, own, kept)
                removed.append(folder)
            for rest in _unfinished(folder):
                count += _size(rest)
                with output_errors(rest):
                    shutil.rmtree(rest)
                removed.append(rest)
    return Deletion(tuple(removed), count, tuple(kept))


def _place(name_or_path: str | os.PathLike[str]) -> Path:
    given = os.fspath(name_or_path)
    if given in COLLECTION.names():
        return COLLECTION.find(given)
    place = Path(os.path.abspath(Path(given).expanduser()))
    if _config(place) is not None:
        return place
    if not place.exists() and any(_unfinished(place)):
        return place
    if place.exists():
        raise UnreadableFileError(f"`{given}` is no replica, so that it is not deleted; expected a folder that is one")
    raise UnknownNameError(KIND, given, COLLECTION.names(), "Give a folder as `./FOLDER`")


def _config(place: Path) -> dict[str, Any] | None:
    """The config of a folder that says that it is a replica, whatever else may be wrong with it; else None."""
    try:
        config = json.loads((place / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return config if isinstance(config, dict) and config.get("kind") == KIND else None


def _copies(identifier: object) -> Iterator[Path]:
    """The installed replicas of that id."""
    for name in COLLECTION.names():
        try:
            folder = COLLECTION.find(name)
        except InputError:
            continue
        config = _config(folder)
        if config is not None and identifier is not None and config.get("id") == identifier:
            yield folder


def _unfinished(place: Path) -> Iterator[Path]:
    """What builds of the replica at `place` have left beside it."""
    work = work_place(place)
    if work.is_dir():
        yield work
    if place.parent.is_dir():
        yield from sorted(
            entry
            for entry in place.parent.iterdir()
            if re.fullmatch(rf"\.{re.escape(place.name)}\.[0-9a-f]{{8}}\.(partial|old)", entry.name) and entry.is_dir()
        )


def _delete_folder(folder: Path, config: dict[str, Any], kept: list[Path]) -> int:
    """Delete the files that the config lists, then what is empty; the bytes that they had."""
    listed = config.get("files")
    names = [name for name in listed if _is_inside(name)] if isinstance(listed, dict) else []
    count = 0
    with output_errors(folder):
        for name in (*names, "config.json"):
            path = folder / name
            # A link is deleted, and not what it leads to; parts of the way that are links lead outside.
            if any(part.is_symlink() for part in path.parents if folder in part.parents):
                continue
            if path.is_symlink() or path.is_file():
                count += path.lstat().st_size
                path.unlink()
        for inner in sorted((entry for entry in folder.rglob("*") if entry.is_dir()), reverse=True):
            if not inner.is_symlink() and not any(inner.iterdir()):
                inner.rmdir()
        left = [entry for entry in sorted(folder.rglob("*")) if entry.is_symlink() or not entry.is_dir()]
        kept += left
        if not left:
            if folder.is_symlink():
                target = folder.resolve()
                folder.unlink()
                target.rmdir()
            else:
                folder.rmdir()
    if (folder / "config.json").exists():
        raise OutputError(f"`{folder}` could not be deleted")
    return count


def _is_inside(name: str) -> bool:
    return all(_PART.fullmatch(part) for part in name.split("/"))


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _same(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()
