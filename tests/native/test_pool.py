"""The pool of threads: every item is done exactly once, whoever asks and however often."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from avatron import _native
from avatron.errors import InvalidValueError
from avatron.native import cpu, pool


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(("count", "grain"), [(0, 1), (1, 1), (7, 3), (1000, 1), (1000, 64), (10, 1000)])
@pytest.mark.parametrize("nested", [False, True])
def test_every_item_is_visited_exactly_once(threads: int, count: int, grain: int, nested: bool) -> None:
    with pool.use_threads(threads):
        for repeat in range(1, 20):
            visits = np.full(count, repeat, np.int32)
            _native.pool.count_visits(visits, grain, nested)
            assert (visits == repeat + 1).all()


def test_callers_in_several_threads_do_not_disturb_one_another() -> None:
    visits = [np.zeros(5000, np.int32) for _ in range(4)]

    def work(own: np.ndarray) -> None:
        for _ in range(50):
            _native.pool.count_visits(own, 7, False)

    with pool.use_threads(3):
        callers = [threading.Thread(target=work, args=(own,)) for own in visits]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    assert all((own == 50).all() for own in visits)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted in /proc")
def test_a_thread_that_asked_for_it_works_alone() -> None:
    def count_threads() -> int:
        _native.pool.count_visits(np.zeros(100, np.int32), 1, False)
        return len(os.listdir("/proc/self/task"))

    with pool.use_threads(1):
        before = count_threads()
    # More than any other test here asks for: those would be started now.
    with pool.use_threads(23):
        with pool.alone():
            with pool.alone():
                pass
            assert count_threads() == before
        assert count_threads() > before


def test_a_forked_child_works_although_its_parents_threads_are_gone() -> None:
    with pool.use_threads(2):
        _native.pool.count_visits(np.zeros(100, np.int32), 1, False)
        child = os.fork()
        if child == 0:
            visits = np.zeros(1000, np.int32)
            _native.pool.count_visits(visits, 1, False)
            os._exit(0 if (visits == 1).all() else 1)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_idle_threads_use_no_processor_time() -> None:
    with pool.use_threads(2):
        _native.pool.count_visits(np.zeros(100, np.int32), 1, False)
        time.sleep(0.01)
        before = time.process_time()
        time.sleep(0.2)
        assert time.process_time() - before < 0.02


def test_a_number_of_threads_out_of_range_is_refused() -> None:
    for count in (0, -1, pool.MAX_THREADS + 1):
        with pytest.raises(InvalidValueError, match=str(count)):
            pool.set_threads(count)


def test_the_number_of_threads_returns_after_the_block() -> None:
    before = pool.threads()
    with pool.use_threads(before + 1):
        assert pool.threads() == before + 1
    assert pool.threads() == before


def test_the_instruction_set_returns_after_the_block_and_an_unknown_one_is_refused() -> None:
    before = cpu.instruction_set()
    with cpu.use_instruction_set("portable"):
        assert cpu.instruction_set() == "portable"
    assert cpu.instruction_set() == before
    with pytest.raises(InvalidValueError, match="use one of portable"), cpu.use_instruction_set("mmx"):
        pass


def test_the_environment_is_read_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cpu.ENVIRONMENT_VARIABLE, "portable")
    assert cpu.instruction_set() == cpu.available_instruction_sets()[-1]
    assert cpu.instruction_set_from_environment() == "portable"
    monkeypatch.setenv(cpu.ENVIRONMENT_VARIABLE, "quantum")
    with pytest.raises(InvalidValueError, match="AVATRON_ISA"):
        cpu.instruction_set_from_environment()
