"""The preset avatars fit the head model that the package ships."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
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
from avatron.render.portrait import PortraitRenderer
from avatron.voice.voices import list_voices

Floats = NDArray[np.float64]
LARGEST_FOLDER_BYTES = 4 * 2**20


@pytest.fixture(scope="module", params=["ava", "zuri", "kenji", "henry"])
def avatar(request: pytest.FixtureRequest) -> Avatar:
    return load_avatar(request.param)


@pytest.fixture(scope="module")
def look(avatar: Avatar) -> Appearance:
    return avatar.appearance()


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def person_of(look: Appearance, head: HeadModel) -> Floats:
    """[V, 3] the neutral head of a person."""
    person = head.person(look.identity)
    return np.asarray(person if look.displacement is None else person + look.displacement, np.float64)


def on_person(mesh: AttachedMesh, head: HeadModel, look: Appearance) -> Floats:
    """[N, 3] the mesh on the person, at rest."""
    moved = person_of(look, head) - head.neutral
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


def test_the_people_are_listed_and_pass_their_checks(avatar: Avatar) -> None:
    assert avatar.name in {summary.name for summary in list_avatars() if summary.builtin}
    assert verify_avatar(avatar.name).default_voice in {summary.name for summary in list_voices()}


def test_the_folder_stays_below_four_megabytes(avatar: Avatar) -> None:
    size = sum(file.stat().st_size for file in (COLLECTION.builtin_folder / avatar.name).iterdir())
    assert size < LARGEST_FOLDER_BYTES


def test_every_source_is_named_with_its_licence(avatar: Avatar) -> None:
    assert "ICT-FaceKit" in {source["name"] for source in avatar.provenance}
    assert all(source["name"] and source["licence"] and source["used_for"] for source in avatar.provenance)


def test_the_people_were_built_on_the_head_that_is_shipped(avatar: Avatar, head: HeadModel) -> None:
    config = json.loads((COLLECTION.builtin_folder / avatar.name / "config.json").read_text())
    corners = head.uv[head.triangles]
    found = hashlib.sha256(head.triangles.astype("<i4").tobytes() + corners.astype("<f4").tobytes()).hexdigest()
    assert found == config["look"]["head_topology"], "run tools/build_avatar.py again: the head model has changed"


def test_every_index_names_something_that_is_there(look: Appearance, head: HeadModel) -> None:
    assert len(look.identity) == head.identity_modes
    assert look.hidden_triangles.min() >= 0 and look.hidden_triangles.max() < len(head.triangles)
    for mesh in (part.mesh for part in (*look.hair, *look.garments)):
        assert mesh.anchor_index.min() >= 0 and mesh.anchor_index.max() < len(head.neutral)
        np.testing.assert_allclose(mesh.anchor_weight.sum(1), 1, atol=1e-5)


def test_strand_directions_are_unit_vectors(look: Appearance) -> None:
    np.testing.assert_allclose(np.linalg.norm(look.hair[0].strand_direction, axis=1), 1, atol=2e-2)


@pytest.mark.parametrize("yaw_degrees", [-25, 25])
def test_hair_stays_on_the_head_when_it_turns(look: Appearance, head: HeadModel, yaw_degrees: float) -> None:
    posed = head.posed(look.identity, look.displacement)
    motion = turned(np.radians(yaw_degrees))
    hair = on_person(look.hair[0].mesh, head, look)
    skin_triangles = head.triangles_of("skin")
    weight = look.hair[0].mesh.head_weight
    upper = hair[hair[:, 1] > 0.02][::7]
    # Long hair lets go of the skull below, where it touches the shoulders.
    assert (weight[hair[:, 1] > 0.02] == 1).all()
    before, nearest = heights(upper, posed.rest, skin_triangles)
    rotations, translations = (joints[0] for joints in posed.joint_motions(motion))
    carried = upper @ rotations[JOINTS.index("head")].T + translations[JOINTS.index("head")]
    corners = next(posed.frames(motion))[skin_triangles[nearest]].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    after = ((carried - corners.mean(1)) * normal).sum(1)
    assert np.abs(after - before).max() < 0.0005


def test_no_cloth_lies_deep_in_skin_that_is_seen(look: Appearance, head: HeadModel) -> None:
    person = person_of(look, head)
    cloth = np.concatenate([on_person(part.mesh, head, look) for part in look.garments])
    seen = np.ones(len(head.triangles), bool)
    seen[look.hidden_triangles] = False
    skin = head.triangles[seen & np.isin(head.part, [0, 11])]
    near_neck = cloth[(cloth[:, 1] > -0.16) & (np.hypot(cloth[:, 0], cloth[:, 2] + 0.02) < 0.13)]
    height, nearest = heights(near_neck, person, skin)
    close = np.linalg.norm(near_neck - person[skin[nearest]].mean(1), axis=1) < 0.012
    assert close.sum() > 100
    # A collar's own thickness: its inner side may rest in the neck.
    assert height[close].min() > -0.005


@pytest.mark.parametrize("yaw_degrees", [-30, 0, 30])
def test_no_hole_shows_where_skin_is_left_out_under_clothes(look: Appearance, yaw_degrees: float) -> None:
    bald = replace(look, hair=())
    renderer = PortraitRenderer(HeadModel.load(), bald, size=(192, 192), background="transparent")
    covered = next(renderer.frames(turned(np.radians(yaw_degrees))))[..., 3] > 0
    outside, before = ~covered, np.zeros_like(covered)
    before[[0, -1], :], before[:, [0, -1]] = outside[[0, -1], :], outside[:, [0, -1]]
    # What can be reached from the border is background; anything else that is clear is a hole in the person.
    while True:
        grown = before.copy()
        grown[1:] |= before[:-1]
        grown[:-1] |= before[1:]
        grown[:, 1:] |= before[:, :-1]
        grown[:, :-1] |= before[:, 1:]
        grown &= outside
        if (grown == before).all():
            break
        before = grown
    # Between two collars that stand off the neck a pixel of what is behind them may show.
    assert (outside & ~before).sum() <= 4


def test_the_face_at_rest_smiles_a_little(look: Appearance) -> None:
    weights = look.rest_weights()
    assert 0.05 < weights[EXPRESSION_NAMES.index("mouthSmileLeft")] < 0.5
    assert 0 <= weights[EXPRESSION_NAMES.index("eyeBlinkLeft")] < 0.3
