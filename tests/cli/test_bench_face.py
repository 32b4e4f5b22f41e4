"""`avatron bench face` prints the table and writes it, and refuses bad requests with one line before any work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatron.cli import main
from avatron.motion.animators import installed_animators
from avatron.training.motion.corpus import write_clip
from training.motion.builders import motion_clip

QUICK = ["bench", "face", "--skip-times", "--oracle-only", "--quiet"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, split in (("one", "test"), ("two", "test"), ("three", "train")):
        write_clip(folder, motion_clip(name, split=split, seed=len(name)))
    return folder


def test_the_table_has_all_rows_and_the_file_what_it_was_made_with(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "face.json"
    assert main([*QUICK, "--data", "grid", "--folder", str(corpus), "-o", str(output)]) == 0
    printed = capsys.readouterr().out
    for name in ("truth", "truth, late", "viseme", "nearest neighbour", "mean motion", "LVE mm", "closed P B M"):
        assert name in printed
    result = json.loads(output.read_text("utf-8"))
    assert result["data"] == "grid" and result["cases"] == 2 and result["lip_set"]["name"] == "lips"
    assert result["machine"]["cores"] and result["anchor"]["matmul_512_ms"] > 0 and "commit" in result
    assert [row["name"] for row in result["rows"]] == [
        "truth",
        "truth, late",
        *installed_animators(),
        "nearest neighbour",
        "mean motion",
    ]
    assert main([*QUICK, "--data", "grid", "--folder", str(corpus), "-o", str(output)]) == 2
    assert "face.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "grid"], "--folder"),
        (["--data", "vocaset"], "--folder"),
        (["--data", "grid", "--folder", "nowhere"], "nowhere"),
        (["--data", "vocaset", "--folder", "nowhere"], "nowhere"),
        (["--animators", "nobody"], "unknown animator `nobody`; known: "),
        (["--animators", "=x"], "NAME=FOLDER"),
        (["--animators", "mine=/nowhere/at/all"], "/nowhere/at/all"),
        (["--lips", "beak"], "unknown lip set `beak`"),
        (["--truth", "nobody"], "unknown animator `nobody`"),
        (["--lengths", "1", "5000"], "5000"),
        (["--lengths", "nan"], "nan"),
        (["--data", "grid", "--folder", ".", "--labels", "nowhere.json"], "nowhere.json"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_bad_requests_are_refused_with_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*QUICK, *arguments]) in (1, 2)
    error = capsys.readouterr().err.strip()
    assert says in error and "\n" not in error and error.startswith("avatron: ")


def test_a_damaged_clip_is_named(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(corpus / "one.npz", nothing=np.zeros(1))
    assert main([*QUICK, "--data", "grid", "--folder", str(corpus)]) == 1
    assert "one.npz" in capsys.readouterr().err
