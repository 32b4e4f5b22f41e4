"""A task for worker processes, which must be able to import it."""

from __future__ import annotations

import os
import signal

__all__ = ["doubled_or_dead"]


def doubled_or_dead(number: int) -> int:
    """A task that kills its process for some numbers."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        os._exit(7)
    return 2 * number
