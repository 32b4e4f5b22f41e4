"""`avatron voices`: the list, samples as files, and samples played by whatever program is there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from avatron.cli import main
from avatron.io.audio import read_audio
from avatron.io.player import PLAYERS
from avatron.voice.voices import COLLECTION

BUILTIN = tuple(sorted(entry.name for entry in COLLECTION.builtin_folder.iterdir() if entry.is_dir()))
posix = pytest.mark.skipif(os.name == "nt", reason="the programs that stand in are shell scripts")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's voices are; there is no program on PATH."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "programs").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return tmp_path / "home" / "avatron" / "voices"


def program(folder: Path, name: str, script: str) -> None:
    """A program on PATH that runs `script`; `$0.log` is its own file."""
    path = folder / "programs" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_the_list_says_what_each_voice_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert tuple(entry["name"] for entry in listed) == BUILTIN
    assert main(["voices"]) == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["name", "languages", "size", "licence", "what"]
    for row, entry in zip(rows, listed, strict=True):
        assert row.startswith(entry["name"])
        assert ", ".join(entry["languages"]) in row
        assert row.endswith(entry["description"])
        assert any(word in entry["description"].lower().split() for word in ("woman", "man"))


def test_a_users_voice_is_listed_by_the_name_it_is_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(COLLECTION.builtin_folder / "lj", home / "mine")
    assert main(["voices", "--json"]) == 0
    assert "mine" in [entry["name"] for entry in json.loads(capsys.readouterr().out)]


def test_a_users_voice_that_the_package_hides_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(COLLECTION.builtin_folder / "lj", home / "lj")
    assert main(["voices"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\nlj ") == 1
    assert f"note: your voice `{home / 'lj'}` has the name of one of the package" in captured.err


def test_samples_are_one_file_a_voice_and_are_kept_unless_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "samples"
    assert main(["voices", "--samples", str(folder)]) == 0
    paths = [folder / f"{name}.wav" for name in BUILTIN]
    assert capsys.readouterr().out == "".join(f"{path}\n" for path in paths)
    assert sorted(folder.iterdir()) == paths
    assert all(read_audio(path).duration_s > 2 for path in paths)
    paths[0].write_bytes(b"mine")
    assert main(["voices", "--samples", str(folder)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert paths[0].read_bytes() == b"mine"
    assert main(["voices", "--samples", str(folder), "--overwrite", "--json"]) == 0
    assert [entry["sample"] for entry in json.loads(capsys.readouterr().out)] == [str(path) for path in paths]
    assert sorted(folder.iterdir()) == paths
    assert paths[0].stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--overwrite"], "`--samples FOLDER`"),
        (["--play", "nobody"], "unknown voice `nobody`; known: lj"),
        (["--samples", __file__], "is a file"),
        (["--samples", "/dev/null/x"], "cannot write"),
        (["--play"], "looked for ffplay, paplay, pw-play, aplay, afplay, powershell"),
        (["--play"], "write files with `avatron voices --samples FOLDER`"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", *arguments]) in (1, 2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert says in captured.err


@posix
@pytest.mark.parametrize("name", [name for name in PLAYERS if name != "powershell"])
def test_a_sample_of_the_asked_voice_is_played_by_what_is_there(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, name, 'for last; do :; done; /bin/cp "$last" "$0.wav"; echo "$@" > "$0.log"')
    assert main(["voices", "--play", "lj", "--json"]) == 0
    captured = capsys.readouterr()
    (entry,) = json.loads(captured.out)
    assert (entry["name"], entry["played_with"]) == ("lj", name)
    assert "playing `lj`" in captured.err
    assert read_audio(tmp_path / "programs" / f"{name}.wav").duration_s > 2
    played = Path((tmp_path / "programs" / f"{name}.log").read_text(encoding="utf-8").split()[-1])
    assert played.name == "lj.wav"
    assert not played.parent.exists()


@posix
def test_all_voices_are_played_by_the_first_program_that_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, "paplay", 'echo >> "$0.log"; echo "connection refused" >&2; exit 1')
    program(tmp_path, "aplay", 'echo "$2" >> "$0.log"')
    assert main(["voices", "--play", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    played = (tmp_path / "programs" / "aplay.log").read_text(encoding="utf-8").split()
    assert tuple(Path(path).stem for path in played) == BUILTIN
    assert (tmp_path / "programs" / "paplay.log").read_text(encoding="utf-8") == "\n"


@posix
def test_programs_that_cannot_play_are_named_with_their_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, "paplay", 'echo "connection refused" >&2; exit 1')
    program(tmp_path, "aplay", "exit 3")
    assert main(["voices", "--play", "lj", "--quiet"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "`paplay`: connection refused; `aplay`: exit code 3" in captured.err
    assert "--samples FOLDER" in captured.err


@posix
def test_a_damaged_voice_is_named_and_the_others_are_played(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, "aplay", 'echo "$2" >> "$0.log"')
    mine = Path(shutil.copytree(COLLECTION.builtin_folder / "lj", home / "mine"))
    (mine / "vocoder.onnx").write_bytes(b"cut off")
    assert main(["voices", "--play", "--quiet"]) == 1
    assert "vocoder.onnx` is damaged" in capsys.readouterr().err
    assert len((tmp_path / "programs" / "aplay.log").read_text(encoding="utf-8").split()) == len(BUILTIN)


@posix
def test_an_interrupt_ends_the_playing_and_what_plays(tmp_path: Path) -> None:
    program(tmp_path, "aplay", 'echo $$ > "$0.pid"; exec /bin/sleep 60')
    process = subprocess.Popen(
        [sys.executable, "-m", "avatron", "voices", "--play", "lj"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background hands down that interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    number = tmp_path / "programs" / "aplay.pid"
    deadline = time.monotonic() + 60
    while not (number.exists() and number.read_text(encoding="utf-8")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert err.endswith(b"avatron: interrupted; nothing was left behind\n")
    # A killed program is gone once whoever adopted it has buried it.
    deadline = time.monotonic() + 30
    while _is_there(int(number.read_text(encoding="utf-8"))):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not list(tmp_path.glob("avatron-*"))


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
