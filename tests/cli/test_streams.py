"""What happens when stdin, stdout or stderr is closed, full, or read by somebody who leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX shells")
SMALL = "--size 64x64"
LONG = "One sentence. Two sentences. Three sentences. Four sentences. Five sentences, and it goes on."


def shell(command: str, folder: Path) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a shell's command in which `avatron` is this one; no traceback, no bug."""
    done = subprocess.run(
        ["bash", "-c", f'avatron() {{ "{sys.executable}" -m avatron "$@"; }}; {command}'],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert "bug of avatron" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_closed_stdin_is_said(tmp_path: Path) -> None:
    code, out, err = shell("avatron speak - -o a.wav <&-", tmp_path)
    assert (code, out) == (1, "")
    assert "stdin: it is closed" in err
    assert list(tmp_path.iterdir()) == []


def test_a_closed_stdout_is_no_trouble_until_the_film_should_go_there(tmp_path: Path) -> None:
    assert shell("avatron speak Hi. -o a.wav >&-", tmp_path)[0] == 0
    assert (tmp_path / "a.wav").stat().st_size > 1000
    assert shell("avatron voices --json >&-", tmp_path)[0] == 0
    code, _, err = shell("avatron speak Hi. -o - --format wav >&-", tmp_path)
    assert code == 1
    assert "stdout: it is closed" in err


def test_a_closed_stderr_keeps_complaints_out_of_stdout_and_of_the_film(tmp_path: Path) -> None:
    assert shell("avatron speak Hi. -o a.wav --voice nobody 2>&-", tmp_path) == (2, "", "")
    assert shell(f"avatron speak Hi. -o a.mp4 {SMALL} --codec h265 2>&-", tmp_path) == (0, "a.mp4\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize(
    "command",
    [
        "avatron speak Hi. -o - --format wav",
        f"avatron speak Hi. -o - --format mp4 {SMALL}",
        "avatron speak Hi. -o - --format csv",
        "avatron speak Hi. -o a.wav",
        "avatron voices",
        "avatron voices --json",
    ],
)
def test_a_full_stdout_is_one_line_and_exit_1(command: str, tmp_path: Path) -> None:
    code, _, err = shell(f"{command} --quiet > /dev/full", tmp_path)
    assert code == 1
    assert err.count("\n") == 1
    assert "cannot" in err


@pytest.mark.parametrize("name", ["wav", "mp4", "webm"])
def test_a_reader_that_leaves_ends_the_run_quietly(name: str, tmp_path: Path) -> None:
    command = f'avatron speak "{LONG}" -o - --format {name} -o left.vtt {SMALL} --quiet | head -c 100 > part'
    _, _, err = shell(command, tmp_path)
    assert err == ""
    assert (tmp_path / "part").stat().st_size == 100


def test_a_name_that_is_no_unicode_is_printed_as_it_is(tmp_path: Path) -> None:
    code, out, _ = shell("avatron speak Hi. -o $'caf\\xe9.wav' && avatron speak Hi. -o $'c\\xe9.wav' --json", tmp_path)
    assert code == 0
    assert out.startswith("caf\udce9.wav\n")
    assert '"c\\udce9.wav"' in out


@pytest.mark.parametrize("setting", ["LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0", "PYTHONIOENCODING=ascii"])
def test_a_terminal_without_unicode_is_no_trouble(setting: str, tmp_path: Path) -> None:
    code, out, _ = shell(f"export {setting}; avatron speak Hi. -o é.wav && avatron speak Hi. -o é.vtt --json", tmp_path)
    assert code == 0
    assert out.startswith(("é.wav\n", "\\xe9.wav\n"))
    assert json.loads(out.split("\n", 1)[1])["words"] == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["é.vtt", "é.wav"]
