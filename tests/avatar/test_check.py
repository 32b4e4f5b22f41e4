"""The check tells the maker of an avatar everything at once: what is refused, what to mend, and what it costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatron.avatar.check import check_avatar
from avatron.avatar.check_drawing import TEST_POSES
from avatron.avatar.mesh_health import distances_m, mesh_health
from avatron.avatar.packed_mesh import unpack_mesh
from avatron.avatar.report import AvatarReport
from avatron.avatar.store import COLLECTION, load_avatar
from avatron.cli import main
from avatron.io.folders import load_folder, tensor_bytes, write_folder

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32) * 0.1
FACES = np.array(
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ],
    np.int32,
)


MESH_KEYS = ("vertices", "triangles", "uv", "anchor_index", "anchor_weight", "head_weight")


def places(report: AvatarReport) -> dict[str, str]:
    return {finding.place: finding.problem for finding in report.findings}


def changed(target: Path, files: dict[str, Any] | None = None, **fields: Any) -> Path:
    """A copy of `ava` with some files or fields replaced."""
    source = load_folder(COLLECTION.builtin_folder / "ava", "avatar")
    config = {key: value for key, value in source.config.items() if key not in ("format_version", "kind", "files")}
    content: dict[str, Any] = {name: source.file(name) for name in source.files}
    return write_folder(target, "avatar", {**config, **fields}, {**content, **(files or {})}).path


def with_mesh(target: Path, name: str, **arrays: Any) -> Path:
    source = load_folder(COLLECTION.builtin_folder / "ava", "avatar")
    packed = source.tensors(name)
    mesh = unpack_mesh(packed)
    tensors = {**packed, **{key: getattr(mesh, key) for key in MESH_KEYS}}
    for key, change in arrays.items():
        tensors[key] = change(tensors[key])
    return changed(target, {name: tensor_bytes(tensors)})


@pytest.mark.parametrize("name", COLLECTION.names())
def test_the_packages_avatars_have_nothing_to_refuse_or_mend_but_speed(name: str) -> None:
    report = check_avatar(name)
    # How fast a frame is drawn depends on what else the machine does.
    assert [finding for finding in report.findings if finding.place != "drawing"] == []
    assert report.numbers["frame_ms_at_512"] > 0 and set(report.pictures) == set(TEST_POSES)
    assert {file.state for file in report.files} == {"whole"}


def test_test_pictures_are_written_where_asked(tmp_path: Path) -> None:
    check_avatar("ava", tmp_path / "pictures")
    for name in TEST_POSES:
        with Image.open(tmp_path / "pictures" / f"{name}.png") as picture:
            assert picture.size == (512, 512)


def test_a_closed_cube_is_healthy() -> None:
    health = mesh_health(CUBE, FACES)
    assert (health.degenerate, health.repeated, health.non_manifold, health.flipped, health.unused) == (0, 0, 0, 0, 0)
    assert health.extent_m == pytest.approx((0.1, 0.1, 0.1))


def test_each_fault_of_a_mesh_is_counted() -> None:
    flipped = FACES.copy()
    flipped[0] = flipped[0][::-1]
    assert mesh_health(CUBE, flipped).flipped == pytest.approx(3 / 18)
    twice = np.concatenate([FACES, FACES[:3]])
    assert mesh_health(CUBE, twice).repeated == pytest.approx(3 / 15)
    line = np.concatenate([FACES, [[0, 1, 1]]]).astype(np.int32)
    assert mesh_health(CUBE, line).degenerate == pytest.approx(1 / 13)
    fin = np.concatenate([CUBE, [[0.3, 0.3, 0.3], [9, 9, 9]]]).astype(np.float32)
    assert mesh_health(fin, np.concatenate([FACES, [[0, 1, 8]]]).astype(np.int32)).non_manifold > 0
    assert mesh_health(fin, FACES).unused == pytest.approx(0.2)


def test_distances_are_to_the_nearest() -> None:
    assert distances_m(np.array([[0.2, 0, 0]]), CUBE) == pytest.approx([0.1])


def test_hair_that_hangs_in_the_air_is_found(tmp_path: Path) -> None:
    folder = with_mesh(tmp_path / "far", "hair.safetensors", vertices=lambda v: v + np.float32([0, 0.5, 0]))
    assert "nearer to the head" in places(check_avatar(folder))["hair.safetensors"]


def test_clothes_that_touch_nobody_are_found(tmp_path: Path) -> None:
    folder = with_mesh(tmp_path / "far", "sweater.safetensors", vertices=lambda v: v - np.float32([0, 0.6, 0]))
    assert "touches nobody" in places(check_avatar(folder))["sweater.safetensors"]


def test_a_mesh_in_millimetres_is_found(tmp_path: Path) -> None:
    folder = with_mesh(tmp_path / "tiny", "sweater.safetensors", vertices=lambda v: v * np.float32(0.001))
    report = check_avatar(folder)
    assert any("use metres" in finding.remedy for finding in report.findings)


def test_triangles_that_face_opposite_sides_are_found(tmp_path: Path) -> None:
    def turned(triangles: Any) -> Any:
        mixed = triangles.copy()
        mixed[::2] = mixed[::2, ::-1]
        return mixed

    folder = with_mesh(tmp_path / "turned", "sweater.safetensors", triangles=turned)
    assert "face opposite sides" in places(check_avatar(folder))["sweater.safetensors"]


def test_anchors_that_do_not_sum_to_one_are_found(tmp_path: Path) -> None:
    folder = with_mesh(tmp_path / "loose", "hair.safetensors", anchor_weight=lambda w: w * np.float32(0.5))
    assert "sum to 0.50" in places(check_avatar(folder))["hair.safetensors"]


def test_another_heads_avatar_is_refused(tmp_path: Path) -> None:
    look = json.loads((COLLECTION.builtin_folder / "ava" / "config.json").read_text())["look"]
    folder = changed(tmp_path / "other", look={**look, "head_topology": "0" * 64})
    report = check_avatar(folder)
    assert report.verdict == "refuse" and "head_topology" in " ".join(places(report))


def test_missing_provenance_and_an_unknown_voice_are_to_mend(tmp_path: Path) -> None:
    folder = changed(tmp_path / "new", provenance=[{"name": "scan"}], default_voice="nobody")
    found = places(check_avatar(folder))
    assert "licence" in found["config.json: provenance 0"]
    assert "nobody" in found["config.json: default_voice"]
    assert load_avatar(folder).name == "ava", "it can be used all the same"


def test_files_that_nobody_lists_are_told(tmp_path: Path) -> None:
    folder = changed(tmp_path / "more")
    (folder / "notes.txt").write_text("mine")
    assert "notes.txt" in places(check_avatar(folder))


def test_a_missing_and_a_changed_file_are_both_told(tmp_path: Path) -> None:
    folder = changed(tmp_path / "broken")
    (folder / "iris.png").unlink()
    (folder / "pores.png").write_bytes(b"")
    report = check_avatar(folder)
    states = {file.name: file.state for file in report.files}
    assert report.verdict == "refuse" and states["iris.png"] == "missing" and states["pores.png"] == "changed"


def test_the_command_says_the_verdict_and_exits_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = changed(tmp_path / "broken")
    (folder / "iris.png").unlink()
    assert main(["avatar", "check", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "iris.png" in said and said.strip().endswith("refuse: it cannot be used; see above")
    assert main(["avatar", "check", "ava", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] in ("good", "usable")
    assert main(["avatar", "check", "nobody"]) == 2
    assert main(["avatar", "check", "./nowhere"]) == 1
