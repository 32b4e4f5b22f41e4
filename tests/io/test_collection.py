"""Folders by name: the package's before the user's, and no name leads anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatron.errors import (
    DamagedModelError,
    InvalidValueError,
    OutputError,
    OutputExistsError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, write_folder

VOICES = Collection("voice", lambda: ("spoken-by-code",))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return write_folder(tmp_path / "given", "voice", {"name": "given", "pitch": 3}, {"a.bin": b"sound", "b/c": b"more"})


def test_what_is_added_is_found_by_name_whole_and_renamed_and_goes_when_it_is_removed(folder: ModelFolder) -> None:
    added = VOICES.add(folder, "mine")
    assert added.path == VOICES.user_folder / "mine" == VOICES.find("mine")
    assert not VOICES.is_builtin(added)
    assert added.config["name"] == "mine" and added.config["pitch"] == 3
    assert VOICES.load("mine").file("b/c").read_bytes() == b"more"
    (added.path / "own-note.txt").write_text("kept", encoding="utf-8")
    assert VOICES.remove("mine") == added.path
    assert [entry.name for entry in added.path.rglob("*") if entry.is_file()] == ["own-note.txt"]
    with pytest.raises(UnknownNameError):
        VOICES.find("mine")


def test_a_taken_or_reserved_name_is_refused_and_nothing_is_copied(folder: ModelFolder) -> None:
    for name in ("lj", "spoken-by-code"):
        with pytest.raises(OutputExistsError, match=name):
            VOICES.add(folder, name)
        assert not (VOICES.user_folder / name).exists()


@pytest.mark.parametrize("name", ["", "../up", "Mine", "a/b", ".hidden", "x" * 65])
def test_a_name_that_could_leave_the_folder_is_refused(folder: ModelFolder, name: str) -> None:
    with pytest.raises(InvalidValueError):
        VOICES.add(folder, name)


def test_what_came_with_the_package_is_never_removed() -> None:
    assert VOICES.is_builtin(VOICES.load("lj"))
    with pytest.raises(InvalidValueError, match="part of the package"):
        VOICES.remove("lj")


def test_a_path_is_never_taken_for_a_name(folder: ModelFolder) -> None:
    assert VOICES.load(folder.path).config["name"] == "given"
    with pytest.raises(UnreadableFileError, match="a voice is a folder"):
        VOICES.find("./lj")


@pytest.mark.parametrize("damaged", ["config.json", "weights.bin"])
def test_what_is_damaged_can_be_removed(folder: ModelFolder, damaged: str) -> None:
    added = VOICES.add(folder, "mine")
    victim = added.path / damaged if damaged == "config.json" else added.path / next(iter(added.files))
    victim.write_bytes(b"{")
    with pytest.raises(DamagedModelError):
        VOICES.load("mine")
    assert VOICES.remove("mine") == added.path
    assert not added.path.exists()


def test_a_data_folder_that_cannot_be_made_is_one_clear_error(
    folder: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="cannot write"):
        VOICES.add(folder, "mine")
