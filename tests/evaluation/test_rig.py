from __future__ import annotations

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_NAMES
from avatron.errors import InvalidValueError
from avatron.evaluation.rig.poses import COMBINATIONS, EXPRESSIONS, RigPose, motion_of
from avatron.evaluation.rig.surface import deepest_inside, patch_of


def cube() -> tuple[np.ndarray, np.ndarray]:
    """A cube of 2 cm around the origin, its faces outwards."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32) * 0.01
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    triangles = [(a, b, c) for a, b, c, _ in quads] + [(a, c, d) for a, _, c, d in quads]
    return corners, np.array(triangles, np.int32)


def test_there_are_forty_combinations_and_every_expression_with_names_of_their_own() -> None:
    assert len(COMBINATIONS) == 40
    assert [pose.name for pose in EXPRESSIONS] == list(EXPRESSION_NAMES)
    assert len({pose.name for pose in (*COMBINATIONS, *EXPRESSIONS)}) == 96
    for pose in COMBINATIONS:
        assert motion_of(pose).expression.max() > 0


def test_a_pose_with_an_unknown_name_or_weight_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="mouthSmirk"):
        motion_of(RigPose("bad", {"mouthSmirk": 1.0}))
    with pytest.raises(InvalidValueError, match=r"1\.5"):
        motion_of(RigPose("bad", {"jawOpen": 1.5}))


def test_depth_in_a_cube_is_the_distance_to_its_nearest_face() -> None:
    corners, triangles = cube()
    patch = patch_of(triangles, np.arange(8))
    points = np.array([[0.008, 0.001, 0.0], [0.013, 0.0, 0.0], [0.0, -0.0095, 0.002]], np.float32)
    np.testing.assert_allclose(patch.depth(points, corners, 0.02), [0.002, -0.003, 0.0005], atol=1e-6)


def test_only_points_inside_count_however_deep_the_others_seem() -> None:
    corners, triangles = cube()
    points = np.array([[0.03, 0.0, 0.0], [0.004, 0.0, 0.0]], np.float32)
    assert deepest_inside(np.array([0.02, 0.006]), points, triangles, corners) == pytest.approx(0.006)
    assert deepest_inside(np.array([0.02]), points[:1], triangles, corners) == 0
