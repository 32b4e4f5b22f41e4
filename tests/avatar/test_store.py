"""Avatars are found by name or path, checked when loaded, and refused with one clear error when something is off."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatron.avatar.store import COLLECTION, add_avatar, list_avatars, load_avatar, remove_avatar, verify_avatar
from avatron.errors import (
    DamagedModelError,
    InvalidValueError,
    NewerFormatError,
    OutputExistsError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.io.folders import tensor_bytes


@pytest.fixture
def user_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "avatron" / "avatars"


def test_a_folder_gives_the_avatar_that_was_written(tiny: Path) -> None:
    avatar = load_avatar(tiny)
    look = avatar.appearance()
    assert (avatar.name, avatar.default_voice, avatar.licence) == ("tiny", "lj", "CC0-1.0")
    assert avatar.provenance[0]["used_for"] == "everything"
    np.testing.assert_array_equal(look.identity, np.array([0.5, -1.0], np.float32))
    np.testing.assert_array_equal(look.hidden_triangles, [3, 5])
    assert look.rest_weights().sum() == pytest.approx(0.1)
    assert look.skin.detail.shape == (16, 16, 4)
    assert look.hair[0].colour_alpha.shape == (8, 8, 4) and len(look.garments[0].mesh.vertices) == 3


def test_folds_are_optional_and_become_slopes_valleys_and_strengths_of_age(tiny: Path, write_tiny: Any) -> None:
    plain = load_avatar(tiny).appearance().skin
    assert plain.creases is None and not plain.crease_rest
    heights = np.full((16, 16, 3), 128, np.uint8)
    heights[:, 8, 0] = 64
    config = json.loads((tiny / "config.json").read_text())["look"]
    config["skin"] |= {
        "creases": "folds.png",
        "crease_range_m": 0.0016,
        "crease_scale_m": 0.02,
        "crease_rest": {"forehead": 0.4},
    }
    shutil.rmtree(tiny)
    folder = write_tiny({"folds.png": lambda path: Image.fromarray(heights).save(path)}, look=config)
    folded = load_avatar(folder).appearance().skin
    assert folded.creases is not None and folded.crease_valleys is not None
    assert folded.crease_rest == {"forehead": 0.4}
    along_u, second = folded.creases[..., 0].astype(int) - 128, folded.creases[..., 2:].astype(int) - 128
    assert (along_u[:, 7] < 0).all() and (along_u[:, 9] > 0).all() and not second.any()
    assert (folded.crease_valleys[:, 8] == 128).all() and not folded.crease_valleys[:, :8].any()


def test_a_path_as_text_needs_a_separator(tiny: Path) -> None:
    assert load_avatar(str(tiny)).name == "tiny"


def test_an_unknown_name_lists_the_known_ones(user_home: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown avatar `nobody`; known: .*ava"):
        load_avatar("nobody")


@pytest.mark.parametrize("name", ["..", "Ava", "", "a" * 65, "av\x00a", ".hidden"])
def test_a_name_that_no_avatar_can_have_is_unknown(name: str, user_home: Path) -> None:
    with pytest.raises(UnknownNameError):
        load_avatar(name)


def test_a_path_without_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is not a folder"):
        load_avatar(tmp_path / "nothing")


def test_an_altered_file_is_refused_by_name(tiny: Path) -> None:
    (tiny / "skin.png").write_bytes((tiny / "skin.png").read_bytes()[:-1])
    with pytest.raises(DamagedModelError, match=r"skin\.png"):
        load_avatar(tiny)


def test_a_missing_file_is_refused_by_name(tiny: Path) -> None:
    (tiny / "hair.safetensors").unlink()
    with pytest.raises(DamagedModelError, match=r"hair\.safetensors"):
        load_avatar(tiny)


def test_a_newer_folder_is_refused(tiny: Path) -> None:
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({**config, "format_version": 99}))
    with pytest.raises(NewerFormatError):
        load_avatar(tiny)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "a/../../b"])
def test_a_file_name_that_leads_out_of_the_folder_is_refused(tiny: Path, name: str) -> None:
    config = json.loads((tiny / "config.json").read_text())
    config["files"][name] = {"sha256": "0" * 64, "bytes": 1}
    (tiny / "config.json").write_text(json.dumps(config))
    with pytest.raises(DamagedModelError, match="whose name"):
        load_avatar(tiny)


def test_a_map_outside_the_listed_files_is_refused(write_tiny: Any) -> None:
    folder = write_tiny()
    config = json.loads((folder / "config.json").read_text())
    config["look"]["skin"]["albedo"] = "../../secret.png"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(DamagedModelError, match="lacks the file"):
        load_avatar(folder)


def test_an_oversized_picture_is_refused_before_it_is_decoded(write_tiny: Any) -> None:
    folder = write_tiny({"skin.png": lambda path: Image.new("RGB", (5000, 8)).save(path)})
    with pytest.raises(DamagedModelError, match="5000x8"):
        load_avatar(folder)


def test_a_picture_of_another_kind_is_refused(write_tiny: Any) -> None:
    with pytest.raises(DamagedModelError, match="cannot be decoded"):
        load_avatar(write_tiny({"iris.png": b"not a picture"}))


def test_a_picture_of_another_colour_mode_is_refused(write_tiny: Any) -> None:
    with pytest.raises(DamagedModelError, match="colour mode L, expected RGB"):
        load_avatar(write_tiny({"iris.png": lambda path: Image.new("L", (8, 8)).save(path)}))


def test_a_mesh_without_its_vertices_is_refused(write_tiny: Any) -> None:
    with pytest.raises(DamagedModelError):
        load_avatar(write_tiny({"top.safetensors": tensor_bytes({"uv": np.zeros((3, 2), np.float32)})}))


def test_a_field_of_the_wrong_type_is_named(write_tiny: Any) -> None:
    with pytest.raises(DamagedModelError, match="`default_voice`"):
        load_avatar(write_tiny(default_voice=3))


def test_a_rest_expression_that_does_not_exist_is_refused(write_tiny: Any) -> None:
    folder = write_tiny()
    config = json.loads((folder / "config.json").read_text())
    config["look"]["rest_expression"] = {"earWiggle": 0.5}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(DamagedModelError, match="earWiggle"):
        load_avatar(folder)


def test_a_voice_folder_is_no_avatar(tiny: Path) -> None:
    config = json.loads((tiny / "config.json").read_text())
    (tiny / "config.json").write_text(json.dumps({**config, "kind": "voice"}))
    with pytest.raises(DamagedModelError, match="expected `avatar`"):
        load_avatar(tiny)


def test_an_added_avatar_is_listed_loaded_and_removed(tiny: Path, user_home: Path) -> None:
    summary = add_avatar(tiny)
    assert summary.path == user_home / "tiny" and not summary.builtin
    assert "tiny" in COLLECTION.names() and "tiny" in {entry.name for entry in list_avatars()}
    assert load_avatar("tiny").description == "three triangles"
    assert verify_avatar("tiny").size_bytes == summary.size_bytes > 0
    assert remove_avatar("tiny") == user_home / "tiny"
    assert "tiny" not in COLLECTION.names() and not (user_home / "tiny").exists()


def test_an_avatar_can_be_added_under_another_name(tiny: Path, user_home: Path) -> None:
    add_avatar(tiny, "second")
    assert load_avatar("second").name == "second"


def test_adding_twice_is_refused(tiny: Path, user_home: Path) -> None:
    add_avatar(tiny)
    with pytest.raises(OutputExistsError, match="`tiny` is there already"):
        add_avatar(tiny)


def test_a_damaged_folder_is_not_added(tiny: Path, user_home: Path) -> None:
    (tiny / "skin.png").write_bytes(b"")
    with pytest.raises(DamagedModelError):
        add_avatar(tiny)
    assert not user_home.exists() or not list(user_home.iterdir())


def test_a_name_that_cannot_be_a_folder_is_refused(tiny: Path, user_home: Path) -> None:
    with pytest.raises(InvalidValueError, match="cannot name an avatar"):
        add_avatar(tiny, "../escape")


def test_the_packages_own_avatar_cannot_be_removed(user_home: Path) -> None:
    with pytest.raises(InvalidValueError, match="part of the package"):
        remove_avatar("ava")


def test_removing_leaves_files_that_are_not_the_avatars(tiny: Path, user_home: Path) -> None:
    add_avatar(tiny)
    (user_home / "tiny" / "notes.txt").write_text("mine")
    remove_avatar("tiny")
    assert (user_home / "tiny" / "notes.txt").read_text() == "mine"


def test_removing_an_unknown_avatar_lists_the_known_ones(user_home: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"known: .*ava"):
        remove_avatar("nobody")
