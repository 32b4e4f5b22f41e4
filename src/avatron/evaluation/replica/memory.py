"""The most memory that a piece of work has held at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["PeakMemory", "watched_memory"]


class PeakMemory:
    """Filled in when the work is done."""

    megabytes: float | None = None
    """Resident, of the whole process; None where the system does not tell."""


@contextmanager
def watched_memory() -> Iterator[PeakMemory]:
    """Watch the work inside; on Linux, where the peak of before can be forgotten."""
    peak = PeakMemory()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    yield peak
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/self/status").read_text().splitlines()
        kilobytes = next(line for line in lines if line.startswith("VmHWM")).split()[1]
        peak.megabytes = round(int(kilobytes) / 1024, 1)
