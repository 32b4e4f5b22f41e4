"""Several files that belong together: all of them are written before the first gets its name, the main one last."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from avatron.io.atomic import PendingFile, PendingFolder, check_target, output_errors

__all__ = ["PendingBundle", "check_bundle"]


def check_bundle(path: Path, companions: tuple[str, ...], *, overwrite: bool) -> None:
    """Refuse `path` and what lies beside it (a name that ends in `/` is a folder), before any work is done.

    Raises:
        As `check_target`.
    """
    for name in companions:
        check_target(path.parent / name.rstrip("/"), overwrite=overwrite, folder=name.endswith("/"))
    check_target(path, overwrite=overwrite)


class PendingBundle:
    """Files under temporary names. Whoever finds the last one finds the others too."""

    def __init__(self, folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> None:
        """Write `files` (name, or name of a folder and name, to bytes) into `folder`.

        Raises:
            OutputExistsError: one of them is there and `overwrite` is not set; nothing is left.
            OutputError: one cannot be written; nothing is left.
        """
        self._pending: dict[str, PendingFile | PendingFolder] = {}
        try:
            for name, data in files.items():
                head, _, inner = name.partition("/")
                if head not in self._pending:
                    kind = PendingFolder if inner else PendingFile
                    self._pending[head] = kind(folder / head, overwrite=overwrite)
                place = self._pending[head].partial / inner if inner else self._pending[head].partial
                with output_errors(folder / name):
                    place.write_bytes(data)
        except BaseException:
            self.discard()
            raise

    def partial(self, name: str) -> Path:
        """Where one of the files or folders is before it has its name."""
        return self._pending[name].partial

    def commit(self) -> tuple[Path, ...]:
        """Give all of them their names, in the order in which they were given; what they are called.

        Raises:
            OutputExistsError: one of them was written by somebody else meanwhile, and `overwrite` is not set.
            OutputError: a rename failed.
        """
        try:
            return tuple(pending.commit() for pending in self._pending.values())
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove what has no name yet."""
        for pending in self._pending.values():
            pending.discard()
