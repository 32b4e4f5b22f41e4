"""From arguments to an exit code: one clear line for whatever goes wrong."""

from __future__ import annotations

import codecs
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper

from avatron.cli.interrupts import Interrupts
from avatron.cli.parser import build_parser
from avatron.cli.report import complain
from avatron.errors import AvatronError, OutputError
from avatron.io.atomic import discard_unfinished

__all__ = ["run"]

INTERRUPTED = 130
"""128 + SIGINT, as shells expect."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run(arguments: Sequence[str] | None) -> int:
    """Parse, run the verb, and map every error to one line on stderr and an exit code."""
    _fill_closed_streams()
    with Interrupts() as interrupts:
        try:
            return _run_verb(arguments)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) or interrupts.came:
                complain("interrupted; nothing was left behind")
                return INTERRUPTED
            return _explained(error)
        finally:
            if interrupts.came:
                discard_unfinished()


def _explained(error: BaseException) -> int:
    """The exit code of what ended a run, said on stderr."""
    if isinstance(error, AvatronError):
        complain(str(error))
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # The reader of our stdout has gone: nothing is left to say.
        _give_up_stdout()
    elif isinstance(error, MemoryError):
        complain("out of memory; try a smaller --size")
    elif not isinstance(error, Exception) or os.environ.get("AVATRON_TRACEBACK"):
        raise error
    else:
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
        codecs.register_error("avatron.printable", _printable)
        sys.stdout.reconfigure(errors="avatron.printable")


def _printable(error: UnicodeError) -> tuple[str | bytes, int]:
    """What stdout's encoding does not have: the bytes of a file name that is no Unicode as they are, else escaped."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def _give_up_stdout() -> None:
    """Keep Python from trying once more at exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
