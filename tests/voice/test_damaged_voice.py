"""A voice folder that is damaged, altered or of another time is refused with one line that names what is wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from avatron.cli import main
from avatron.errors import DamagedModelError, NewerFormatError, UnreadableFileError
from avatron.voice.voices import COLLECTION, load_voice

LJ = COLLECTION.builtin_folder / "lj"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LJ, tmp_path / "mine"))


def read_config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config


def change_config(folder: Path, key: str, value: object) -> None:
    """Set `key` (`outer.inner`) in the folder's config."""
    config = read_config(folder)
    table = config
    *outer, last = key.split(".")
    for name in outer:
        table = table[name]
    table[last] = value
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def put(folder: Path, name: str, data: bytes) -> None:
    """Replace a file, and its hash and size in the config."""
    (folder / name).write_bytes(data)
    config = read_config(folder)
    config["files"][name] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize("key", ["gain", "lead_frames", "end_frames"])
@pytest.mark.parametrize("value", [0, -1, 1e9, 10**30, float("nan"), float("inf"), "loud", None, True, [1]])
def test_a_number_that_cannot_be_is_refused_by_name(folder: Path, key: str, value: object) -> None:
    change_config(folder, key, value)
    with pytest.raises(DamagedModelError, match=rf"config\.json` has {key} .*, expected a .*number .* \.\. "):
        load_voice(folder)


@pytest.mark.parametrize("key", ["sample_rate", "hop_length", "window_length", "context_frames"])
@pytest.mark.parametrize("value", [-1, 1.5, 10**30, float("nan"), float("inf"), "256", None, True, [1]])
def test_an_architecture_that_cannot_be_is_refused_by_name(folder: Path, key: str, value: object) -> None:
    change_config(folder, f"architecture.{key}", value)
    with pytest.raises(DamagedModelError, match=rf"has architecture\.{key} .*, expected a whole number"):
        load_voice(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "two\nlines"),
        ("name", "x" * 10_000),
        ("name", ["mine"]),
        ("languages", []),
        ("languages", "en-us"),
        ("languages", [1]),
        ("languages", ["en us"]),
        ("embedding_space", ""),
        ("embedding_space", "../../x"),
        ("architecture", "neural"),
        ("inventory_version", "1"),
        ("architecture.window_length", 500),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_name(folder: Path, key: str, value: object) -> None:
    change_config(folder, key, value)
    with pytest.raises(DamagedModelError, match=rf"has {key}.* expected") as refused:
        load_voice(folder)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("key", ["gain", "languages", "architecture", "inventory_version", "embedding_space"])
def test_a_missing_field_is_named(folder: Path, key: str) -> None:
    config = read_config(folder)
    del config[key]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(DamagedModelError, match=f"lacks `{key}`"):
        load_voice(folder)


@pytest.mark.parametrize("key", ["format_version", "inventory_version"])
def test_a_newer_voice_is_told_from_a_damaged_one(folder: Path, key: str) -> None:
    change_config(folder, key, 2)
    with pytest.raises(NewerFormatError, match="version 2"):
        load_voice(folder)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '"lj"', "[" * 100_000], ids=["empty", "cut", "list", "text", "deep"]
)
def test_a_config_that_is_no_object_is_refused(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(DamagedModelError, match=r"config\.json"):
        load_voice(folder)


def test_a_config_that_cannot_be_read_is_refused(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()
    with pytest.raises(UnreadableFileError, match=r"config\.json"):
        load_voice(folder)


@pytest.mark.parametrize("kept", [0, 1000, 3_000_000])
def test_a_graph_that_was_cut_is_refused_even_where_its_hash_was_renewed(folder: Path, kept: int) -> None:
    put(folder, "decoder.onnx", (folder / "decoder.onnx").read_bytes()[:kept])
    with pytest.raises(DamagedModelError, match=r"decoder\.onnx` cannot be loaded"):
        load_voice(folder)


def test_a_graph_under_anothers_name_is_refused(folder: Path) -> None:
    encoder, decoder = ((folder / name).read_bytes() for name in ("encoder.onnx", "decoder.onnx"))
    put(folder, "encoder.onnx", decoder)
    put(folder, "decoder.onnx", encoder)
    with pytest.raises(DamagedModelError, match=r"encoder\.onnx` has the inputs .*, expected ids, word_initial"):
        load_voice(folder)


def test_filters_of_another_window_are_refused(folder: Path) -> None:
    change_config(folder, "architecture.window_length", 512)
    with pytest.raises(DamagedModelError, match="bins, expected 257"):
        load_voice(folder)


def test_a_graph_that_the_config_does_not_list_is_named(folder: Path) -> None:
    config = read_config(folder)
    del config["files"]["vocoder.onnx"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(DamagedModelError, match=r"lacks the file `vocoder\.onnx`"):
        load_voice(folder)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../b", "..", "config.json"])
def test_a_listed_file_cannot_lead_out_of_the_folder(folder: Path, name: str) -> None:
    config = read_config(folder)
    config["files"][name] = {"sha256": "0" * 64}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(DamagedModelError, match="lists a file"):
        load_voice(folder)


def test_a_link_out_of_the_folder_and_a_link_to_itself_are_refused(folder: Path) -> None:
    outside = folder.parent / "outside.onnx"
    (folder / "decoder.onnx").rename(outside)
    (folder / "decoder.onnx").symlink_to(outside)
    with pytest.raises(DamagedModelError, match="leads out of its folder"):
        load_voice(folder)
    (folder / "decoder.onnx").unlink()
    (folder / "decoder.onnx").symlink_to("decoder.onnx")
    with pytest.raises(DamagedModelError, match=r"decoder\.onnx` is missing"):
        load_voice(folder)


@pytest.mark.parametrize(("key", "value"), [("gain", -1), ("lead_frames", -1), ("languages", [])])
def test_a_damaged_voice_ends_a_command_with_one_line_and_is_not_added(
    folder: Path, key: str, value: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder.parent / "home"))
    change_config(folder, key, value)
    output = folder.parent / "x.wav"
    for arguments in (
        ["speak", "Hello.", "--voice", str(folder), "-o", str(output)],
        ["voice", "add", str(folder), "--name", "other"],
        ["voice", "inspect", str(folder)],
    ):
        assert main(arguments) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert f"has {key} " in said.err
    assert not output.exists()
    assert not (folder.parent / "home").exists()


def test_a_voice_named_like_one_of_the_package_is_not_added(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder.parent / "home"))
    for arguments in (["voice", "add", str(folder)], ["voice", "add", str(folder), "--name", "lj"]):
        assert main(arguments) == 2
        assert "`lj` is there already" in capsys.readouterr().err
    assert not (folder.parent / "home").exists()
