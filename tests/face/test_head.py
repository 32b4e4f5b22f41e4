from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import DamagedModelError, NewerFormatError, ShapeError
from avatron.face.head import HeadModel
from avatron.face.parts import PART_INDEX, PARTS
from avatron.io.folders import load_folder

FOLDER = Path(__file__).parents[2] / "src" / "avatron" / "data" / "head"


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def motion(frames: int = 1, **weights: float) -> FaceMotion:
    rest = FaceMotion.at_rest(frames)
    expression = rest.expression.copy()
    for name, weight in weights.items():
        expression[:, EXPRESSION_INDEX[name]] = weight
    return moved(rest, expression=expression)


def moved(rest: FaceMotion, **arrays: np.ndarray) -> FaceMotion:
    fields = {name: arrays.get(name, getattr(rest, name)) for name in rest.__dataclass_fields__}
    return FaceMotion(**fields)


def vertices_of(head: HeadModel, *parts: str) -> np.ndarray:
    return np.unique(head.triangles_of(*parts))


def test_the_model_is_small_and_its_mesh_is_sound(head: HeadModel) -> None:
    assert 10_000 <= len(head.neutral) <= 18_000
    folder = load_folder(FOLDER, "head")
    assert sum(folder.file(name).stat().st_size for name in folder.files) <= 6_000_000
    assert head.triangles.min() == 0
    assert head.triangles.max() == len(head.neutral) - 1
    assert {PARTS[index] for index in np.unique(head.part)} == set(PARTS)
    corners = head.neutral[head.triangles]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    assert (areas > 0).mean() > 0.999
    np.testing.assert_allclose(head.joint_weights.sum(1), 1, atol=1e-6)
    assert 0 <= head.uv.min() <= head.uv.max() <= 1


def test_a_turn_of_the_head_moves_the_skull_rigidly_and_leaves_the_bust(head: HeadModel) -> None:
    turn = np.array([0.1, 0.3, -0.05], np.float32)
    turned = head.vertices(moved(motion(), head_rotation=turn[None]))[0]
    skull = vertices_of(head, "teeth_upper", "eye_left", "eye_right", "lashes")
    centre = head.joints[2]
    expected = (head.neutral[skull] - centre) @ axis_angle_to_matrix(turn).T + centre
    np.testing.assert_allclose(turned[skull], expected, atol=1e-6)
    bust = vertices_of(head, "bust")
    low = bust[head.neutral[bust, 1] < -0.17]
    np.testing.assert_allclose(turned[low], head.neutral[low], atol=1e-6)


def test_a_shift_of_the_torso_moves_everything_alike(head: HeadModel) -> None:
    shift = np.array([[0.01, -0.02, 0.03]], np.float32)
    shifted = head.vertices(moved(motion(), torso_translation=shift))[0]
    np.testing.assert_allclose(shifted - head.neutral, np.broadcast_to(shift[0], shifted.shape), atol=1e-6)


@pytest.mark.parametrize("name", EXPRESSION_NAMES)
def test_teeth_stay_rigid_and_upper_teeth_still_under_every_expression(head: HeadModel, name: str) -> None:
    posed = head.vertices(motion(**{name: 1.0}))[0]
    upper, lower = vertices_of(head, "teeth_upper"), vertices_of(head, "teeth_lower")
    np.testing.assert_allclose(posed[upper], head.neutral[upper], atol=1e-6)

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points - np.roll(points, 97, 0), axis=1)

    np.testing.assert_allclose(distances(posed[lower]), distances(head.neutral[lower]), atol=2e-6)


def test_teeth_follow_the_jaw(head: HeadModel) -> None:
    lower = vertices_of(head, "teeth_lower")
    opened = head.vertices(motion(jawOpen=0.3))[0]
    assert (opened[lower, 1] - head.neutral[lower, 1]).mean() < -0.005


@pytest.mark.parametrize("opening", [0.0, 0.1, 0.2, 0.3, 0.4])
def test_mouth_close_seals_the_lips_at_any_opening_of_the_jaw(head: HeadModel, opening: float) -> None:
    opened = head.lip_gap_mm(head.vertices(motion(jawOpen=opening)))
    sealed = head.lip_gap_mm(head.vertices(motion(jawOpen=opening, mouthClose=opening)))
    assert sealed.max() < 0.3
    assert sealed.min() > -1.0
    assert opening == 0 or opened.min() > 20 * opening


def test_lids_meet_over_the_eyes_in_a_blink(head: HeadModel) -> None:
    upper, lower = head.multi_pie[[37, 38, 43, 44]], head.multi_pie[[41, 40, 47, 46]]
    gap = lambda points: (points[upper, 1] - points[lower, 1]) * 1000  # noqa: E731
    assert gap(head.neutral).min() > 5
    closed = head.vertices(motion(eyeBlinkLeft=1.0, eyeBlinkRight=1.0))[0]
    assert np.abs(gap(closed)).max() < 1.5


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("blink", [0.0, 0.3, 0.6, 0.9, 1.0])
def test_nobodys_lids_go_deeper_into_the_eyeball_than_those_of_the_mean_head(
    head: HeadModel, seed: int, blink: float
) -> None:
    person = head.posed(np.random.default_rng(seed).normal(size=head.identity_modes))
    points = next(person.frames(motion(eyeBlinkLeft=blink, eyeBlinkRight=blink)))

    def depths(places: np.ndarray, joints: np.ndarray, side: str, joint: int) -> np.ndarray:
        """[N] distance of the upper rim from the ball's centre, in radii."""
        ball = np.linalg.norm(places[vertices_of(head, f"eye_{side}")] - joints[joint], axis=1).mean()
        return np.linalg.norm(places[head.contours[f"lid_upper_{side}"]] - joints[joint], axis=1) / ball

    for side, joint in (("left", 4), ("right", 5)):
        least = np.minimum(depths(head.neutral, head.joints, side, joint), 1.03)
        assert (depths(points, person.joints, side, joint) >= least - 1e-3).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_blink_closes_the_eyes_of_anybody(head: HeadModel, seed: int) -> None:
    identity = np.random.default_rng(seed).normal(size=head.identity_modes)
    points = next(head.posed(identity).frames(motion(eyeBlinkLeft=1.0, eyeBlinkRight=1.0)))
    for side in ("left", "right"):
        upper, lower = (points[head.contours[f"lid_{which}_{side}"]] for which in ("upper", "lower"))
        order = np.argsort(lower[:, 0])
        gap = upper[:, 1] - np.interp(upper[:, 0], lower[order, 0], lower[order, 1])
        assert gap[3:-3].max() < 0.0002


def test_rims_of_lips_and_lids_are_ordered_paths_along_edges(head: HeadModel) -> None:
    welded = head.weld[head.triangles_of("skin", "mouth")]
    edges = {frozenset(edge) for a, b in ((0, 1), (1, 2), (2, 0)) for edge in welded[:, [a, b]].tolist()}
    assert len(head.contours) == 6
    for name, path in head.contours.items():
        closed = [*path.tolist(), path[0]] if name.startswith("lips") else path.tolist()
        assert all(frozenset(edge) in edges for edge in itertools.pairwise(closed)), name
        assert len(set(path.tolist())) == len(path), name


def test_left_is_the_persons_left(head: HeadModel) -> None:
    moved_by = np.abs(head.vertices(motion(eyeBlinkLeft=1.0))[0] - head.neutral).max(1)
    assert (head.neutral[moved_by > 0.002, 0] > 0).all()


def test_gaze_turns_the_eyeballs_alone_about_their_centres(head: HeadModel) -> None:
    gaze = np.array([[[0.2, 0.1], [0.2, 0.1]]], np.float32)
    looking = head.vertices(moved(motion(), gaze=gaze))[0]
    eyes = vertices_of(head, "eye_left", "eye_right")
    still = np.setdiff1d(np.arange(len(looking)), eyes)
    np.testing.assert_allclose(looking[still], head.neutral[still], atol=1e-7)
    for part, joint in (("eye_left", 4), ("eye_right", 5)):
        ball = vertices_of(head, part)
        before = np.linalg.norm(head.neutral[ball] - head.joints[joint], axis=1)
        np.testing.assert_allclose(np.linalg.norm(looking[ball] - head.joints[joint], axis=1), before, atol=1e-6)
        front = ball[np.argmax(head.neutral[ball, 2])]
        assert looking[front, 0] > head.neutral[front, 0] + 0.001
        assert looking[front, 1] > head.neutral[front, 1] + 0.0005


def test_expressions_add_up_on_the_skin(head: HeadModel) -> None:
    # But for lids and lips, which eyeballs and teeth keep from going where the sum would take them.
    person = head.posed()
    kept = np.concatenate([*(lid.vertices for lid in person.lids), person.lips.vertices])
    skin = np.setdiff1d(vertices_of(head, "skin"), kept)
    one = head.vertices(motion(mouthPucker=0.5))[0][skin] - head.neutral[skin]
    two = head.vertices(motion(browInnerUp=0.7))[0][skin] - head.neutral[skin]
    both = head.vertices(motion(mouthPucker=0.5, browInnerUp=0.7))[0][skin] - head.neutral[skin]
    np.testing.assert_allclose(both, one + two, atol=1e-6)


@pytest.mark.parametrize("name", ["tongueOut", "tongueL", "tongueTH", "tongueN", "tongueK"])
def test_each_tongue_pose_moves_the_tongue_and_nothing_else(head: HeadModel, name: str) -> None:
    change = np.abs(head.vertices(motion(**{name: 1.0}))[0] - head.neutral).max(1)
    assert change[vertices_of(head, "tongue")].max() > 0.004
    others = np.setdiff1d(np.arange(len(change)), vertices_of(head, "tongue", "gums"))
    assert change[others].max() < 1e-6


def test_the_tongue_tip_rises_for_l_and_comes_between_the_teeth_for_th(head: HeadModel) -> None:
    tongue, teeth = vertices_of(head, "tongue"), vertices_of(head, "teeth_upper")
    tip = tongue[np.argsort(head.neutral[tongue, 2])[-20:]]
    assert (head.vertices(motion(tongueL=1.0))[0][tip, 1] - head.neutral[tip, 1]).mean() > 0.005
    reach = head.vertices(motion(tongueTH=1.0, jawOpen=0.12))[0][tip, 2].max()
    assert reach > head.neutral[teeth, 2].max() - 0.002


def test_landmarks_lie_on_the_mesh_and_mirror_each_other(head: HeadModel) -> None:
    weights = head.landmark_barycentric
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    points = head.landmarks(head.neutral)
    # MediaPipe: 33 and 263 outer eye corners, 61 and 291 mouth corners, 234 and 454 sides, 468 and 473 pupils.
    for right, left in ((33, 263), (61, 291), (234, 454), (468, 473)):
        np.testing.assert_allclose(points[right] * [-1, 1, 1], points[left], atol=0.0025)
        assert points[left, 0] > 0
    assert points[1, 2] > points[:, 2].mean()
    parts = head.part[head.landmark_triangle]
    assert (parts[468:473] == PART_INDEX["eye_right"]).all()
    assert (parts[473:478] == PART_INDEX["eye_left"]).all()


def test_landmarks_of_the_inner_lips_move_with_their_own_lip(head: HeadModel) -> None:
    moved = head.landmarks(head.vertices(motion(jawOpen=0.5))[0]) - head.landmarks(head.neutral)
    upper, lower = [81, 82, 13, 312, 311], [178, 87, 14, 317, 402]
    assert np.abs(moved[upper, 1]).max() < 0.002
    assert moved[lower, 1].max() < -0.012


def test_every_region_has_skin_and_the_lips_are_told_apart(head: HeadModel) -> None:
    for name, weights in head.regions.items():
        assert (weights > 0.5).sum() >= 20, name
        assert weights.shape == (len(head.neutral),)
    assert not ((head.regions["lips_upper"] > 0) & (head.regions["lips_lower"] > 0)).any()
    upper, lower = (head.neutral[head.regions[name] > 0.5, 1].mean() for name in ("lips_upper", "lips_lower"))
    assert upper > lower + 0.003


def test_the_reconstruction_error_is_stated_for_every_region(head: HeadModel) -> None:
    config = load_folder(FOLDER, "head").config
    assert set(config["reconstruction_error"]) == {"all", *head.regions}
    assert config["reconstruction_error"]["lips_upper"]["rms_mm"] < 0.5


def test_a_person_is_the_mean_plus_the_modes(head: HeadModel) -> None:
    coefficients = np.random.default_rng(0).normal(size=head.identity_modes)
    expected = head.neutral + np.tensordot(coefficients, head.identity, 1)
    np.testing.assert_allclose(head.person(coefficients), expected, atol=1e-5)
    np.testing.assert_allclose(head.person(coefficients[:3]), head.person(np.r_[coefficients[:3], np.zeros(61)]))
    with pytest.raises(ShapeError):
        head.person(np.zeros(head.identity_modes + 1))


def test_frame_by_frame_is_the_whole_motion(head: HeadModel) -> None:
    generator = np.random.default_rng(1)
    rest = FaceMotion.at_rest(3, Fraction(30))
    busy = moved(
        rest,
        expression=generator.uniform(0, 1, rest.expression.shape).astype(np.float32),
        head_rotation=generator.normal(0, 0.1, (3, 3)).astype(np.float32),
        neck_rotation=generator.normal(0, 0.1, (3, 3)).astype(np.float32),
        gaze=generator.normal(0, 0.1, (3, 2, 2)).astype(np.float32),
    )
    identity = generator.normal(size=10)
    whole = head.vertices(busy, identity)
    posed = head.posed(identity)
    for frame in range(3):
        np.testing.assert_array_equal(whole[frame], next(posed.frames(busy.part(frame, frame + 1))))


def test_a_damaged_or_newer_folder_is_refused(tmp_path: Path) -> None:
    for name in ("head.safetensors", "LICENSE-ICT.txt", "config.json"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    tensors = bytearray((tmp_path / "head.safetensors").read_bytes())
    tensors[-1] ^= 1
    (tmp_path / "head.safetensors").write_bytes(tensors)
    with pytest.raises(DamagedModelError, match=r"head\.safetensors"):
        HeadModel.load(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "format_version": 99}), encoding="utf-8")
    with pytest.raises(NewerFormatError):
        HeadModel.load(tmp_path)
