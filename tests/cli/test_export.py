"""`avatron export`: paths on stdout, one line for what is wrong, and nothing left behind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatron.cli import main
from avatron.core.motion import FaceMotion
from avatron.io.curves import write_motion_npz


@pytest.fixture
def motion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "line.npz"
    write_motion_npz(path, FaceMotion.at_rest(3))
    return path


def test_paths_of_what_was_made_are_on_stdout(motion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "line.npz", "-o", "a.glb", "-o", "a.csv", "--quiet"]) == 0
    assert capsys.readouterr().out.split() == ["a.glb", "a.csv"]
    assert Path("a.glb").read_bytes()[:4] == b"glTF"


def test_json_says_sizes_targets_and_the_error(motion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "-o", "ava.glb", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["targets"] == 71
    assert said["bytes"] == {"ava.glb": Path("ava.glb").stat().st_size}
    assert said["largest_error_mm"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        ([], 2, "nothing says where to write"),
        (["-o", "a.fbx"], 2, "unknown type `fbx`"),
        (["-o", "a.glb", "--avatar", "nobody"], 2, "unknown avatar `nobody`"),
        (["none.npz", "-o", "a.glb"], 1, "cannot read `none.npz`"),
        (["line.npz", "-o", "a.glb", "--audio", "none.wav"], 1, "none.wav"),
        (["line.npz", "-o", "a.glb", "--tolerance", "0"], 2, "tolerance 0.0 mm"),
        (["line.npz", "--fps", "25", "-o", "a.glb"], 2, "leave it out"),
        (["line.npz", "-o", "a.npz", "--flame", "none.npz"], 1, "cannot read `none.npz`"),
        (["line.npz", "-o", "a.npz", "--flame", "model.pkl"], 1, "is a pickle"),
        (["line.npz", "-o", "a.glb", "--flame", "none.npz"], 2, "to one npz"),
        (["empty.npz", "-o", "a.glb"], 2, "no frames"),
        (["broken.npz", "-o", "a.glb"], 1, "NaN"),
    ],
)
def test_what_is_wrong_is_one_line(
    motion: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, complaint: str
) -> None:
    write_motion_npz("empty.npz", FaceMotion.at_rest(0))
    with np.load(motion) as arrays:
        damaged = {**arrays, "gaze": np.full((3, 2, 2), np.nan, np.float32)}
    np.savez("broken.npz", **damaged)
    before = sorted(Path().iterdir())
    assert main(["export", *arguments]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert complaint in said.err
    assert len(said.err.splitlines()) == 1
    assert sorted(Path().iterdir()) == before
