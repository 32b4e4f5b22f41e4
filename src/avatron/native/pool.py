"""How many threads the kernels use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from avatron import _native
from avatron.errors import InvalidValueError

__all__ = ["MAX_THREADS", "alone", "set_threads", "threads", "use_threads"]

MAX_THREADS = 256


def threads() -> int:
    """Threads that work on one kernel call, the caller included; one a core until set otherwise."""
    return int(_native.pool.size())


def set_threads(count: int | None) -> None:
    """Use `count` threads from the next kernel call on; None: one a core. No thread is started or ended by this.

    Raises:
        InvalidValueError: not between 1 and `MAX_THREADS`.
    """
    if count is not None and not 1 <= count <= MAX_THREADS:
        raise InvalidValueError(f"{count} threads; expected 1 to {MAX_THREADS}, or None for one a core")
    _native.pool.set_size(count or 0)


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Use `count` threads, in the whole process, inside the `with` block."""
    before = threads()
    set_threads(count)
    try:
        yield
    finally:
        set_threads(before)


@contextmanager
def alone() -> Iterator[None]:
    """Inside the `with` block kernels run on the thread that calls them: where work is shared out already."""
    before = _native.pool.set_alone(True)
    try:
        yield
    finally:
        _native.pool.set_alone(before)
