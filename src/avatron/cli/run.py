"""From arguments to an exit code: one clear line for whatever goes wrong."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from avatron.cli.parser import build_parser
from avatron.errors import AvatronError

__all__ = ["run"]

INTERRUPTED = 130
"""128 + SIGINT, as shells expect."""


def run(arguments: Sequence[str] | None) -> int:
    """Parse, run the verb, and map every error to one line on stderr and an exit code."""
    parser = build_parser()
    try:
        parsed = parser.parse_args(arguments)
    except SystemExit as stop:
        # argparse prints its own line and leaves; a number is what it means to exit with.
        return int(stop.code or 0)
    except AvatronError as error:
        return _say(error)
    # A polite request to stop cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(parsed.run(parsed))
    except AvatronError as error:
        return _say(error)
    except KeyboardInterrupt:
        print("avatron: interrupted; nothing was left behind", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout has gone: nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        print("avatron: out of memory; try a smaller --size", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("AVATRON_TRACEBACK"):
            raise
        print(
            f"avatron: unexpected {type(error).__name__}: {_one_line(error)} "
            "(this is a bug of avatron: set AVATRON_TRACEBACK=1 to see where)",
            file=sys.stderr,
        )
        return 1


def _say(error: AvatronError) -> int:
    print(f"avatron: {_one_line(error)}", file=sys.stderr)
    return error.exit_code


def _one_line(error: BaseException) -> str:
    """The message with every control character made visible, so that it stays one line."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in str(error))
