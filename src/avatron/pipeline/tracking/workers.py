"""Processes that each do one task after another, and whose death costs one task and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

__all__ = ["Lost", "work_off"]

Task = TypeVar("Task")
_GRACE_S = 2.0
_BEAT_S = 0.2


@dataclass(frozen=True)
class Lost(Generic[Task]):
    """A task whose process died."""

    task: Task
    reason: str


def work_off(
    tasks: Sequence[Task],
    function: Callable[[Task], Any],
    *,
    jobs: int,
    on_beat: Callable[[], None] | None = None,
) -> Iterator[Any | Lost[Task]]:
    """What `function` makes of each of `tasks`, as they get done, by `jobs` processes; a `Lost` for one that dies.

    `function` must be importable by its name, and raise nothing. `on_beat` is called a few times a second. Whatever
    ends the loop early ends the processes; they also end when this process does.
    """
    waiting = list(tasks)[::-1]
    workers: list[_Worker] = []
    try:
        for _ in range(min(jobs, len(waiting))):
            workers.append(_Worker(function, jobs))
            workers[-1].give(waiting.pop())
        while any(worker.busy for worker in workers):
            ready = wait([worker.connection for worker in workers if worker.busy], timeout=_BEAT_S)
            if on_beat is not None:
                on_beat()
            for worker in list(workers):
                if worker.connection not in ready:
                    continue
                result = worker.take()
                if isinstance(result, Lost):
                    workers.remove(worker)
                    if waiting:
                        workers.append(worker := _Worker(function, jobs))
                if waiting:
                    worker.give(waiting.pop())
                yield result
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """One process."""

    def __init__(self, function: Callable[[Any], Any], jobs: int) -> None:
        # Not forked: a process with threads, as ours has, does not fork safely.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        threads = max((os.cpu_count() or 1) // jobs, 1)
        self._process = context.Process(target=_serve, args=(theirs, function, threads), daemon=True)
        self._process.start()
        theirs.close()
        self._task: Any = None
        self.busy = False

    def give(self, task: Any) -> None:
        """Have it do `task`."""
        self._task, self.busy = task, True
        # A process that died already is found out when its answer is taken.
        with suppress(OSError):
            self.connection.send(task)

    def take(self) -> Any:
        """What it made of the task, or a `Lost`."""
        self.busy = False
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self._process.join(_GRACE_S)
            code = self._process.exitcode
            self.end()
            if code is not None and code < 0:
                return Lost(self._task, f"its process was ended by {signal.Signals(-code).name}")
            return Lost(self._task, f"its process ended with code {code}")

    def end(self) -> None:
        """End the process, at once if it is at work."""
        self.connection.close()
        if self.busy:
            self._process.terminate()
        self._process.join(_GRACE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(connection: Connection, function: Callable[[Any], Any], threads: int) -> None:
    from avatron.native.pool import set_threads

    # Ctrl-C goes to every process of the terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_threads(threads)
    with suppress(EOFError, BrokenPipeError):
        while True:
            connection.send(function(connection.recv()))
