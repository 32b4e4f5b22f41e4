"""OBJ: a frame of a motion is our own head's, and every file that is named is there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from avatron.export.bundle import PendingBundle
from avatron.export.request import ExportRequest, export
from avatron.export.scene import make_scene, scene_files
from export.clips import SURFACES, Clip


def read(path: Path) -> dict[str, np.ndarray]:
    """Object name to its vertices; faces, texture coordinates and normals are only counted."""
    objects: dict[str, list[list[float]]] = {}
    counts = {"v": 0, "vt": 0, "vn": 0}
    for line in path.read_text("utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "o":
            name = rest
            objects[name] = []
        elif kind == "v":
            objects[name].append([float(value) for value in rest.split()])
        if kind in counts:
            counts[kind] += 1
        if kind == "f":
            assert max(int(number) for number in re.findall(r"\d+", rest)) <= counts["v"]
    assert counts["v"] == counts["vt"] == counts["vn"]
    return {name: np.array(vertices) for name, vertices in objects.items()}


def test_a_frame_is_our_own_head_within_a_micrometre_of_print(clip: Clip, tmp_path: Path) -> None:
    frame = 7
    request = ExportRequest([tmp_path / "pose.obj"], clip.motion, frame=frame)
    export(clip.avatar, request)
    expected = clip.head_vertices()[frame]
    found = read(tmp_path / "pose.obj")
    for surface, parts in SURFACES.items():
        ours = expected[clip.surface_vertices(*parts)]
        # A single frame has one corrective; what moves less than a quarter of 0.1 mm an axis stays out of it.
        assert np.linalg.norm(found[f"Face_{surface}"] - ours, axis=1).max() < 0.00005


def test_materials_and_pictures_lie_beside_it(clip: Clip, tmp_path: Path) -> None:
    path = tmp_path / "ava.obj"
    PendingBundle(tmp_path, scene_files(make_scene(clip.avatar), path)).commit()
    assert f"mtllib {path.stem}.mtl" in path.read_text("utf-8")
    materials = (tmp_path / "ava.mtl").read_text("utf-8")
    named = re.findall(r"^(?:map_\w+|norm)(?: -imfchan \w)? (\S+)$", materials, re.M)
    assert len(named) >= 8
    assert all((tmp_path / name).is_file() for name in named)
    used = set(re.findall(r"^usemtl (\S+)$", path.read_text("utf-8"), re.M))
    assert used == set(re.findall(r"^newmtl (\S+)$", materials, re.M))


def test_what_lies_beside_it_is_not_overwritten_unasked(clip: Clip, tmp_path: Path) -> None:
    from avatron.errors import OutputExistsError

    (tmp_path / "pose.mtl").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"pose\.mtl"):
        export(clip.avatar, ExportRequest([tmp_path / "pose.obj"], clip.motion))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pose.mtl"]
