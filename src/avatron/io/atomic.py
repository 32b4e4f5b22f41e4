"""Outputs that are whole or not there: written under a temporary name beside the target, then renamed.

Each run writes under a name of its own (`.hello.mp4.3f2a9c01.partial`), so two runs with the same target never
write into the same file. With `overwrite`, whoever finishes last wins; without it, whoever finishes first does, and
the other is told that the output exists now.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from avatron.errors import AvatronError, OutputError, OutputExistsError

__all__ = [
    "PendingFile",
    "PendingFolder",
    "check_target",
    "discard_unfinished",
    "output_error",
    "output_errors",
    "write_file",
]

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or write to another disk",
    errno.EDQUOT: "the disk quota is used up; free some space or write to another disk",
    errno.EFBIG: "the file would be larger than this disk or account allows; write to another disk",
    errno.EACCES: "permission denied; choose a folder that you may write to",
    errno.EPERM: "permission denied; choose a folder that you may write to",
    errno.EROFS: "the disk is read-only; write to another disk",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ENOENT: "its folder is gone; make it first",
}


def output_error(path: Path | str, error: OSError) -> OutputError:
    """The one line that says why `path` cannot be written, and what to do."""
    reason = _REASONS.get(error.errno or 0) or error.strerror or str(error)
    return OutputError(f"cannot write `{path}`: {reason}")


@contextmanager
def output_errors(path: Path | str) -> Iterator[None]:
    """Turn what the operating system says while `path` is written into an `OutputError`.

    A pipe whose reader has gone stays a `BrokenPipeError`: the caller ends quietly.
    """
    try:
        yield
    except (AvatronError, BrokenPipeError):
        # `OutputExistsError` is an OSError as well.
        raise
    except OSError as error:
        # PyAV's errors are OSErrors too, with FFmpeg's text in `strerror`.
        raise output_error(path, error) from error


def check_target(path: Path, *, overwrite: bool, folder: bool = False) -> None:
    """Refuse a target that could not be written, before any work is done.

    Raises:
        OutputExistsError: it is there and `overwrite` is not set.
        OutputError: its folder is missing or cannot be written to, or it is not an ordinary file (or folder).
    """
    with output_errors(path):
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = 0
        except NotADirectoryError:
            raise OutputError(f"cannot write `{path}`: a part of its path is a file, not a folder") from None
        ordinary = stat.S_ISDIR(mode) if folder else stat.S_ISREG(mode)
        wanted = "a folder" if folder else "an ordinary file"
        if mode and not ordinary:
            hint = "; `-o -` writes to stdout" if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) else ""
            raise OutputError(f"cannot write `{path}`: it is there and is not {wanted}; choose another name{hint}")
        if mode and not overwrite:
            raise OutputExistsError(f"`{path}` exists; give `--overwrite` (overwrite=True) to replace it")
        # A link to nothing yet is written where it points to.
        parent = (path.resolve() if path.is_symlink() else path).parent
        if not parent.is_dir():
            raise OutputError(f"cannot write `{path}`: the folder `{parent}` does not exist; make it first")
        if not os.access(parent, os.W_OK | os.X_OK):
            raise OutputError(f"cannot write `{path}`: the folder `{parent}` is not writable; choose another")


class _Pending:
    """A target and the temporary name that its content is written under."""

    is_folder = False

    def __init__(self, path: Path | str, *, overwrite: bool = False) -> None:
        """Check the target and make the empty temporary file (or folder).

        Raises:
            As `check_target`.
        """
        self.path = Path(path)
        self.overwrite = overwrite
        check_target(self.path, overwrite=overwrite, folder=self.is_folder)
        # A link is followed: the file that it names is replaced, the link stays.
        self._target = self.path.resolve() if self.path.is_symlink() else self.path
        # Long names are cut so that the temporary one still fits the 255 bytes of a name.
        stem = os.fsencode(self._target.name)[:200].decode(sys.getfilesystemencoding(), "ignore")
        self.partial = self._target.with_name(f".{stem}.{secrets.token_hex(4)}.partial")
        self.done = False
        _unfinished.add(self)
        with output_errors(self.path):
            self._create()

    def _create(self) -> None:
        raise NotImplementedError

    def _publish(self) -> None:
        raise NotImplementedError

    def _remove(self) -> None:
        raise NotImplementedError

    def commit(self, *, durable: bool = False) -> Path:
        """Give the content its name. `durable` waits until the disk has it (slow; for what must survive a power cut).

        Raises:
            OutputExistsError: another run finished the same output meanwhile, and `overwrite` is not set.
            OutputError: the rename failed.
        """
        if self.done:
            return self.path
        try:
            with output_errors(self.path):
                if durable:
                    _flush_to_disk(self.partial)
                self._publish()
                if durable:
                    _flush_to_disk(self._target.parent)
        except BaseException:
            self.discard()
            raise
        self._end()
        return self.path

    def discard(self) -> None:
        """Remove what was written. Nothing happens after `commit`."""
        if not self.done:
            with suppress(OSError):
                self._remove()
            self._end()

    def _end(self) -> None:
        self.done = True
        _unfinished.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()

    def _exists_now(self) -> OutputExistsError:
        return OutputExistsError(
            f"`{self.path}` was written by another run meanwhile; give `--overwrite` to replace it"
        )


class PendingFile(_Pending):
    """A file that appears when it is whole. Write to `partial`, then `commit`; as a context manager, by itself."""

    def _create(self) -> None:
        # 0o666 less the umask: the permissions that the user's other files have.
        os.close(os.open(self.partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))

    def _publish(self) -> None:
        if self.overwrite:
            os.replace(self.partial, self._target)
            return
        try:
            # A link, unlike a rename, fails where the target has appeared meanwhile.
            os.link(self.partial, self._target)
        except FileExistsError:
            raise self._exists_now() from None
        except OSError:
            # No hard links on this disk (FAT, some network disks): a check and a rename are the next best.
            if self._target.exists():
                raise self._exists_now() from None
            os.replace(self.partial, self._target)
        else:
            os.unlink(self.partial)

    def _remove(self) -> None:
        os.unlink(self.partial)


class PendingFolder(_Pending):
    """A folder that appears when it is whole. A folder that it replaces is gone for an instant in between."""

    is_folder = True

    def _create(self) -> None:
        os.mkdir(self.partial)

    def _publish(self) -> None:
        if not self.overwrite or not self._target.exists():
            try:
                os.rename(self.partial, self._target)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    raise self._exists_now() from None
                raise
            return
        old = self.partial.with_suffix(".old")
        os.rename(self._target, old)
        try:
            os.rename(self.partial, self._target)
        except OSError:
            os.rename(old, self._target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _remove(self) -> None:
        shutil.rmtree(self.partial)


_unfinished: set[_Pending] = set()


def discard_unfinished() -> None:
    """Remove what every output of this process has under a temporary name, for a process that was asked to stop.

    An interrupt can come between the making of an output and the `with` or `try` that would discard it.
    """
    for pending in list(_unfinished):
        pending.discard()


def write_file(path: Path | str, data: bytes | str, *, overwrite: bool = False, durable: bool = False) -> Path:
    """Write `data` (text as UTF-8) to `path`, whole or not at all.

    Raises:
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    pending = PendingFile(path, overwrite=overwrite)
    try:
        with output_errors(pending.path):
            pending.partial.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    except BaseException:
        pending.discard()
        raise
    return pending.commit(durable=durable)


def _flush_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
