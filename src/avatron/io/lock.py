"""A lock on a place: whoever holds it works there alone, and it goes with its holder, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avatron.errors import OutputError
from avatron.io.atomic import output_errors

__all__ = ["held_alone"]


@contextmanager
def held_alone(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file at `path`, made where it is not there, and removed in the end; `what` is said to be in use.

    The operating system lets go of it when its holder is gone, so that a run that was killed locks nobody out.

    Raises:
        OutputError: another process holds it, or it cannot be made.
    """
    import fcntl

    while True:
        with output_errors(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
                raise OutputError(
                    f"another process ({holder}) works on {what}; wait until it is done, or choose another place"
                ) from None
            if not _is_at(handle, path):
                # Whoever held it before has removed the file meanwhile: a new one is there, or none.
                continue
            os.truncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
            try:
                yield
            finally:
                # While it is held: nobody can take the name of a file that is about to go.
                path.unlink(missing_ok=True)
            return
        finally:
            os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    """Whether the open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False
