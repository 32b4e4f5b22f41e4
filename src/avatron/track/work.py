"""What a tracker has finished, kept beside its output: a run that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import OutputError, UnreadableFileError
from avatron.io.atomic import PendingFile, output_errors, write_file
from avatron.io.npz import read_npz

__all__ = ["WORK_KEY", "WorkFolder", "file_sha256"]

WORK_KEY = "key.json"
"""What a folder of ours holds: the clip and the settings that it was made for."""


class WorkFolder:
    """Named arrays in a folder, each written whole or not at all, all of them made from the same clip and settings."""

    def __init__(self, path: Path) -> None:
        """What is in the folder at `path` is trusted; see `open`."""
        self.path = path

    @staticmethod
    @contextmanager
    def open(path: Path | None, key: Mapping[str, Any]) -> Iterator[WorkFolder]:
        """The folder at `path`, emptied unless it was made for the same `key`; removed when the work ends well.

        None is a folder that nobody sees and that goes with the run, whatever happens.

        Raises:
            OutputError: it cannot be written, or is not a folder of ours.
        """
        if path is None:
            with tempfile.TemporaryDirectory(prefix="avatron-track-") as place:
                yield WorkFolder(Path(place))
            return
        wanted = json.dumps(key, sort_keys=True, default=str)
        if path.exists() and not (path / WORK_KEY).is_file() and (not path.is_dir() or any(path.iterdir())):
            raise OutputError(f"`{path}` is there and is no work folder of avatron's; move it away")
        with output_errors(path):
            if path.exists() and not ((path / WORK_KEY).is_file() and (path / WORK_KEY).read_text("utf-8") == wanted):
                shutil.rmtree(path)
            if not path.exists():
                path.mkdir(parents=True)
                write_file(path / WORK_KEY, wanted)
        yield WorkFolder(path)
        shutil.rmtree(path, ignore_errors=True)

    def has(self, name: str) -> bool:
        """Whether `name` was written whole."""
        return self._place(name).is_file()

    def write(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep `arrays` under `name`.

        Raises:
            OutputError: the disk is full, or the folder cannot be written to.
        """
        # Not compressed: packing landmarks would take longer than fitting them.
        place = self._place(name)
        with (
            PendingFile(place, overwrite=True) as pending,
            output_errors(place),
            pending.partial.open("wb") as stream,
        ):
            np.savez(stream, allow_pickle=False, **arrays)

    def read(self, name: str, *names: str) -> dict[str, NDArray[Any]]:
        """The arrays `names` that were kept under `name`.

        Raises:
            UnreadableFileError: they are not there.
        """
        return read_npz(self._place(name), "unfinished tracking", names)

    def _place(self, name: str) -> Path:
        return self.path / f"{name}.npz"


def file_sha256(path: Path) -> str:
    """The hash of a file.

    Raises:
        UnreadableFileError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
