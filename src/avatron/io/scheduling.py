"""Keeps libraries from making the process a real-time one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ordinary_scheduling"]


@contextmanager
def ordinary_scheduling() -> Iterator[None]:
    """Threads that become real-time ones inside the `with` block are ordinary ones after it.

    SVT-AV1 gives its own threads and the one that opens it the highest real-time priority there is where it may (as
    root, in most containers): such a process takes the cores from all others, the kernel's own threads among them.
    """
    if sys.platform != "linux":
        yield
        return
    before = {thread for thread in _threads() if _is_real_time(thread)}
    try:
        yield
    finally:
        for thread in _threads():
            if thread not in before and _is_real_time(thread):
                os.sched_setscheduler(thread, os.SCHED_OTHER, os.sched_param(0))


def _threads() -> list[int]:
    return [int(task.name) for task in Path("/proc/self/task").iterdir()]


def _is_real_time(thread: int) -> bool:
    try:
        return os.sched_getscheduler(thread) in (os.SCHED_FIFO, os.SCHED_RR)
    except ProcessLookupError:
        return False
