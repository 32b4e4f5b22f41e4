"""Tracks that are right, or wrong by a known amount, against their truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.rotation import axis_angle_to_matrix
from avatron.core.track import FaceTrack
from avatron.errors import ShapeError
from avatron.evaluation.tracking.compare import compare
from avatron.evaluation.tracking.synthetic.small import acted_motion, dents, truth_of_motion
from avatron.evaluation.tracking.truth import Truth, read_truth, write_truth
from avatron.face.shipped import shipped_head

FRAMES = 12


@pytest.fixture(scope="module")
def scene() -> tuple[FaceTrack, Truth]:
    """A track that is exactly right, and its truth."""
    model = shipped_head()
    identity = np.random.default_rng(0).normal(0, 0.7, model.identity_modes).astype(np.float32)
    motion = acted_motion(3, FRAMES)
    camera = Camera.looking_at(np.zeros(3), np.array([0.0, 0.0, 0.8]), 256, 256, 480.0)
    own = dents(model, 1)
    track = FaceTrack(identity, own, motion, camera, 0.0, np.zeros(FRAMES, np.float32), np.ones(FRAMES, bool))
    return track, truth_of_motion(model, identity, own, motion, camera)


def test_a_track_that_is_the_truth_has_no_error(scene: tuple[FaceTrack, Truth]) -> None:
    error = compare(*scene, shipped_head())
    assert max(error.posed_mm.values()) < 0.01
    assert max(error.neutral_mm.values()) < 0.01
    assert error.rotation_deg < 0.01
    assert error.sideways_mm < 0.02
    assert error.depth_mm < 0.1
    assert error.gaze_deg < 0.01
    assert error.landmark_px < 1e-3
    assert error.closures.f1 == 1
    assert min(error.expression_r.values()) > 0.999


def test_a_head_turned_too_far_by_two_degrees_is_off_by_two_degrees(scene: tuple[FaceTrack, Truth]) -> None:
    track, truth = scene
    turn = axis_angle_to_matrix(np.radians([0.0, 2.0, 0.0]))
    camera = replace(track.camera, rotation=track.camera.rotation @ turn, position=turn.T @ track.camera.position)
    error = compare(replace(track, camera=camera), truth, shipped_head())
    assert error.rotation_deg == pytest.approx(2, abs=0.02)
    # The same turn of the world is not quite the same turn of a head that turns itself.
    assert error.rotation_motion_deg < 0.2
    assert max(error.posed_mm.values()) < 0.01


def test_a_head_that_is_larger_and_further_away_is_no_error(scene: tuple[FaceTrack, Truth]) -> None:
    track, truth = scene
    larger = replace(
        truth,
        points=1.1 * truth.points,
        rest=1.1 * truth.rest,
        area=1.21 * truth.area,
        head_translation=1.1 * truth.head_translation,
    )
    error = compare(track, larger, shipped_head())
    assert max(error.posed_mm.values()) < 0.01
    assert error.sideways_mm < 0.02
    assert error.depth_mm < 0.2


def test_a_camera_moved_by_five_millimetres_puts_the_head_off_by_that(scene: tuple[FaceTrack, Truth]) -> None:
    track, truth = scene
    aside = np.array([0.003, 0.004, 0.02])
    camera = replace(track.camera, position=track.camera.position + aside)
    error = compare(replace(track, camera=camera), truth, shipped_head())
    assert error.sideways_mm == pytest.approx(5, abs=0.03)
    assert error.depth_mm == pytest.approx(20, abs=0.1)
    assert error.position_motion_mm < 0.05


def test_lips_that_stay_shut_are_off_at_the_lips_and_not_at_the_lids(scene: tuple[FaceTrack, Truth]) -> None:
    track, truth = scene
    expression = track.motion.expression.copy()
    open_wide = truth.expression[:, EXPRESSION_INDEX["jawOpen"]] > 0.1
    assert open_wide.any()
    for name in ("jawOpen", "mouthClose", "mouthLowerDownLeft", "mouthLowerDownRight"):
        expression[:, EXPRESSION_INDEX[name]] = 0
    error = compare(replace(track, motion=replace(track.motion, expression=expression)), truth, shipped_head())
    assert error.posed_mm["lips"] > 0.3
    assert error.posed_mm["lips"] > 4 * error.posed_mm["eyelids"]
    assert error.expression_r["jawOpen"] == 0


def test_frames_that_the_track_calls_invalid_have_no_part_in_its_error(scene: tuple[FaceTrack, Truth]) -> None:
    track, truth = scene
    broken = track.motion.head_rotation.copy()
    broken[4] = 1.0
    valid = np.arange(FRAMES) != 4
    moved = replace(track, motion=replace(track.motion, head_rotation=broken), valid=valid)
    error = compare(moved, truth, shipped_head())
    assert error.rotation_p95_deg < 0.01
    assert error.valid_share == pytest.approx((FRAMES - 1) / FRAMES)


def test_tracks_of_another_length_or_without_a_valid_frame_are_refused(scene: tuple[FaceTrack, Truth]) -> None:
    track, truth = scene
    with pytest.raises(ShapeError, match="valid"):
        compare(replace(track, valid=np.zeros(FRAMES, bool)), truth, shipped_head())
    short = replace(
        track, motion=track.motion.part(0, 3), valid=track.valid[:3], landmark_error=np.zeros(3, np.float32)
    )
    with pytest.raises(ShapeError, match="3 frames"):
        compare(short, truth, shipped_head())


def test_a_truth_is_read_as_it_was_written_and_written_alike_twice(
    scene: tuple[FaceTrack, Truth], tmp_path: object
) -> None:
    from pathlib import Path

    one, two = (Path(str(tmp_path)) / name for name in ("one.npz", "two.npz"))
    write_truth(one, scene[1])
    write_truth(two, read_truth(one))
    assert one.read_bytes() == two.read_bytes()
