"""Work done ahead: what comes next is made while what came last is still being used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

__all__ = ["ahead"]

Item = TypeVar("Item")

_LOOK_S = 0.1
"""How often a maker that waits for room looks whether anybody still wants what it makes."""


class _End:
    """What the maker sends last: the error that stopped it, or None."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[Item], depth: int = 2) -> Generator[Item, None, None]:
    """The same `items`, made in a thread of their own, at most `depth` of them in advance.

    An error in the making is raised where its item would have come. Closing the generator ends the making after the
    item in work; only then does `close` return, so nothing of it goes on behind the caller's back.
    """
    made: queue.Queue[Item | _End] = queue.Queue(depth)
    unwanted = threading.Event()

    def put(item: Item | _End) -> None:
        while not unwanted.is_set():
            try:
                made.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
            return

    def make() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                put(item)
                if unwanted.is_set():
                    break
        except BaseException as caught:
            error = caught
        put(_End(error))

    maker = threading.Thread(target=make, name="avatron-ahead", daemon=True)
    maker.start()
    try:
        while True:
            item = made.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        unwanted.set()
        maker.join()
