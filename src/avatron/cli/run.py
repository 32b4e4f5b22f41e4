"""From arguments to an exit code: one clear line for whatever goes wrong."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from types import FrameType

from avatron.cli.parser import build_parser
from avatron.cli.report import complain
from avatron.errors import AvatronError, OutputError

__all__ = ["run"]

INTERRUPTED = 130
"""128 + SIGINT, as shells expect."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a polite request to stop, and a terminal that goes: each cleans up. Windows has no SIGHUP."""


def run(arguments: Sequence[str] | None) -> int:
    """Parse, run the verb, and map every error to one line on stderr and an exit code."""
    _fill_closed_streams()
    with _one_interrupt():
        try:
            return _run_verb(arguments)
        except AvatronError as error:
            complain(str(error))
            return error.exit_code
        except KeyboardInterrupt:
            complain("interrupted; nothing was left behind")
            return INTERRUPTED
        except BrokenPipeError:
            # The reader of our stdout has gone: nothing is left to say.
            _give_up_stdout()
            return 1
        except MemoryError:
            complain("out of memory; try a smaller --size")
            return 1
        except Exception as error:
            if os.environ.get("AVATRON_TRACEBACK"):
                raise
            complain(
                f"unexpected {type(error).__name__}: {error} "
                "(this is a bug of avatron: set AVATRON_TRACEBACK=1 to see where)"
            )
            return 1


def _run_verb(arguments: Sequence[str] | None) -> int:
    try:
        parsed = build_parser().parse_args(arguments)
    except SystemExit as stop:
        # argparse prints its own line and leaves; a number is what it means to exit with.
        return int(stop.code or 0)
    try:
        code = int(parsed.run(parsed))
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # What is written to files says its own errors; one without a name is stdout's.
        if error.filename is not None or error.errno not in _FULL:
            raise
        _give_up_stdout()
        raise OutputError(f"the result cannot be written to stdout: {error.strerror}") from None
    return code


@contextmanager
def _one_interrupt() -> Iterator[None]:
    """Turn the first request to stop into a `KeyboardInterrupt`, and let no further one disturb the cleaning up."""
    numbers = [getattr(signal, name) for name in _STOPS if hasattr(signal, name)]
    # What is ignored stays ignored: that is how `nohup` works.
    heard = {number: signal.getsignal(number) for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        for one in heard:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    try:
        for number in heard:
            signal.signal(number, stop)
        yield
    finally:
        if not stopped:
            for number, handler in heard.items():
                signal.signal(number, handler)


def _fill_closed_streams() -> None:
    """Keep 0, 1 and 2 from becoming the numbers of our own files, which whoever writes to stderr would write into."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    if isinstance(sys.stdout, TextIOWrapper):
        # A file name may hold bytes that are no Unicode; they are printed as they are.
        sys.stdout.reconfigure(errors="surrogateescape")


def _give_up_stdout() -> None:
    """Keep Python from trying once more at exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
