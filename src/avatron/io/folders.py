"""Model folders: `config.json` with a hash per file, beside `*.onnx`, `*.safetensors` and whatever else belongs.

Voices, avatars, heads and replicas are all folders of this form. They are checked when they are loaded: kind,
version, every file's presence and hash. There is no pickle anywhere, and no name leads out of the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError, InvalidValueError, NewerFormatError, UnreadableFileError
from avatron.io.atomic import PendingFolder, output_errors

__all__ = ["FORMAT_VERSION", "MIGRATIONS", "ModelFolder", "load_folder", "tensor_bytes", "write_folder"]

FORMAT_VERSION = 1
"""Version of folders that this avatron writes; newer ones are refused."""

Config = dict[str, Any]
Migration = Callable[[Config], Config]

MIGRATIONS: dict[int, Migration] = {}
"""For each older version, what makes its config one of the next version. They run in memory: the folder stays as is."""

FileSource = bytes | Path | Callable[[Path], object]
"""A file's content: its bytes, a file to copy, or a function that writes to the path it is given."""

_CONFIG = "config.json"
_OWN_KEYS = frozenset({"format_version", "kind", "files"})
_LARGEST_CONFIG = 16 * 2**20
_NAME_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}")


@dataclass(frozen=True)
class ModelFolder:
    """A folder that passed its checks."""

    path: Path
    kind: str
    """What it is: `voice`, `avatar`, `head` ..."""
    config: Config
    """The whole of `config.json`, migrated to `FORMAT_VERSION`."""
    files: Mapping[str, str]
    """sha256 of each file that the folder lists, by its name (`/` between parts)."""

    def file(self, name: str) -> Path:
        """The path of a listed file.

        Raises:
            DamagedModelError: the folder does not list it.
        """
        if name not in self.files:
            listed = ", ".join(sorted(self.files)) or "none"
            raise DamagedModelError(f"the {self.kind} `{self.path}` lacks the file `{name}`; it lists: {listed}")
        return self.path / name

    def read_bytes(self, name: str) -> bytes:
        """The content of a listed file.

        Raises:
            DamagedModelError: the folder does not list it.
            UnreadableFileError: it cannot be read.
        """
        path = self.file(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error

    def tensors(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays of a listed safetensors file, by their names.

        Raises:
            DamagedModelError: the folder does not list it, or it is not a safetensors file.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            arrays: dict[str, NDArray[Any]] = load(self.read_bytes(name))
        except (SafetensorError, KeyError, ValueError) as error:
            raise DamagedModelError(f"`{self.path / name}` is not a safetensors file: {error}; get it again") from error
        return arrays


def tensor_bytes(tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """A safetensors file of `tensors`, for `write_folder`."""
    from safetensors.numpy import save

    data: bytes = save({name: np.ascontiguousarray(array) for name, array in tensors.items()})
    return data


def write_folder(
    path: Path | str, kind: str, config: Config, files: Mapping[str, FileSource], *, overwrite: bool = False
) -> ModelFolder:
    """Write a model folder, whole or not at all; what comes back is the folder as loaded.

    `config` holds what belongs to the kind (architecture, licence, provenance ...); `format_version`, `kind` and
    `files` are added here.

    Raises:
        InvalidValueError: a file name that is not allowed, a key of `config` that is ours, or a value JSON cannot hold.
        OutputExistsError: the folder is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    clash = _OWN_KEYS & set(config)
    if clash:
        raise InvalidValueError(f"config of a {kind} sets {', '.join(sorted(clash))}, which `write_folder` writes")
    for name in files:
        problem = _name_problem(name)
        if problem:
            raise InvalidValueError(f"file name `{name}` of a {kind} {problem}")
    with PendingFolder(path, overwrite=overwrite) as pending:
        listed: dict[str, dict[str, str | int]] = {}
        hashes: dict[str, str] = {}
        for name, source in sorted(files.items()):
            place = pending.partial / name
            with output_errors(pending.path / name):
                place.parent.mkdir(parents=True, exist_ok=True)
            _put(source, place, pending.path / name)
            hashes[name] = _sha256(place)
            listed[name] = {"sha256": hashes[name], "bytes": place.stat().st_size}
        whole = {"format_version": FORMAT_VERSION, "kind": kind, **config, "files": listed}
        try:
            text = json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InvalidValueError(f"config of a {kind} cannot be written as JSON: {error}") from error
        with output_errors(pending.path / _CONFIG):
            (pending.partial / _CONFIG).write_text(text + "\n", encoding="utf-8")
    # The config as JSON gives it back: tuples are lists, keys are text.
    return ModelFolder(Path(path), kind, json.loads(text), hashes)


def load_folder(
    path: Path | str,
    kind: str | None = None,
    *,
    version: int = FORMAT_VERSION,
    migrations: Mapping[int, Migration] = MIGRATIONS,
) -> ModelFolder:
    """The model folder at `path`, with every file's hash checked; `kind` None takes any kind.

    Raises:
        UnreadableFileError: there is no such folder, or a file cannot be read.
        NewerFormatError: it was written by a newer avatron.
        DamagedModelError: it is of another kind, or a file is missing, changed, or lies outside.
    """
    path = Path(path)
    config = _read_config(path)
    found_kind = config.get("kind")
    if not isinstance(found_kind, str) or (kind is not None and found_kind != kind):
        raise DamagedModelError(f"`{path}` is a folder of kind `{found_kind}`, expected `{kind or 'any'}`")
    config = _migrated(path, config, version, migrations)
    entries = config.get("files")
    if not isinstance(entries, dict):
        raise DamagedModelError(f"`{path / _CONFIG}` has no table `files`; get the {found_kind} again")
    root = Path(os.path.realpath(path))
    hashes = {}
    for name, entry in entries.items():
        expected = entry.get("sha256") if isinstance(entry, dict) else None
        if not isinstance(expected, str):
            raise DamagedModelError(f"`{path / _CONFIG}` gives no sha256 for `{name}`; get the {found_kind} again")
        _check_file(path, root, name, expected, entry.get("bytes"))
        hashes[name] = expected
    return ModelFolder(path, found_kind, config, hashes)


def _read_config(path: Path) -> Config:
    place = path / _CONFIG
    try:
        if not path.is_dir():
            raise UnreadableFileError(f"`{path}` is not a folder; expected a model folder with a `{_CONFIG}`")
        with place.open("rb") as stream:
            data = stream.read(_LARGEST_CONFIG + 1)
    except FileNotFoundError:
        raise DamagedModelError(f"`{path}` has no `{_CONFIG}`; it is not a model folder, or it is not whole") from None
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"cannot read `{place}`: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > _LARGEST_CONFIG:
        raise DamagedModelError(f"`{place}` is larger than {_LARGEST_CONFIG // 2**20} MiB; it is no model's config")
    try:
        config = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DamagedModelError(f"`{place}` is not JSON: {error}; get the folder again") from None
    if not isinstance(config, dict):
        raise DamagedModelError(f"`{place}` holds a {type(config).__name__}, expected a JSON object")
    return config


def _migrated(path: Path, config: Config, newest: int, migrations: Mapping[int, Migration]) -> Config:
    version = config.get("format_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DamagedModelError(f"`{path / _CONFIG}` has format_version {version!r}, expected a whole number from 1")
    if version > newest:
        raise NewerFormatError(
            f"`{path}` has format version {version}; this avatron reads up to {newest}: update it with "
            "`pip install --upgrade avatron`"
        )
    while version < newest:
        if version not in migrations:
            raise DamagedModelError(f"`{path}` has format version {version}, which this avatron no longer reads")
        config = {**migrations[version](config), "format_version": version + 1}
        version += 1
    return config


def _check_file(path: Path, root: Path, name: str, expected: str, size: object) -> None:
    problem = _name_problem(name)
    if problem:
        raise DamagedModelError(f"`{path / _CONFIG}` lists a file `{name}`, whose name {problem}")
    place = path / name
    real = Path(os.path.realpath(place))
    if root not in real.parents:
        raise DamagedModelError(f"`{place}` is a link that leads out of its folder; put the file itself there")
    if not real.is_file():
        raise DamagedModelError(f"`{place}` is missing; get the folder again")
    try:
        # A file that has grown, perhaps beyond measure, is not read.
        if isinstance(size, int) and real.stat().st_size > size:
            raise DamagedModelError(
                f"`{place}` is damaged or was changed: it has {real.stat().st_size} bytes, expected {size}; "
                "get the folder again"
            )
        found = _sha256(real)
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{place}`: {error.strerror or error}") from error
    if found != expected:
        raise DamagedModelError(
            f"`{place}` is damaged or was changed: its sha256 is {found[:12]}..., expected {expected[:12]}...; "
            "get the folder again"
        )


def _name_problem(name: str) -> str | None:
    if name == _CONFIG:
        return f"is kept for the folder's own `{_CONFIG}`"
    if not all(_NAME_PART.fullmatch(part) for part in name.split("/")):
        return "is not allowed: parts are letters, digits and `._+-`, with `/` between them, and lead nowhere else"
    return None


def _put(source: FileSource, place: Path, shown: Path) -> None:
    if isinstance(source, bytes):
        with output_errors(shown):
            place.write_bytes(source)
    elif isinstance(source, Path):
        if not source.is_file():
            raise UnreadableFileError(f"cannot copy `{source}` to `{shown}`: there is no such file")
        with output_errors(shown):
            shutil.copyfile(source, place)
    else:
        source(place)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
