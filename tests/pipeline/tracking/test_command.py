"""`avatron track` and `avatron animate` as they are typed: refusals, interrupts, and what is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from avatron.cli import main
from avatron.io.clips import probe_clip
from avatron.io.tracks import read_track
from reference.tracked_clip import SpokenClip, TrackedClip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["track"], "give the video to track"),
        (["track", "a.mp4"], "nothing says where to write"),
        (["track", "a.mp4", "-o", "a.npz", "--jobs", "2"], "are for `--batch`"),
        (["track", "a.mp4", "-o", "a.doc"], "unknown type `doc`"),
        (["track", "a.mp4", "-o", "a.npz", "--no-audio", "--transcript", "Hi."], "choose one"),
        (["track", "a.mp4", "-o", "a.npz", "--audio-offset", "40"], "expected -5 .. 5 seconds"),
        (["track", "a.mp4", "-o", "a.npz", "--from", "b.npz", "--audio-offset", "0.1"], "is for tracking"),
        (["track", "a.mp4", "-o", "a.npz", "--subject", "middle"], "expected largest, left, right or a point X,Y"),
        (["track", "a.mp4", "-o", "a.npz", "--subject", "320,200"], "expected 0 .. 1 of the picture's width"),
        (["track", "a.mp4", "-o", "a.npz", "--from", "b.npz", "--subject", "left"], "is for tracking"),
        (["track", "--batch", "x", "-o", "out", "--one-person", "--subject", "left"], "leave out `--subject`"),
        (["track", "a.mp4", "--batch", "x", "-o", "out"], "brings its own videos"),
        (["track", "--batch", "x", "-o", "out", "--from", "a.npz"], "are for one video"),
        (["track", "--batch", "x", "-o", "out", "--formats", "npz,doc"], "unknown output type `doc`"),
        (["track", "--batch", "x"], "needs one output folder"),
        (["animate", "--from", "a.npz"], "nothing says where to write"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_request_is_one_line_and_exit_code_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no video", b"\x00\x00\x00\x18ftypmp42" + bytes(300)])
def test_what_is_no_video_is_exit_code_1(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert main(["track", str(tmp_path / "a.mp4"), "-o", str(tmp_path / "a.npz"), "--quiet"]) == 1
    assert "cannot read the video" in capsys.readouterr().err or content
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert main(["track", str(tmp_path / "missing.mp4"), "-o", str(tmp_path / "a.npz")]) == 1
    assert "there is no such file" in capsys.readouterr().err


def test_a_video_that_the_report_refuses_is_not_tracked(
    networks: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from fractions import Fraction

    from avatron.io.video import VideoWriter

    with VideoWriter(tmp_path / "wall.mp4", (160, 160), Fraction(25)) as film:
        random = np.random.default_rng(0)
        for _ in range(30):
            film.write_frame(random.integers(90, 110, (160, 160, 3), dtype=np.uint8))
    assert main(["track", str(tmp_path / "wall.mp4"), "-o", str(tmp_path / "a.npz"), "--quiet"]) == 1
    assert "cannot be tracked: " in capsys.readouterr().err
    assert main(["track", str(tmp_path / "wall.mp4"), "-o", str(tmp_path / "a.npz"), "--quiet", "--force"]) == 1
    assert "face that can be trusted" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["wall.mp4"]


def test_more_outputs_of_a_track_are_told_as_json(
    tracked: TrackedClip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video, csv = str(tracked.clip.video), str(tmp_path / "a.csv")
    assert main(["track", video, "--from", str(tracked.npz), "-o", csv, "--json", "--quiet"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["outputs"] == [csv]
    assert len(said["frame_percent"]) == said["frames"] == len(tracked.track)
    assert main(["track", video, "--from", str(tracked.npz), "-o", csv]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_an_offset_that_is_given_is_in_the_track_and_its_report(
    spoken: SpokenClip, networks: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    npz = tmp_path / "a.npz"
    command = ["track", str(spoken.video), "-o", str(npz), "--quality", "landmarks", "--force", "--quiet", "--json"]
    assert main([*command, "--audio-offset", "-0.08"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["audio_offset_s"] == -0.08 and said["audio_offset_given"] is True
    track = read_track(npz)
    assert track.audio_offset_s == -0.08 and track.audio_offset_given


@pytest.mark.parametrize("broken", ["motion", "cut"])
def test_a_track_that_is_none_is_refused(
    tracked: TrackedClip, tmp_path: Path, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    npz = tmp_path / "a.npz"
    npz.write_bytes(
        tracked.npz.read_bytes()[:900] if broken == "cut" else tracked.clip.video.with_name("curves.npz").read_bytes()
    )
    assert main(["track", str(tracked.clip.video), "--from", str(npz), "-o", str(tmp_path / "a.csv")]) == 1
    assert "is no npz of a face track" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_interrupted_or_killed_goes_on(
    spoken: SpokenClip, networks: None, tmp_path: Path, how: signal.Signals
) -> None:
    npz = tmp_path / "a.npz"
    command = [sys.executable, "-m", "avatron", "track", str(spoken.video), "-o", str(npz), "--quality", "landmarks"]
    run = subprocess.Popen(
        [*command, "--force"],
        stderr=subprocess.PIPE,
        text=True,
        # A shell ignores interrupts for what it runs in the background, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    work = tmp_path / ".a.npz.work"
    while not list(work.glob("observations*.npz")) and run.poll() is None:
        time.sleep(0.05)
    run.send_signal(how)
    said = run.communicate()[1]
    assert not npz.exists()
    assert work.is_dir()
    if how == signal.SIGINT:
        assert run.returncode == 130
        assert "the same command goes on from" in said
    else:
        assert run.returncode == -signal.SIGKILL
    kept = {path.name: path.stat().st_mtime_ns for path in work.glob("observations*.npz")}
    assert kept
    assert main([*command[3:], "--force", "--quiet"]) == 0
    assert read_track(npz).valid.all()
    assert not work.exists()


def test_a_performance_goes_onto_another_head(
    tracked: TrackedClip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "kenji.mp4"
    command = ["animate", "--from", str(tracked.npz), "--avatar", "kenji", "-o", str(film), "--size", "64x64"]
    assert main([*command, "--audio", str(tracked.clip.video), "--quiet"]) == 0
    made = probe_clip(film)
    assert (made.frames, made.fps) == (len(tracked.track), tracked.track.motion.fps)
    assert made.audio_rate is not None
    assert main(["animate", "--from", str(tmp_path / "no.npz"), "-o", str(tmp_path / "b.mp4")]) == 1
    assert "cannot read" in capsys.readouterr().err
