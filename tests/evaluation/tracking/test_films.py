"""The films themselves: small ones without data, and motion and lips that every film shares."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from avatron.evaluation.tracking.baseline import gaze_of_weights, rigid_pose
from avatron.evaluation.tracking.synthetic.performance import PerformancePlan, perform
from avatron.evaluation.tracking.synthetic.plans import CLIPS
from avatron.evaluation.tracking.synthetic.small import build_small_films
from avatron.evaluation.tracking.synthetic.stage import bent
from avatron.evaluation.tracking.truth import read_truth
from avatron.face.shipped import shipped_head
from avatron.io.clips import probe_clip, read_frames
from avatron.track.fit.lens import Lens

NAMES = (
    *("eyeBlink_L", "eyeBlink_R", "jawOpen", "mouthFunnel", "mouthSmile_L", "mouthSmile_R"),
    *(f"eyeLook{way}_{side}" for way in ("In", "Out", "Up", "Down") for side in "LR"),
)


def test_a_small_film_is_the_same_again_and_its_truth_lies_on_the_face(tmp_path: Path) -> None:
    one, two = (build_small_films(tmp_path / name, ("ava",), frames=4)[0] for name in ("one", "two"))
    assert [hashlib.sha256(path.read_bytes()).digest() for path in (one.film, one.truth)] == [
        hashlib.sha256(path.read_bytes()).digest() for path in (two.film, two.truth)
    ]
    truth, info = read_truth(one.truth), probe_clip(one.film)
    assert (info.frames, info.width, len(truth)) == (4, 256, 4)
    picture = next(iter(read_frames(info))).astype(float)
    marks = truth.landmarks_px[0].astype(int)
    skin = picture[marks[[1, 4, 50, 280], 1], marks[[1, 4, 50, 280], 0]]
    # Nose and cheeks are redder than blue, whatever the light.
    assert (skin[:, 0] > skin[:, 2] + 15).all()


def test_a_performance_is_the_same_again_and_stays_in_its_limits() -> None:
    plan = PerformancePlan(7, turn_deg=30.0, grimace=0.5)
    one, two = (perform(plan, NAMES, 4.0, 100.0) for _ in range(2))
    for name in ("weights", "seal", "head_rotation", "gaze"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert one.weights.min() >= 0 and one.weights.max() <= 1
    assert np.degrees(np.abs(one.head_rotation[:, 1])).max() <= 30.001
    assert 0.05 < (one.seal > 0.99).mean() < 0.7


def test_the_second_half_of_a_still_plan_stands_still() -> None:
    acted = perform(PerformancePlan(8, still=True), NAMES, 4.0, 100.0)
    assert np.abs(np.diff(acted.head_rotation[240:], axis=0)).max() < 1e-4
    assert (acted.seal[240:] > 0.99).all()


def test_the_set_has_every_condition_that_it_promises() -> None:
    assert len(CLIPS) >= 20
    assert len({plan.name for plan in CLIPS}) == len({plan.motion.seed for plan in CLIPS}) == len(CLIPS)
    assert {plan.bit_rate for plan in CLIPS} == {"high", "medium", "low"}
    assert min(plan.height for plan in CLIPS) == 256 and max(plan.height for plan in CLIPS) == 1080
    assert min(plan.focal_mm for plan in CLIPS) == 28 and max(plan.focal_mm for plan in CLIPS) == 85
    assert max(plan.motion.turn_deg for plan in CLIPS) == 40
    assert any(plan.glasses for plan in CLIPS) and any(plan.radial_distortion for plan in CLIPS)


def test_a_lens_shows_points_where_its_coefficient_says() -> None:
    points = np.array([[0.3, 0.0, 1.0], [0.0, 0.0, 1.0], [0.2, -0.4, 2.0]], np.float32)
    shown = bent(points, -0.1)
    np.testing.assert_allclose(shown[0, 0], 0.3 * (1 - 0.1 * 0.09), rtol=1e-6)
    np.testing.assert_allclose(shown[1], points[1])
    lens = Lens(640, 480, 500.0, -0.1)
    np.testing.assert_allclose(
        shown[:, :2] / shown[:, 2:] * 500 + lens.centre_px, lens.project(points).pixels, rtol=1e-5
    )


def test_the_baseline_finds_the_pose_that_made_the_pixels() -> None:
    from avatron.core.rotation import axis_angle_to_matrix

    model, lens = shipped_head(), Lens(640, 480, 700.0)
    points = model.landmarks(model.neutral).astype(float)
    rotation = axis_angle_to_matrix(np.array([0.1, 0.4, -0.05])) @ np.diag([1.0, -1.0, -1.0])
    translation = np.array([0.04, -0.02, 0.7])
    pixels = lens.project(points @ rotation.T + translation).pixels
    found, place, error_px = rigid_pose(points, pixels, lens)
    np.testing.assert_allclose(found, rotation, atol=1e-6)
    np.testing.assert_allclose(place, translation, atol=1e-6)
    assert error_px < 1e-5


def test_the_baselines_eyes_look_where_their_weights_say() -> None:
    from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES

    weights = np.zeros((1, len(EXPRESSION_NAMES)), np.float32)
    weights[0, EXPRESSION_INDEX["eyeLookOutLeft"]] = 1
    weights[0, EXPRESSION_INDEX["eyeLookInRight"]] = 0.5
    weights[0, EXPRESSION_INDEX["eyeLookUpRight"]] = 0.4
    gaze = np.degrees(gaze_of_weights(weights))[0]
    np.testing.assert_allclose(gaze, [[30, 0], [15, 10]], atol=1e-4)
