"""The verbs that make, draw and pack avatars say where the result is, and one line for whatever is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from avatron.cli import main
from avatron.face.proportions import PROPORTIONS

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "avatron" / "avatars"


def test_a_new_avatar_is_made_listed_drawn_packed_removed_and_added_again(
    user_home: Path, tmp_path: Path, capsys: Capture
) -> None:
    new = ["avatar", "new", "mia", "--from", "woman", "--hair-colour", "copper", "--set", "jaw-width=-0.4"]
    assert main([*new, "--garment-colour", "#722", "--identity-seed", "7"]) == 0
    assert capsys.readouterr().out.strip() == str(user_home / "mia")
    assert main(["avatar", "list"]) == 0
    listed = capsys.readouterr().out
    assert "mia" in listed and "woman" in listed, "with the names that avatars also answer to"
    assert main(["avatar", "sheet", "mia", "-o", str(tmp_path / "mia.png"), "--cell", "64", "--quiet"]) == 0
    with Image.open(tmp_path / "mia.png") as sheet:
        assert sheet.width > 640
    assert main(["avatar", "pack", "mia", "-o", str(tmp_path / "mia.zip")]) == 0
    assert main(["avatar", "remove", "mia"]) == 0
    assert main(["avatar", "add", str(tmp_path / "mia.zip"), "--name", "mia2"]) == 0
    capsys.readouterr()
    assert main(["avatar", "inspect", "mia2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "mia2"


def test_the_sliders_are_listed_with_their_measures(capsys: Capture) -> None:
    assert main(["avatar", "sliders", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == list(PROPORTIONS) and all(one["step_mm"] > 0 for one in listed)
    assert main(["avatar", "sliders"]) == 0
    assert "jaw-width" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["new", "Mia"], "cannot name an avatar"),
        (["new", "mia", "--from", "nobody"], "unknown avatar for the base `nobody`"),
        (["new", "mia", "--from", ""], "empty name"),
        (["new", "mia", "--hair", "mohawk"], "unknown avatar for the hair `mohawk`; known: "),
        (["new", "mia", "--hair-colour", "bloond"], "`bloond` is not a colour"),
        (["new", "mia", "--set", "jaw-width=3"], "-1 .. 1"),
        (["new", "mia", "--set", "jaw-width"], "NAME=VALUE"),
        (["new", "mia", "--set", "charm=1"], "unknown slider `charm`"),
        (["new", "mia", "--set", "jaw-width=1", "--set", "jaw-width=0"], "set twice"),
        (["new", "mia", "--identity-seed", "-1"], "outside 0"),
        (["new", "mia", "--identity-spread", "2"], "outside 0 .. 1"),
        (["new", "mia", "--light", "disco"], "unknown light `disco`"),
        (["new", "mia", "--framing", "toes"], "unknown framing `toes`"),
        (["new", "mia", "--voice", "nobody"], "unknown voice `nobody`"),
        (["new", "ava"], "is there already"),
        (["new", "mia", "-o", "nowhere/at/all"], "does not exist"),
        (["sheet", "ava", "-o", "sheet.jpg"], "does not end in `.png`"),
        (["sheet", "ava", "-o", "nowhere/sheet.png"], "does not exist"),
        (["sheet", "nobody", "-o", "sheet.png"], "unknown avatar `nobody`"),
        (["sheet", "ava", "-o", "sheet.png", "--cell", "1"], "outside 64 .. 512"),
        (["sheet", "ava", "-o", "sheet.png", "--light", "disco"], "unknown light"),
        (["pack", "ava", "-o", "ava.tar"], "does not end in `.zip`"),
        (["pack", "nobody", "-o", "x.zip"], "unknown avatar `nobody`"),
        (["add", "nothing.zip"], "nothing.zip"),
        (["check", "nothing.zip"], "nothing.zip"),
    ],
)
def test_a_wrong_request_is_one_line_and_leaves_nothing(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["avatar", *arguments]) in (1, 2)
    said = capsys.readouterr()
    assert said.out == "" and says in said.err and len(said.err.splitlines()) == 1, said.err
    assert list(tmp_path.iterdir()) == []
