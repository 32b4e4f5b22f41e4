"""What a command says: results on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from avatron.cli.interrupts import stop_if_asked

__all__ = ["Progress", "complain", "note", "print_json", "print_table"]


_AT_ONCE_S = 0.5


class Progress:
    """One line on stderr: how far a job is and how long is left. Where stderr is no terminal, lines of a log."""

    def __init__(self, label: str, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._terminal = self._stream.isatty()
        self._start = time.monotonic()
        self._last = self._start
        self._every_s = 0.2 if self._terminal else 10.0
        self._shown = False
        self._done_before: float | None = None

    def __call__(self, fraction: float) -> None:
        """Say that `fraction` (0 .. 1) of the job is done."""
        stop_if_asked()
        now = time.monotonic()
        if self._done_before is None:
            # What is said to be done at once was done by an earlier run, and says nothing of this one's speed.
            self._done_before = fraction if now - self._start < _AT_ONCE_S else 0.0
        if self._quiet or now - self._last < self._every_s:
            return
        self._last = now
        elapsed = now - self._start
        own = fraction - self._done_before
        left = f", {_clock(elapsed * (1 - fraction) / own)} left" if own > 0.01 else ""
        line = f"{self._label} {fraction:4.0%}{left}"
        self._stream.write(f"\r\x1b[K{line}" if self._terminal else line + "\n")
        self._stream.flush()
        self._shown = True

    def close(self) -> None:
        """Clear the line."""
        if self._shown and self._terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _clock(seconds: float) -> str:
    seconds = round(seconds)
    return (
        f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
        if seconds >= 3600
        else (f"{seconds // 60}:{seconds % 60:02}")
    )


def complain(message: str) -> None:
    """One line on stderr that says what failed, its control characters made visible."""
    line = "".join(character if character.isprintable() else repr(character)[1:-1] for character in message)
    print(f"avatron: {line}", file=sys.stderr)


def note(message: str, quiet: bool = False) -> None:
    """A remark on stderr that does not stop the work."""
    if not quiet:
        print(f"avatron: note: {message}", file=sys.stderr)


def print_json(value: Any) -> None:
    """`value` as one JSON document on stdout."""
    # `print` takes a stdout that is closed, and a name that is no Unicode must not end a run whose work is done.
    is_unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=2)
    print(text.encode("utf-8", "backslashreplace").decode())


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Rows in aligned columns on stdout."""
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
