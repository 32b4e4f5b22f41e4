"""No library makes the process a real-time one."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.io.codecs import CODECS, CONTAINERS, codecs_here
from avatron.io.scheduling import ordinary_scheduling
from avatron.io.video import VideoWriter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a library do this")


def policies() -> set[int]:
    return {os.sched_getscheduler(int(task.name)) for task in Path("/proc/self/task").iterdir()}


def test_what_becomes_a_real_time_thread_is_an_ordinary_one_afterwards() -> None:
    with ordinary_scheduling():
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except PermissionError:
            pytest.skip("this user may not make real-time threads")
        assert os.sched_getscheduler(0) == os.SCHED_FIFO
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_an_av1_film_leaves_no_real_time_thread(tmp_path: Path) -> None:
    name = next(name for name in CONTAINERS if "av1" in CONTAINERS[name].codecs)
    if CODECS["av1"] not in codecs_here(name):
        pytest.skip("no encoder of AV1 is in the installed FFmpeg")
    picture = np.zeros((64, 64, 3), np.uint8)
    with VideoWriter(tmp_path / f"film.{name}", (64, 64), Fraction(25), codec="av1") as film:
        film.write_frame(picture)
        assert os.SCHED_FIFO not in policies()
        film.write_frame(picture)
    assert os.SCHED_FIFO not in policies()
