"""What an appearance accepts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX
from avatron.errors import InvalidValueError, ShapeError
from avatron.render.appearance import Appearance, AttachedMesh, EyeMaps, GarmentPart, HairPart, LashMap, SkinMaps


def attached_mesh(**changed: Any) -> AttachedMesh:
    values: dict[str, Any] = {
        "vertices": np.zeros((3, 3), np.float32),
        "triangles": np.array([[0, 1, 2]], np.int32),
        "uv": np.zeros((3, 2), np.float32),
        "anchor_index": np.zeros((3, 2), np.int32),
        "anchor_weight": np.zeros((3, 2), np.float32),
        "head_weight": np.zeros(3, np.float32),
    }
    return AttachedMesh(**{**values, **changed})


def appearance(**changed: Any) -> Appearance:
    grey = np.full((4, 4, 3), 128, np.uint8)
    values: dict[str, Any] = {
        "identity": np.zeros(2, np.float32),
        "skin": SkinMaps(grey, np.full((4, 4, 4), 128, np.uint8)),
        "eyes": EyeMaps(grey, grey),
        "lashes": LashMap(np.zeros((4, 4), np.uint8)),
    }
    return Appearance(**{**values, **changed})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uv", np.zeros((2, 2), np.float32)),
        ("vertices", np.zeros((3, 2), np.float32)),
        ("triangles", np.zeros((1, 4), np.int32)),
        ("triangles", np.zeros((1, 3), np.float32)),
        ("anchor_weight", np.zeros((3, 1), np.float32)),
        ("head_weight", np.zeros(2, np.float32)),
        ("vertices", np.full((3, 3), np.nan, np.float32)),
    ],
)
def test_meshes_whose_arrays_disagree_are_refused_by_the_name_of_the_array(field: str, value: Any) -> None:
    with pytest.raises(ShapeError, match=field):
        attached_mesh(**{field: value})


@pytest.mark.parametrize("corner", [-1, 3])
def test_triangles_of_vertices_that_are_not_there_are_refused(corner: int) -> None:
    with pytest.raises(InvalidValueError, match=r"0 \.\. 2"):
        attached_mesh(triangles=np.array([[0, 1, corner]], np.int32))


def test_a_mesh_may_have_no_anchors_and_no_triangles() -> None:
    loose = attached_mesh(
        anchor_index=np.zeros((3, 0), np.int32),
        anchor_weight=np.zeros((3, 0), np.float32),
        triangles=np.zeros((0, 3), np.int32),
    )
    assert loose.anchor_weight.shape == (3, 0)


def test_maps_of_another_kind_are_refused() -> None:
    grey, detail = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 4), np.uint8)
    with pytest.raises(ShapeError, match="albedo"):
        SkinMaps(grey.astype(np.float32), detail)
    with pytest.raises(ShapeError, match="detail"):
        SkinMaps(grey, grey)
    with pytest.raises(ShapeError, match="pores"):
        SkinMaps(grey, detail, pores=grey)
    with pytest.raises(ShapeError, match="sclera"):
        EyeMaps(grey, grey[..., 0])
    with pytest.raises(ShapeError, match="opacity"):
        LashMap(grey)
    with pytest.raises(ShapeError, match="strand"):
        HairPart(attached_mesh(), np.zeros((3, 3), np.float32), detail, np.zeros((5, 4), np.uint8))
    with pytest.raises(ShapeError, match="strand_direction"):
        HairPart(attached_mesh(), np.zeros((2, 3), np.float32), detail, np.zeros((4, 4), np.uint8))
    with pytest.raises(ShapeError, match="bump"):
        GarmentPart(attached_mesh(), grey, bump=np.zeros((4, 5, 2), np.uint8))


def test_rest_weights_are_a_row_of_expressions() -> None:
    weights = appearance(rest_expression={"mouthSmileLeft": 0.2, "eyeBlinkRight": 0.05}).rest_weights()
    assert weights[EXPRESSION_INDEX["mouthSmileLeft"]] == pytest.approx(0.2)
    assert weights[EXPRESSION_INDEX["eyeBlinkRight"]] == pytest.approx(0.05)
    assert np.count_nonzero(weights) == 2
    assert not appearance().rest_weights().any()


def test_rest_expressions_that_do_not_exist_or_go_too_far_are_refused() -> None:
    with pytest.raises(InvalidValueError, match=r"`smirk`.*mouthSmileLeft"):
        appearance(rest_expression={"smirk": 0.1})
    for weight in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidValueError, match="jawOpen"):
            appearance(rest_expression={"jawOpen": weight})


def test_parts_must_come_in_a_tuple() -> None:
    part = GarmentPart(attached_mesh(), np.zeros((4, 4, 3), np.uint8))
    assert appearance(garments=(part,)).garments == (part,)
    with pytest.raises(ShapeError, match="tuple"):
        appearance(garments=[part])
    with pytest.raises(ShapeError, match="tuple"):
        appearance(hair=part)


def test_an_appearance_does_not_change_under_its_renderer() -> None:
    with pytest.raises(ValueError, match="read-only"):
        appearance().skin.albedo[0, 0, 0] = 1
