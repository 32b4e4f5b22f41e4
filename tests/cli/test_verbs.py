"""Each verb as a user runs it: results on stdout, everything else on stderr, exit code 0."""

from __future__ import annotations

import io
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
from avatron.io.audio import read_audio

SMALL = ["--size", "64x64"]


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """(stdout, stderr) of a command that must work."""
    code = main(arguments)
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return captured.out, captured.err


def test_speak_prints_the_path_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "hi.mp4"
    out, err = run(["speak", "Hi.", "-o", str(output), *SMALL, "--quiet"], capsys)
    assert out == f"{output}\n"
    assert err == ""
    assert output.stat().st_size > 1000


def test_speak_gives_json_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(
        ["speak", "Hi there.", "-o", str(tmp_path / "hi.wav"), "-o", str(tmp_path / "hi.srt"), "--json"], capsys
    )
    result = json.loads(out)
    assert result["outputs"] == [str(tmp_path / "hi.wav"), str(tmp_path / "hi.srt")]
    assert result["words"] == 2
    assert result["duration_s"] > 0.4


def test_a_script_comes_from_a_file_or_from_stdin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.txt"
    script.write_text("One. Two.", encoding="utf-8-sig")
    run(["speak", "-f", str(script), "-o", str(tmp_path / "file.wav")], capsys)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"One. Two.")))
    run(["speak", "-", "-o", str(tmp_path / "stdin.wav")], capsys)
    # The files differ in their credentials, which are signed one by one.
    assert np.array_equal(*(read_audio(tmp_path / name).samples for name in ("file.wav", "stdin.wav")))


@pytest.mark.parametrize("name", ["wav", "mp4", "webm", "vtt", "csv"])
def test_stdout_carries_the_film_alone(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "avatron", "speak", "Hi.", "-o", "-", "--format", name, *SMALL],
        capture_output=True,
        check=True,
    )
    starts = {"wav": b"RIFF", "mp4": b"\x00\x00", "webm": b"\x1aE\xdf\xa3", "vtt": b"WEBVTT", "csv": b"Timecode,"}
    assert done.stdout.startswith(starts[name])
    if name in ("wav", "mp4", "webm"):
        file = tmp_path / f"piped.{name}"
        file.write_bytes(done.stdout)
        assert read_audio(file).duration_s > 0.4


def test_a_batch_speaks_every_line_and_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "lines.csv"
    rows.write_text("text,output,pace\nOne.,one.wav,fast\nTwo.,,\n,three,\n", encoding="utf-8")
    folder = tmp_path / "clips"
    arguments = ["speak", "--batch", str(rows), "-o", str(folder), "--format", "wav", "--json"]
    assert main(arguments) == 2
    report = json.loads(capsys.readouterr().out)
    assert [entry["status"] for entry in report] == ["made", "made", "failed"]
    assert "empty" in report[2]["error"]
    assert sorted(path.name for path in folder.iterdir()) == ["0002.wav", "one.wav"]
    (folder / "0002.wav").unlink()
    stamp = (folder / "one.wav").stat().st_mtime_ns
    assert main(arguments) == 2
    report = json.loads(capsys.readouterr().out)
    assert [entry["status"] for entry in report] == ["kept", "made", "failed"]
    assert (folder / "one.wav").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("text,output\nHi.,../evil\n", "may hold letters"),
        ("text,output\nHi.,same\nHo.,same\n", "both write"),
        ("words\nHi.\n", "text"),
        ("text,volume\nHi.,3\n", "sets `volume`"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_before_any_work(
    table: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "lines.csv"
    rows.write_text(table, encoding="utf-8")
    assert main(["speak", "--batch", str(rows), "-o", str(tmp_path / "clips")]) in (1, 2)
    assert says in capsys.readouterr().err
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--format", "avi"], "unknown output type `avi`"),
        (["--quality", "300"], "quality 300"),
        (["--codec", "nobody"], "unknown codec"),
        (["--voice", "nobody"], "unknown voice"),
        (["--background", "nothing.png"], "nothing.png"),
        (["--size", "333x777"], "nearest is 334x778"),
    ],
)
def test_what_is_wrong_for_every_row_of_a_batch_is_said_once(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "lines.jsonl"
    rows.write_text('{"text": "One."}\n{"text": "Two."}\n', encoding="utf-8")
    assert main(["speak", "--batch", str(rows), "-o", str(tmp_path / "clips"), *options]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "clips").exists()


def test_a_row_whose_text_is_no_text_fails_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "lines.jsonl"
    rows.write_text('{"text": ["One."]}\n{"text": 2}\n{"text": "Three."}\n', encoding="utf-8")
    assert main(["speak", "--batch", str(rows), "-o", str(tmp_path / "clips"), "--format", "wav"]) == 2
    captured = capsys.readouterr()
    assert captured.out == f"{tmp_path / 'clips' / '0003.wav'}\n"
    assert 'avatron: row 1 failed: its `text` is ["One."], expected a text in quotes' in captured.err
    assert "avatron: row 2 failed: its `text` is 2" in captured.err


def test_a_codec_is_for_the_films_among_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "lines.csv"
    rows.write_text("text,output\nOne.,one.wav\nTwo.,two\n", encoding="utf-8")
    run(["speak", "--batch", str(rows), "-o", str(tmp_path / "clips"), "--codec", "h264", *SMALL], capsys)
    assert sorted(path.name for path in (tmp_path / "clips").iterdir()) == ["one.wav", "two.mp4"]


@pytest.mark.parametrize("curves", ["npz", "csv"])
def test_produce_draws_recorded_curves(curves: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    motion, sound, film = (tmp_path / name for name in (f"line.{curves}", "line.wav", "again.mp4"))
    run(["speak", "Draw me again.", "-o", str(motion), "-o", str(sound)], capsys)
    out, _ = run(["produce", str(motion), "--audio", str(sound), "-o", str(film), *SMALL], capsys)
    assert out == f"{film}\n"
    assert abs(read_audio(film).duration_s - read_audio(sound).duration_s) < 0.15


def test_voices_and_avatars_are_listed_inspected_added_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for noun, name in (("voice", "lj"), ("avatar", "ava")):
        assert name in run([f"{noun}s"], capsys)[0]
        shown = json.loads(run([noun, "inspect", name, "--json"], capsys)[0])
        assert shown["name"] == name
        run([noun, "add", shown["path"], "--name", "mine"], capsys)
        listed = json.loads(run([noun, "list", "--json"], capsys)[0])
        assert {"mine", name} <= {entry["name"] for entry in listed}
        run([noun, "remove", "mine"], capsys)
        assert "mine" not in run([noun, "list"], capsys)[0]
        assert main([noun, "remove", name]) == 2
        assert "cannot be removed" in capsys.readouterr().err


def test_a_damaged_voice_of_the_user_is_named_and_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    path = json.loads(run(["voice", "inspect", "lj", "--json"], capsys)[0])["path"]
    mine = Path(run(["voice", "add", path, "--name", "mine"], capsys)[0].strip())
    (mine / "vocoder.onnx").write_bytes(b"cut off")
    assert main(["voices"]) == 1
    captured = capsys.readouterr()
    assert "lj" in captured.out
    assert "vocoder.onnx` is damaged" in captured.err
    run(["voice", "remove", "mine"], capsys)
    assert main(["voices"]) == 0


def test_a_csv_takes_the_rate_that_its_timecodes_cannot_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    motion, film = tmp_path / "line.csv", tmp_path / "line.mp4"
    run(["speak", "A second and more of it.", "-o", str(motion), "--fps", "29.97"], capsys)
    shown = run(["produce", str(motion), "--fps", "29.97", "-o", str(film), "--json", *SMALL], capsys)[0]
    assert json.loads(shown)["fps"] == "30000/1001"


def test_doctor_and_verify_say_that_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    findings = json.loads(run(["doctor", "--json"], capsys)[0])
    assert {finding["verdict"] for finding in findings} <= {"ok", "missing"}
    assert {"speech", "film"} <= {finding["name"] for finding in findings if finding["verdict"] == "ok"}
    shown = json.loads(run(["voice", "inspect", "lj", "--json"], capsys)[0])
    assert "as they were written" in run(["verify", shown["path"]], capsys)[0]


def test_help_names_every_framing_and_every_light(capsys: pytest.CaptureFixture[str]) -> None:
    from avatron.render.framing import FRAMINGS
    from avatron.render.light import LIGHTS

    for verb in ("speak", "produce"):
        text = " ".join(run([verb, "--help"], capsys)[0].split())
        assert [name for name in (*FRAMINGS, *LIGHTS) if name not in text] == []


def test_the_version_is_printed_even_where_nothing_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], capsys)[0].startswith("avatron ")


def test_every_verb_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("speak", "produce", "train", "bench", "verify", "doctor", "voice", "avatar", "voices", "avatars"):
        assert main([verb, "--help"]) == 0
        assert verb in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(
    ("name", "times"), [("SIGINT", 1), ("SIGINT", 5), ("SIGTERM", 1), ("SIGHUP", 1)], ids=lambda value: str(value)
)
def test_an_interrupt_exits_130_and_leaves_nothing_behind(name: str, times: int, tmp_path: Path) -> None:
    script = "This goes on for quite a while. " * 200
    with subprocess.Popen(
        [sys.executable, "-m", "avatron", "speak", "-", "-o", str(tmp_path / "long.mp4"), "--size", "256x256"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background hands down that interrupts are ignored.
        preexec_fn=lambda: signal.signal(getattr(signal, name), signal.SIG_DFL),
    ) as process:
        assert process.stdin is not None
        process.stdin.write(script.encode())
        process.stdin.close()
        process.stdin = None
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        for _ in range(times):
            process.send_signal(getattr(signal, name))
            time.sleep(0.01)
        said, complained = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == b""
    assert b"interrupted" in complained
    assert list(tmp_path.iterdir()) == []


INTERRUPTED_EARLY = """
import signal, sys
import avatron.io.video
from avatron.cli import main

class Interrupted(avatron.io.video.PendingFile):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        assert self.partial.exists()
        print("made", flush=True)
        signal.raise_signal(signal.SIGINT)

avatron.io.video.PendingFile = Interrupted
sys.exit(main(["speak", "Hello.", "-o", sys.argv[1], "--size", "128x128"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_an_interrupt_just_after_an_output_was_made_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_EARLY, str(tmp_path / "a.mp4")],
        capture_output=True,
        timeout=120,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert ended.stdout == b"made\n"
    assert b"interrupted" in ended.stderr
    assert ended.returncode == 130
    assert list(tmp_path.iterdir()) == []
