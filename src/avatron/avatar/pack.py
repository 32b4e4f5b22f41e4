"""Avatar packs: an avatar's folder as one zip file, read with limits that no honest avatar meets.

A pack is somebody else's file. Sizes are counted while it is unpacked and never believed from its table; only files of
a single folder are taken, and no link, no encrypted entry and no name that leads elsewhere.
"""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from avatron.errors import DamagedModelError, InputError, UnreadableFileError
from avatron.io.atomic import PendingFile, output_errors
from avatron.io.folders import ModelFolder

__all__ = [
    "LARGEST_PACK_BYTES",
    "LARGEST_RATIO",
    "LARGEST_UNPACKED_BYTES",
    "MOST_FILES",
    "is_pack",
    "unpacked",
    "write_pack",
]

MOST_FILES = 200
"""Files in a pack; an avatar has about twenty."""
LARGEST_PACK_BYTES = 64 * 2**20
LARGEST_UNPACKED_BYTES = 256 * 2**20
"""All files of a pack together; an avatar has about four megabytes."""
LARGEST_RATIO = 100
"""Unpacked over packed, of files larger than `_RATIO_FROM`: pictures and meshes shrink by ten at most."""
_RATIO_FROM = 2**20
_CHUNK = 2**16
_CONFIG = "config.json"
_HINT = "get the pack again from where it came"


def is_pack(path: str | os.PathLike[str]) -> bool:
    """Whether a name is that of a pack: it ends in `.zip`."""
    return os.fspath(path).lower().endswith(".zip")


def write_pack(folder: ModelFolder, target: Path, *, overwrite: bool = False) -> Path:
    """Write a folder that was checked as a pack; the same folder gives the same bytes.

    Raises:
        OutputExistsError: the file is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    pending = PendingFile(target, overwrite=overwrite)
    with pending, output_errors(target), zipfile.ZipFile(pending.partial, "w") as archive:
        for name in [_CONFIG, *sorted(folder.files)]:
            entry = zipfile.ZipInfo(f"{target.stem}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, (folder.path / name).read_bytes(), compresslevel=9)
    return target


@contextmanager
def unpacked(pack: str | os.PathLike[str]) -> Iterator[Path]:
    """The folder that a pack holds, unpacked for as long as the context lasts. Its files' hashes are not checked here.

    Errors that come from inside the context name the pack's own path.

    Raises:
        UnreadableFileError: there is no such file, or it is no zip file.
        DamagedModelError: it holds what no avatar pack holds, or more than the limits.
    """
    shown = Path(pack).expanduser()
    with tempfile.TemporaryDirectory(prefix="avatron-pack-") as temporary:
        place = Path(temporary) / shown.name
        place.mkdir()
        _unpack(shown, place)
        try:
            yield place
        except InputError as error:
            raise type(error)(str(error).replace(str(place), str(shown))) from error


def _unpack(pack: Path, place: Path) -> None:
    try:
        size = pack.stat().st_size
        if not pack.is_file():
            raise UnreadableFileError(f"`{pack}` is not a file; an avatar pack is a zip file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFileError(f"cannot read the avatar pack `{pack}`: {reason}") from error
    if size > LARGEST_PACK_BYTES:
        raise DamagedModelError(
            f"the avatar pack `{pack}` has {size / 2**20:.0f} MB; at most {LARGEST_PACK_BYTES // 2**20} MB are read"
        )
    try:
        with zipfile.ZipFile(pack) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise DamagedModelError(
                    f"the avatar pack `{pack}` holds {len(entries)} files; an avatar has at most {MOST_FILES}"
                )
            inside = _inside(pack, entries)
            left = LARGEST_UNPACKED_BYTES
            for entry, name in inside.items():
                left -= _copy(pack, archive, entries[entry], place / name, left)
    except zipfile.BadZipFile as error:
        raise UnreadableFileError(f"`{pack}` is not a zip file, or it is damaged: {error}; {_HINT}") from error
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        # zipfile raises all of these for what it does not know or cannot follow.
        raise DamagedModelError(f"the avatar pack `{pack}` cannot be unpacked: {error}; {_HINT}") from error


def _inside(pack: Path, entries: list[zipfile.ZipInfo]) -> dict[int, PurePosixPath]:
    """Place of each entry in the folder: all lie beside `config.json`, at the top or in one folder."""
    paths = []
    for entry in entries:
        name = entry.filename
        path = PurePosixPath(name)
        if (
            not name
            or path.is_absolute()
            or any(part in ("..", "") or ":" in part or "\\" in part for part in path.parts)
            or "\\" in name
            or not name.isprintable()
        ):
            raise DamagedModelError(
                f"the avatar pack `{pack}` has an entry `{_shown(name)}` whose name leads elsewhere; {_HINT}"
            )
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise DamagedModelError(f"the avatar pack `{pack}` has an entry `{_shown(name)}` that is no file; {_HINT}")
        if entry.flag_bits & 1:
            raise DamagedModelError(f"the avatar pack `{pack}` has an encrypted entry `{_shown(name)}`; {_HINT}")
        paths.append(path)
    tops = sorted((path.parent for path in paths if path.name == _CONFIG), key=lambda parent: len(parent.parts))
    if not tops or len(tops[0].parts) > 1:
        raise DamagedModelError(
            f"the avatar pack `{pack}` has no `{_CONFIG}` at its top or in its only folder; it is not an avatar pack"
        )
    top = tops[0]
    inside: dict[int, PurePosixPath] = {}
    for number, path in enumerate(paths):
        if not path.is_relative_to(top):
            # What some systems add beside the folder, such as `__MACOSX`; nothing that an avatar could need.
            continue
        relative = path.relative_to(top)
        if relative in inside.values():
            raise DamagedModelError(f"the avatar pack `{pack}` holds `{_shown(str(relative))}` twice; {_HINT}")
        inside[number] = relative
    return inside


def _shown(name: str) -> str:
    """The name of an entry for a message: one short line."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in name[:80])


def _copy(pack: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Unpack one file of at most `left` bytes; gives its size."""
    target.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    with archive.open(entry) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            done += len(chunk)
            if done > left:
                raise DamagedModelError(
                    f"the avatar pack `{pack}` holds more than {LARGEST_UNPACKED_BYTES // 2**20} MB (at "
                    f"`{_shown(entry.filename)}`); it is no avatar"
                )
            if done > _RATIO_FROM and done > LARGEST_RATIO * max(entry.compress_size, 1):
                raise DamagedModelError(
                    f"the avatar pack `{pack}` holds `{_shown(entry.filename)}`, which unpacks to more than "
                    f"{LARGEST_RATIO} times its size; it is no avatar"
                )
            file.write(chunk)
    return done
