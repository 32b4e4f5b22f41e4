"""USD: opened again with usd-core, it moves as our own head does."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.errors import MissingComponentError
from avatron.export.bundle import PendingBundle
from avatron.export.scene import SceneOptions, check_scene, scene_files
from export.clips import SURFACES, Clip

pxr = pytest.importorskip("pxr", reason="usd-core is not installed: pip install avatron[export]")


def written(clip: Clip, path: Path, **options: Any) -> Path:
    PendingBundle(path.parent, scene_files(clip.scene, path, SceneOptions(), **options)).commit()
    return path


def posed(stage: Any, name: str, frame: int) -> np.ndarray:
    """[V, 3] of a mesh as UsdSkel's own queries compute it."""
    from pxr import Usd, UsdGeom, UsdSkel

    root = UsdSkel.Root(stage.GetDefaultPrim())
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    base = stage.GetDefaultPrim().GetPath()
    skeleton = cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath(f"{base}/Skeleton")))
    mesh = stage.GetPrimAtPath(f"{base}/{name}")
    skinning = cache.GetSkinningQuery(mesh)
    points = UsdGeom.Mesh(mesh).GetPointsAttr().Get()
    if skinning.HasBlendShapes():
        weights = skinning.GetBlendShapeMapper().Remap(skeleton.GetAnimQuery().ComputeBlendShapeWeights(frame))
        query = UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(mesh))
        values, shapes, sub_shapes = query.ComputeSubShapeWeights(weights)
        assert query.ComputeDeformedPoints(
            values,
            shapes,
            sub_shapes,
            query.ComputeBlendShapePointIndices(),
            query.ComputeSubShapePointOffsets(),
            points,
        )
    assert skinning.ComputeSkinnedPoints(skeleton.ComputeSkinningTransforms(frame), points, frame)
    return np.array(points)


@pytest.mark.parametrize("suffix", ["usda", "usdc", "usdz"])
def test_posed_vertices_are_ours_within_the_clips_own_error(clip: Clip, tmp_path: Path, suffix: str) -> None:
    from pxr import Usd

    stage = Usd.Stage.Open(str(written(clip, tmp_path / f"clip.{suffix}")))
    expected = clip.head_vertices()
    for frame in (0, 4, 11):
        for surface, parts in SURFACES.items():
            if surface == "Skin" or suffix == "usdc":
                ours = expected[frame][clip.surface_vertices(*parts)]
                away = np.linalg.norm(posed(stage, f"Face_{surface}", frame) - ours, axis=1).max()
                # The format adds less than 0.01 mm to what the correctives leave.
                assert away < clip.scene.largest_error_m + 0.00001
        left = posed(stage, "Eyes_EyeLeft", frame)
        assert (
            np.linalg.norm(left - expected[frame][np.unique(clip.head.triangles_of("eye_left"))], axis=1).max() < 1e-5
        )


def test_clock_units_and_axes_are_said(clip: Clip, tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(written(clip, tmp_path / "clip.usdc")))
    assert stage.GetTimeCodesPerSecond() == pytest.approx(30000 / 1001)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, len(clip.motion) - 1)
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == "Y"


def test_every_picture_that_a_material_names_is_there(clip: Clip, tmp_path: Path) -> None:
    from pxr import Usd, UsdShade

    stage = Usd.Stage.Open(str(written(clip, tmp_path / "clip.usda")))
    named = [
        attribute.Get().path
        for prim in stage.Traverse()
        if prim.IsA(UsdShade.Shader) and (attribute := prim.GetAttribute("inputs:file"))
    ]
    assert len(named) >= 8
    assert all((tmp_path / name).is_file() for name in named)


def test_a_package_holds_its_sound(clip: Clip, tmp_path: Path) -> None:
    path = written(clip, tmp_path / "clip.usdz", sound=Audio(np.zeros(2205, np.float32), 22050))
    with zipfile.ZipFile(path) as package:
        assert "clip.wav" in package.namelist()
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}


def test_without_usd_core_usd_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(MissingComponentError, match=r"avatron\[export\]"):
        check_scene(tmp_path / "clip.usdc")
