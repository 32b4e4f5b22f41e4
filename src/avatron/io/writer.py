"""What all writers have in common: `close` makes the output whole and gives it its name, `discard` leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from avatron.io.atomic import PendingFile, output_errors

__all__ = ["ByteWriter", "Writer"]


class Writer:
    """An output that is written piece by piece; as a context manager it is closed, or discarded after an error."""

    _finished = False
    _closed = False
    _beside: PendingFile | None = None
    seal: Callable[[Path | None], PendingFile | None] | None = None
    """Done to the finished output before it has its name, given its temporary path (None for a stream). What it
    writes beside the output appears just before it."""

    def finish(self) -> None:
        """Write what is left, so that only the name is missing; if that fails, nothing is left of the output.

        Raises:
            InvalidValueError: a film, gif or sequence without a picture.
            OutputError: it cannot be written.
        """
        if self._closed or self._finished:
            return
        try:
            self._finish()
            if self.seal is not None:
                self._beside = self.seal(self._partial())
        except BaseException:
            self.discard()
            raise
        self._finished = True

    def close(self) -> None:
        """Finish the output and give it its name; raises as `finish`."""
        self.finish()
        if not self._closed:
            self._closed = True
            if self._beside is not None:
                self._beside.commit()
            self._publish()

    def discard(self) -> None:
        """Give up; nothing is left of the output."""
        if not self._closed:
            self._closed = True
            if self._beside is not None:
                self._beside.discard()
            self._abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _partial(self) -> Path | None:
        """Where the output is before it has its name; None for a stream."""
        return None

    def _finish(self) -> None:
        """Write what is left."""
        raise NotImplementedError

    def _publish(self) -> None:
        """Give the output its name."""
        raise NotImplementedError

    def _abandon(self) -> None:
        """Remove the output, in whatever state it is."""
        raise NotImplementedError


class ByteWriter(Writer):
    """A file that bytes are appended to, or a stream of somebody else's, which stays open."""

    def __init__(self, target: Path | str | BinaryIO, *, overwrite: bool = False, called: str | None = None) -> None:
        """Open the file (under a temporary name) or take the stream; messages name it as `called`.

        Raises:
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        self._pending: PendingFile | None = None
        self._name = called or (str(target) if isinstance(target, str | Path) else "-")
        if isinstance(target, str | Path):
            self._pending = PendingFile(target, overwrite=overwrite)
            self._stream: BinaryIO = self._pending.partial.open("wb")
        else:
            self._stream = target

    def _partial(self) -> Path | None:
        return None if self._pending is None else self._pending.partial

    def _put(self, data: bytes) -> None:
        with output_errors(self._name):
            self._stream.write(data)

    def _finish(self) -> None:
        with output_errors(self._name):
            self._stream.flush()
            if self._pending is not None:
                self._stream.close()

    def _publish(self) -> None:
        if self._pending is not None:
            self._pending.commit()

    def _abandon(self) -> None:
        if self._pending is not None:
            try:
                self._stream.close()
            except OSError:
                pass
            finally:
                self._pending.discard()
