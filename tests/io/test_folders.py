from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.errors import (
    AvatronError,
    DamagedModelError,
    InvalidValueError,
    NewerFormatError,
    OutputExistsError,
    UnreadableFileError,
)
from avatron.io.folders import FORMAT_VERSION, ModelFolder, load_folder, tensor_bytes, write_folder

TENSORS: dict[str, NDArray[Any]] = {
    "weight": np.arange(6, dtype=np.float32).reshape(2, 3).T,
    "half": np.ones(3, np.float16),
}


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    (tmp_path / "model.onnx").write_bytes(b"onnx")
    return write_folder(
        tmp_path / "lj",
        "voice",
        {"licence": "CC0", "sizes": (1, 2)},
        {
            "model.onnx": tmp_path / "model.onnx",
            "face/weights.safetensors": tensor_bytes(TENSORS),
            "card.md": lambda path: path.write_text("# Card"),
        },
    )


def edit_config(folder: ModelFolder, **changes: Any) -> None:
    place = folder.path / "config.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | changes))


def test_a_folder_comes_back_as_it_was_written(folder: ModelFolder) -> None:
    loaded = load_folder(folder.path, "voice")
    assert loaded == folder
    assert loaded.config["licence"] == "CC0"
    assert loaded.read_bytes("model.onnx") == b"onnx"
    assert loaded.file("card.md").read_text() == "# Card"
    tensors = loaded.tensors("face/weights.safetensors")
    for name, array in TENSORS.items():
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(tensors[name], array)


def test_any_kind_is_taken_when_none_is_asked_for(folder: ModelFolder) -> None:
    assert load_folder(folder.path).kind == "voice"


def test_another_kind_is_refused(folder: ModelFolder) -> None:
    with pytest.raises(DamagedModelError, match="kind `voice`, expected `avatar`"):
        load_folder(folder.path, "avatar")


def test_a_changed_file_is_refused(folder: ModelFolder) -> None:
    folder.file("model.onnx").write_bytes(b"ONNX")
    with pytest.raises(DamagedModelError, match=r"model\.onnx` is damaged or was changed"):
        load_folder(folder.path, "voice")


def test_a_missing_file_is_named(folder: ModelFolder) -> None:
    folder.file("model.onnx").unlink()
    with pytest.raises(DamagedModelError, match=r"model\.onnx` is missing"):
        load_folder(folder.path, "voice")


def test_a_file_that_is_not_listed_is_not_given(folder: ModelFolder) -> None:
    with pytest.raises(DamagedModelError, match=r"lacks the file `other`; it lists: card\.md"):
        folder.file("other")


def test_a_newer_folder_is_refused(folder: ModelFolder) -> None:
    edit_config(folder, format_version=FORMAT_VERSION + 1)
    with pytest.raises(NewerFormatError, match="pip install --upgrade avatron"):
        load_folder(folder.path, "voice")


def test_an_older_folder_is_migrated_step_by_step(folder: ModelFolder) -> None:
    migrations = {
        1: lambda config: config | {"steps": ["one"]},
        2: lambda config: config | {"steps": [*config["steps"], "two"]},
    }
    loaded = load_folder(folder.path, "voice", version=3, migrations=migrations)
    assert loaded.config["steps"] == ["one", "two"]
    assert loaded.config["format_version"] == 3


def test_a_folder_too_old_to_migrate_is_refused(folder: ModelFolder) -> None:
    with pytest.raises(DamagedModelError, match="no longer reads"):
        load_folder(folder.path, "voice", version=2, migrations={})


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../b", "a\\b", "", "a//b", ".hidden", "config.json"]
)
def test_names_that_lead_elsewhere_are_refused_when_written_and_when_read(
    tmp_path: Path, folder: ModelFolder, name: str
) -> None:
    with pytest.raises(InvalidValueError, match="file name"):
        write_folder(tmp_path / "other", "voice", {}, {name: b""})
    assert not (tmp_path / "other").exists()
    edit_config(folder, files={name: {"sha256": "0" * 64}})
    with pytest.raises(DamagedModelError, match="whose name"):
        load_folder(folder.path, "voice")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path, folder: ModelFolder) -> None:
    folder.file("model.onnx").unlink()
    folder.file("model.onnx").symlink_to(tmp_path / "model.onnx")
    with pytest.raises(DamagedModelError, match="leads out of its folder"):
        load_folder(folder.path, "voice")


def test_a_folder_reached_through_a_link_is_read(tmp_path: Path, folder: ModelFolder) -> None:
    (tmp_path / "link").symlink_to(folder.path)
    assert load_folder(tmp_path / "link", "voice").files == folder.files


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"format_version": 1}',
        b'{"format_version": 1, "kind": "voice"}',
        b'{"format_version": "1", "kind": "voice", "files": {}}',
        b'{"format_version": true, "kind": "voice", "files": {}}',
        b'{"format_version": 0, "kind": "voice", "files": {}}',
        b'{"format_version": 1, "kind": "voice", "files": []}',
        b'{"format_version": 1, "kind": "voice", "files": {"a": 1}}',
    ],
)
def test_a_broken_config_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(DamagedModelError):
        load_folder(tmp_path, "voice")


def test_every_cut_of_the_config_is_refused(folder: ModelFolder) -> None:
    place = folder.path / "config.json"
    whole = place.read_bytes().rstrip()
    for length in range(0, len(whole), 7):
        place.write_bytes(whole[:length])
        with pytest.raises(AvatronError):
            load_folder(folder.path, "voice")


def test_no_folder_and_no_config_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is not a folder"):
        load_folder(tmp_path / "missing", "voice")
    with pytest.raises(DamagedModelError, match=r"has no `config\.json`"):
        load_folder(tmp_path, "voice")


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x05\0\0\0\0\0\0\0{}"])
def test_a_file_that_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = write_folder(tmp_path / "lj", "voice", {}, {"w.safetensors": content})
    with pytest.raises(DamagedModelError, match="is not a safetensors file"):
        folder.tensors("w.safetensors")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "lj", "voice", {}, {"a": b"1", "b": fail})
    with pytest.raises(InvalidValueError, match="JSON"):
        write_folder(tmp_path / "lj", "voice", {"loss": float("nan")}, {"a": b"1"})
    with pytest.raises(UnreadableFileError, match="no such file"):
        write_folder(tmp_path / "lj", "voice", {}, {"a": tmp_path / "missing"})
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_replaced_only_when_asked(folder: ModelFolder) -> None:
    with pytest.raises(OutputExistsError):
        write_folder(folder.path, "voice", {}, {})
    assert write_folder(folder.path, "voice", {}, {}, overwrite=True).files == {}
    assert sorted(entry.name for entry in folder.path.iterdir()) == ["config.json"]


def test_config_keys_of_the_folder_itself_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="sets kind"):
        write_folder(tmp_path / "lj", "voice", {"kind": "avatar"}, {})
