from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.assets import fetch_asset
from avatron.errors import MissingComponentError
from avatron.io.video import VideoWriter
from avatron.native.yuv import fill_planes
from reference.drawn_person import DrawnPerson

COMMAND = [sys.executable, "-m", "avatron", "live"]
FRAMES = 8


@pytest.fixture(scope="module")
def person() -> DrawnPerson:
    try:
        fetch_asset("face_landmarker.task")
    except MissingComponentError as error:
        pytest.skip(f"the landmark networks cannot be had here: {error}")
    return DrawnPerson()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, person: DrawnPerson) -> Path:
    """A face that stands still."""
    path = tmp_path_factory.mktemp("film") / "face.mkv"
    image = person.face().image
    with VideoWriter(path, (384, 384), Fraction(25)) as writer:
        for _ in range(FRAMES):
            writer.write_frame(image)
    return path


def test_a_pipe_goes_in_and_json_comes_out(film: Path) -> None:
    with film.open("rb") as pipe:
        done = subprocess.run(
            [*COMMAND, "--input", "-", "--quiet"], stdin=pipe, capture_output=True, check=True, timeout=120
        )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["frame"] for line in lines] == list(range(FRAMES))
    assert all(line["valid"] and len(line["curves"]) == 52 for line in lines)


def test_the_first_seconds_can_be_asked_for_and_summed_up(film: Path) -> None:
    command = [*COMMAND, "--input", str(film), "--seconds", "0.1", "--to", "osc://127.0.0.1:9", "--json"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout)["frames"] == 3


def feed(pipe: BinaryIO, image: NDArray[np.uint8]) -> None:
    """A y4m of one picture over and over, until nobody reads it any more."""
    height, width = image.shape[:2]
    planes = [np.empty(shape, np.uint8) for shape in ((height, width), *[(height // 2, width // 2)] * 2)]
    fill_planes(image, *planes)
    picture = b"FRAME\n" + b"".join(plane.tobytes() for plane in planes)
    try:
        pipe.write(b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n" % (width, height))
        while True:
            pipe.write(picture)
            time.sleep(0.04)
    except (BrokenPipeError, ValueError):
        return


def test_ctrl_c_ends_an_endless_pipe_cleanly(person: DrawnPerson) -> None:
    command = [*COMMAND, "--input", "-", "--newest"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell ignores interrupts for what it runs in the background, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run:
        assert run.stdin is not None and run.stdout is not None and run.stderr is not None
        killer = threading.Timer(60, run.kill)
        killer.start()
        threading.Thread(target=feed, args=(run.stdin, person.face().image), daemon=True).start()
        json.loads(run.stdout.readline())
        os.kill(run.pid, signal.SIGINT)
        code = run.wait()
        killer.cancel()
        rest, messages = run.stdout.read(), run.stderr.read()
    assert code == 0, messages
    for line in rest.splitlines():
        json.loads(line)
    assert b"Traceback" not in messages and b"left out" in messages


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--camera", "93"], b"no camera 93"),
        (["--input", "missing.mp4"], b"no such file"),
        (["--input", "x", "--camera-size", "1x1"], b"cameras"),
        (["--to", "nowhere"], b"livelink"),
        (["--seconds", "0"], b"more than 0"),
        (["--camera-size", "large"], b"1280x720"),
        (["--json"], b"choose one"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(options: list[str], message: bytes) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, check=False)
    assert done.returncode in (1, 2) and message in done.stderr and done.stderr.count(b"\n") == 1
