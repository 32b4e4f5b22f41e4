"""Arrays in one npz file: never a pickle, never more than fits, whole or not there."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnreadableFileError
from avatron.io.atomic import PendingFile, output_errors

__all__ = ["LARGEST_NPZ", "read_npz", "save_npz", "write_npz"]

LARGEST_NPZ = 2 * 2**30
"""Bytes, packed and unpacked: a small file may unpack to a huge one."""

_DAMAGE = (
    *(zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, MemoryError, OverflowError),
    zipfile.zlib.error,  # type: ignore[attr-defined]
)


def read_npz(path: Path, what: str, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, NDArray[Any]]:
    """The arrays of the npz at `path` by their names; of the optional ones those that are there.

    Raises:
        UnreadableFileError: missing, damaged, too large, or without one that is required; `what` says what it should
            have held.
    """
    try:
        if path.stat().st_size > LARGEST_NPZ:
            raise UnreadableFileError(f"`{path}` is larger than {LARGEST_NPZ // 2**30} GiB; cut it into parts")
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_NPZ:
                raise UnreadableFileError(f"`{path}` unpacks to more than {LARGEST_NPZ // 2**30} GiB")
        with np.load(path, allow_pickle=False) as arrays:
            names = set(arrays.files)
            if missing := [name for name in required if name not in names]:
                raise UnreadableFileError(f"`{path}` is no npz of {what}: it lacks {', '.join(missing[:4])}")
            return {name: arrays[name] for name in (*required, *(one for one in optional if one in names))}
    except _DAMAGE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableFileError(f"`{path}` is no npz of {what}: {reason}") from error
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error


def write_npz(path: Path | str, arrays: Mapping[str, NDArray[Any]], *, overwrite: bool = False) -> None:
    """Write `arrays` to `path`, compressed.

    Raises:
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    with PendingFile(path, overwrite=overwrite) as pending:
        save_npz(pending, arrays)


def save_npz(pending: PendingFile, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `arrays` under the temporary name of `pending`.

    Raises:
        OutputError: it cannot be written.
    """
    with output_errors(pending.path), pending.partial.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
