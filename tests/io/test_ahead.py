"""Making things ahead of their use."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from avatron.io.ahead import ahead


def test_all_items_come_in_order() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))


def test_at_most_depth_items_and_the_one_in_work_are_ahead_of_the_reader() -> None:
    made = []

    def make() -> Iterator[int]:
        for number in range(20):
            made.append(number)
            yield number

    items = ahead(make(), depth=2)
    assert next(items) == 0
    time.sleep(0.2)
    assert 2 <= len(made) <= 4
    items.close()


def test_an_error_is_raised_where_its_item_would_have_come() -> None:
    def make() -> Iterator[int]:
        yield 1
        raise ValueError("the second cannot be made")

    items = ahead(make())
    assert next(items) == 1
    with pytest.raises(ValueError, match="the second"):
        next(items)


def test_closing_ends_the_making_before_it_returns() -> None:
    before = threading.active_count()

    def make() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    items = ahead(make())
    assert next(items) == 0
    items.close()
    assert threading.active_count() == before
