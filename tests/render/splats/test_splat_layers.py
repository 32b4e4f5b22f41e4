"""What carries Gaussians: sheets, strains and coefficients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import InvalidValueError
from avatron.face.shipped import shipped_head
from avatron.native.mesh import strains
from avatron.render.splats.drivers import Drivers, motion_features
from avatron.render.splats.geometry import LAYERS, SplatGeometry
from avatron.render.splats.refiner import Window, face_window, feather
from avatron.render.splats.resampling import add_scaled
from avatron.render.splats.sheets import Sheet, hair_sheet, torso_sheet
from avatron.render.splats.sway import Sway

CAMERA = Camera(96, 64, 150.0, (48.0, 32.0), np.diag([1.0, -1.0, -1.0]), np.array([0.0, 0.0, 0.8]))


@pytest.fixture(scope="module")
def geometry() -> SplatGeometry:
    return SplatGeometry(shipped_head().posed(), hair_sheet(CAMERA), torso_sheet(CAMERA))


def posed(geometry: SplatGeometry, motion: FaceMotion) -> np.ndarray:
    rotations, translations = geometry.head.joint_motions(motion)
    return geometry.vertices(motion.expression[0], rotations[0], translations[0])


def test_at_rest_nothing_moves(geometry: SplatGeometry) -> None:
    sheets = posed(geometry, FaceMotion.at_rest(1))[len(geometry.head.rest) :]
    assert np.allclose(sheets, geometry.rest[len(geometry.head.rest) :], atol=1e-6)


def test_hair_goes_with_the_head_and_the_torso_does_not(geometry: SplatGeometry) -> None:
    turned = replace(FaceMotion.at_rest(1), head_rotation=np.array([[0.0, 0.3, 0.0]], np.float32))
    moved = posed(geometry, turned) - geometry.rest
    hair, _ = geometry.sheets
    first = len(geometry.head.rest)
    hair_moved = np.linalg.norm(moved[first : first + len(hair.vertices)], axis=1)
    high = hair.head_share > 0.99
    beside = np.abs(hair.vertices[:, 0]) > 0.05
    assert hair_moved[high & beside].min() > 0.01
    assert hair_moved[hair.head_share < 0.01].max(initial=0) < 1e-6
    assert np.abs(moved[first + len(hair.vertices) :]).max() < 1e-6


def test_sheets_sway_in_the_modes_of_the_person(geometry: SplatGeometry) -> None:
    hair, torso = geometry.sheets
    modes = np.zeros((2, len(hair.vertices) + len(torso.vertices), 2), np.float32)
    modes[0, : len(hair.vertices), 0] = 0.003
    modes[1, len(hair.vertices) :, 1] = 0.002
    swaying = SplatGeometry(geometry.head, hair, torso, Sway(modes, CAMERA.rotation[:2].astype(np.float32)))
    rotations, translations = geometry.head.joint_motions(FaceMotion.at_rest(1))
    joints = FaceMotion.at_rest(1).expression[0], rotations[0], translations[0]
    moved = swaying.vertices(*joints, np.array([1.0, -2.0], np.float32)) - geometry.vertices(*joints)
    first = len(geometry.head.rest)
    assert np.abs(moved[:first]).max() == 0
    # Right in the picture, and up, since the second weight is negative and modes point down.
    assert np.allclose(moved[first : first + len(hair.vertices)], [0.003, 0, 0], atol=1e-6)
    assert np.allclose(moved[first + len(hair.vertices) :], [0, 0.004, 0], atol=1e-6)
    assert np.array_equal(swaying.vertices(*joints), geometry.vertices(*joints))
    with pytest.raises(InvalidValueError, match="3 modes"):
        swaying.vertices(*joints, np.zeros(3, np.float32))


def test_triangles_come_layer_by_layer(geometry: SplatGeometry) -> None:
    assert (np.diff(geometry.layer.astype(int)) >= 0).all()
    assert set(geometry.layer.tolist()) == set(range(len(LAYERS)))


def test_strain_is_the_logarithm_of_how_much_skin_is_stretched(geometry: SplatGeometry) -> None:
    assert np.abs(geometry.strains(geometry.rest)).max() < 1e-3
    stretched = geometry.strains(geometry.rest * np.float32(1.2))
    skin = geometry.layer == LAYERS.index("skin")
    # What is seen edge-on at rest has no width to be stretched.
    assert np.median(stretched[skin]) == pytest.approx(np.log(1.2), abs=1e-4)
    wider = geometry.strains(geometry.rest * np.array([1.2, 1.0, 1.0], np.float32))
    assert wider[skin, 0].mean() > wider[skin, 1].mean() + 0.05
    assert (stretched[geometry.layer != LAYERS.index("skin")] == 0).all()


def test_strains_agree_with_numpy() -> None:
    generator = np.random.default_rng(1)
    vertices = generator.normal(size=(20, 3)).astype(np.float32)
    triangles = generator.integers(0, 20, (50, 3)).astype(np.int32)
    shares = generator.normal(size=(50, 2, 3)).astype(np.float32)
    lengths = np.linalg.norm(np.einsum("kac,kcd->kad", shares, vertices[triangles]), axis=2)
    expected = np.log(np.maximum(lengths, 1e-6)).clip(-0.7, 0.7)
    assert np.allclose(strains(vertices, triangles, shares, limit=0.7), expected, atol=1e-5)


def lively(frames: int) -> FaceMotion:
    rest = FaceMotion.at_rest(frames)
    expression = rest.expression.copy()
    generator = np.random.default_rng(0)
    expression[:, EXPRESSION_INDEX["jawOpen"]] = generator.random(frames)
    expression[:, EXPRESSION_INDEX["mouthPucker"]] = generator.random(frames)
    head = (0.05 * generator.normal(size=(frames, 3))).astype(np.float32)
    return replace(rest, expression=expression, head_rotation=head)


def test_coefficients_stay_within_what_was_seen() -> None:
    motion = lively(200)
    drivers = Drivers.of(motion, np.ones(motion.expression.shape[1], np.float32), 12)
    seen = drivers.coefficients(motion)
    assert 0.5 < seen[:, 0].std() < 1.5
    wild = replace(motion, head_rotation=motion.head_rotation * 20)
    assert np.linalg.norm(drivers.coefficients(wild), axis=1).max() <= drivers.farthest * (1 + 1e-5)


def test_features_name_everything_that_moves() -> None:
    motion = lively(3)
    changed = replace(motion, torso_translation=motion.torso_translation + 0.01)
    assert not np.array_equal(motion_features(motion), motion_features(changed))


def test_a_sheet_of_missing_vertices_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="beyond"):
        Sheet(np.zeros((3, 3), np.float32), np.array([[0, 1, 3]], np.int32), np.zeros(3, np.float32))


def test_the_window_of_the_face_stays_in_the_picture() -> None:
    for place in ((0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, -0.5, 0.0)):
        window = face_window(CAMERA, np.array(place), np.eye(3), 48)
        assert 0 <= window.left <= CAMERA.width - 48
        assert 0 <= window.top <= CAMERA.height - 48


def test_what_is_added_fades_at_the_windows_border_but_not_at_the_pictures() -> None:
    soft = feather(Window(0, 8, 48), CAMERA)
    assert soft[24, 0] == 1
    assert soft[24, -1] < 0.1
    assert soft[0, 24] < 0.1


def test_what_is_added_at_another_scale_keeps_its_sum() -> None:
    added = np.zeros((16, 16, 3), np.float32)
    added[6:10, 6:10] = 0.5
    for scale in (1.0, 2.0):
        image = np.zeros((64, 64, 3), np.float32)
        add_scaled(image, added, 10.0, 12.0, scale)
        assert image.sum() == pytest.approx(added.sum() * scale**2, rel=0.02)
