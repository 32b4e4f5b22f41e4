"""The preset avatar fits the head model that the package ships."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.avatar.store import COLLECTION, list_avatars, load_avatar, verify_avatar
from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.render.appearance import Appearance, AttachedMesh

Floats = NDArray[np.float64]
LARGEST_FOLDER_BYTES = 4 * 2**20


@pytest.fixture(scope="module")
def ava() -> Avatar:
    return load_avatar("ava")


@pytest.fixture(scope="module")
def look(ava: Avatar) -> Appearance:
    return ava.appearance()


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def on_person(mesh: AttachedMesh, head: HeadModel, identity: NDArray[Any]) -> Floats:
    """[N, 3] the mesh on the person of these coefficients, at rest."""
    moved = head.person(identity) - head.neutral
    return np.asarray(mesh.vertices + np.einsum("na,nad->nd", mesh.anchor_weight, moved[mesh.anchor_index]), np.float64)


def turned(yaw_rad: float) -> FaceMotion:
    """One frame that looks aside, two thirds from the head and one third from the neck."""
    still, head_turn, neck_turn = np.zeros((1, 3), np.float32), np.zeros((1, 3)), np.zeros((1, 3))
    head_turn[0, 1], neck_turn[0, 1] = yaw_rad * 2 / 3, yaw_rad / 3
    return FaceMotion(
        expression=np.zeros((1, len(EXPRESSION_NAMES)), np.float32),
        head_rotation=head_turn.astype(np.float32),
        neck_rotation=neck_turn.astype(np.float32),
        torso_rotation=still,
        head_translation=still,
        torso_translation=still,
        gaze=np.zeros((1, 2, 2), np.float32),
        fps=Fraction(25),
        first_frame=0,
    )


def heights(points: Floats, vertices: Floats, triangles: NDArray[Any]) -> tuple[Floats, NDArray[np.int64]]:
    """(signed distance [N] of points from the nearest triangle's plane, that triangle [N]); positive is outside."""
    corners = vertices[triangles].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    middle = corners.mean(1)
    nearest = np.empty(len(points), np.int64)
    for start in range(0, len(points), 256):
        offset = points[start : start + 256, None] - middle[None]
        nearest[start : start + 256] = (offset**2).sum(-1).argmin(1)
    return ((points - middle[nearest]) * normal[nearest]).sum(1), nearest


def test_ava_is_listed_and_passes_her_checks() -> None:
    assert "ava" in {summary.name for summary in list_avatars() if summary.builtin}
    assert verify_avatar("ava").default_voice == "lj"


def test_the_folder_stays_below_four_megabytes() -> None:
    size = sum(file.stat().st_size for file in (COLLECTION.builtin_folder / "ava").iterdir())
    assert size < LARGEST_FOLDER_BYTES


def test_every_source_is_named_with_its_licence(ava: Avatar) -> None:
    assert len(ava.provenance) >= 5
    assert all(source["name"] and source["licence"] and source["used_for"] for source in ava.provenance)


def test_ava_was_built_on_the_head_that_is_shipped(head: HeadModel) -> None:
    config = json.loads((COLLECTION.builtin_folder / "ava" / "config.json").read_text())
    corners = head.uv[head.triangles]
    found = hashlib.sha256(head.triangles.astype("<i4").tobytes() + corners.astype("<f4").tobytes()).hexdigest()
    assert found == config["look"]["head_topology"], "run tools/build_avatar.py again: the head model has changed"


def test_every_index_names_something_that_is_there(look: Appearance, head: HeadModel) -> None:
    assert len(look.identity) == head.identity_modes
    assert look.hidden_triangles.min() >= 0 and look.hidden_triangles.max() < len(head.triangles)
    for mesh in (look.hair[0].mesh, look.garments[0].mesh):
        assert mesh.anchor_index.min() >= 0 and mesh.anchor_index.max() < len(head.neutral)
        np.testing.assert_allclose(mesh.anchor_weight.sum(1), 1, atol=1e-5)


def test_strand_directions_are_unit_vectors(look: Appearance) -> None:
    np.testing.assert_allclose(np.linalg.norm(look.hair[0].strand_direction, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("yaw_degrees", [-25, 25])
def test_hair_stays_on_the_head_when_it_turns(look: Appearance, head: HeadModel, yaw_degrees: float) -> None:
    posed = head.posed(look.identity)
    motion = turned(np.radians(yaw_degrees))
    hair = on_person(look.hair[0].mesh, head, look.identity)
    skin_triangles = head.triangles_of("skin")
    upper = hair[(hair[:, 1] > 0.02)][::7]
    before, nearest = heights(upper, posed.rest, skin_triangles)
    rotations, translations = (joints[0] for joints in posed.joint_motions(motion))
    carried = upper @ rotations[JOINTS.index("head")].T + translations[JOINTS.index("head")]
    corners = next(posed.frames(motion))[skin_triangles[nearest]].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    after = ((carried - corners.mean(1)) * normal).sum(1)
    assert (look.hair[0].mesh.head_weight == 1).all()
    assert np.abs(after - before).max() < 0.0005


def test_no_cloth_lies_inside_of_skin_that_is_seen(look: Appearance, head: HeadModel) -> None:
    person = head.person(look.identity)
    cloth = on_person(look.garments[0].mesh, head, look.identity)
    seen = np.ones(len(head.triangles), bool)
    seen[look.hidden_triangles] = False
    skin = head.triangles[seen & np.isin(head.part, [0, 11])]
    near_neck = cloth[(cloth[:, 1] > -0.16) & (np.hypot(cloth[:, 0], cloth[:, 2] + 0.02) < 0.13)]
    height, nearest = heights(near_neck, person, skin)
    close = np.linalg.norm(near_neck - person[skin[nearest]].mean(1), axis=1) < 0.012
    assert close.sum() > 100
    # A millimetre: what a facet of the skin stands off its own plane.
    assert height[close].min() > -0.001


def test_cloth_covers_what_is_hidden_under_it(look: Appearance, head: HeadModel) -> None:
    person = head.person(look.identity)
    cloth = on_person(look.garments[0].mesh, head, look.identity)
    middle = person[head.triangles[look.hidden_triangles]].mean(1)
    below = middle[middle[:, 1] < -0.10]
    front = below[below[:, 2] > 0.0]
    # Seen from the front, every hidden triangle has cloth before it.
    distance = np.hypot(front[:, None, 0] - cloth[None, :, 0], front[:, None, 1] - cloth[None, :, 1])
    before = np.where(distance < 0.012, cloth[None, :, 2], -1).max(1)
    assert (before > front[:, 2] - 0.003).mean() > 0.99


def test_the_face_at_rest_smiles_a_little(look: Appearance) -> None:
    weights = look.rest_weights()
    assert 0.05 < weights[EXPRESSION_NAMES.index("mouthSmileLeft")] < 0.3
    assert 0 < weights[EXPRESSION_NAMES.index("eyeBlinkLeft")] < 0.15
