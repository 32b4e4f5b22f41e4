"""Ctrl-C and its kin: the first request to stop ends the run, the next ones do not disturb the cleaning up."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any, Self

__all__ = ["Interrupts", "stop_if_asked"]

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a polite request to stop, and a terminal that goes. Windows has no SIGHUP."""
GRACE_S = 3.0
"""How long cleaning up is left alone; whoever asks again later is heard again."""


class Interrupts:
    """While it is entered, a request to stop is raised as a `KeyboardInterrupt`, at most once in `GRACE_S` seconds."""

    def __init__(self) -> None:
        self.came = False
        """Whether anybody asked. What is raised while a C library runs may come out of it as another error."""
        self._last = -GRACE_S
        self._before: dict[int, Any] = {}
        if threading.current_thread() is not threading.main_thread():
            # Python hears signals in the main thread only.
            return
        for number in (getattr(signal, name) for name in STOPS if hasattr(signal, name)):
            handler = signal.getsignal(number)
            # What is ignored stays ignored: that is how `nohup` works. None is a handler that is not Python's.
            if handler not in (signal.SIG_IGN, None):
                self._before[number] = handler

    def _stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last >= GRACE_S:
            self.came = True
            self._last = now
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        _entered.append(self)
        for number in self._before:
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *ended: object) -> None:
        _entered.remove(self)
        for number, handler in self._before.items():
            # After an interrupt the process ends: a late signal must not turn its exit code into another.
            signal.signal(number, signal.SIG_IGN if self.came else handler)


_entered: list[Interrupts] = []


def stop_if_asked() -> None:
    """Raise the interrupt again that came and was lost: what is raised inside of a finaliser or callback of a C library
    is only printed, and the run would go on."""
    if any(interrupts.came for interrupts in _entered):
        raise KeyboardInterrupt
