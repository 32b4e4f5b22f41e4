from __future__ import annotations

import numpy as np

from avatron.face.shipped import shipped_head
from avatron.track.lips.crop import CROP_SIZE, crop_mouth, mouth_frames, to_picture
from avatron.track.lips.points import CONTOUR_POINTS, LIP_POINTS, LipPoints


def _landmarks(angle: float = 0.0, scale_px: float = 1000.0) -> np.ndarray:
    """A face before the camera, turned in the picture."""
    head = shipped_head()
    places = head.landmarks(head.neutral)[None] * [1, -1, -1] * scale_px
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return (places @ turn.T + [300, 200, 0]).astype(np.float32)


def test_the_mouth_lies_in_the_middle_of_its_crop_however_the_face_is_turned_and_sized():
    for angle, scale_px in ((0.0, 1000.0), (0.4, 700.0), (-0.3, 4000.0)):
        landmarks = _landmarks(angle, scale_px)
        frame = mouth_frames(landmarks)[0]
        corners = (landmarks[0, [61, 291], :2] - frame[:, 2]) @ np.linalg.inv(frame[:, :2]).T
        assert np.allclose(corners[0, 1], corners[1, 1], atol=1.0)
        assert np.allclose(corners.mean(0), np.array(CROP_SIZE) / 2, atol=4.0)
        assert 45 < corners[1, 0] - corners[0, 0] < 65


def test_points_of_a_crop_and_of_the_picture_are_the_same_places():
    frame = mouth_frames(_landmarks(0.3))
    points = np.random.default_rng(0).uniform(0, 70, (1, 5, 2))
    back = (to_picture(points, frame) - frame[:, None, :, 2]) @ np.linalg.inv(frame[0, :, :2]).T
    assert np.allclose(back, points)


def test_a_crop_shows_what_the_picture_has_at_the_places_of_its_pixels():
    column, row = np.meshgrid(np.arange(400), np.arange(300))
    picture = np.stack([column * 255 // 400, row * 255 // 300, column * 0], 2).astype(np.uint8)
    frame = mouth_frames(_landmarks(0.2))[0]
    crop = crop_mouth(picture, frame)
    assert crop.shape == (CROP_SIZE[1], CROP_SIZE[0], 3)
    place = frame[:, :2] @ [40.5, 30.5] + frame[:, 2]
    assert np.allclose(crop[30, 40, :2], (place - 0.5) * [255 / 400, 255 / 300], atol=1.5)


def test_lip_points_go_round_from_the_right_corner_over_the_upper_lip():
    head = shipped_head()
    points = LipPoints.of(head)
    places = points.places(head.neutral)
    assert places.shape == (LIP_POINTS, 3) and np.allclose(points.shares.sum(1), 1)
    for contour in (places[:CONTOUR_POINTS], places[CONTOUR_POINTS:]):
        assert contour[:, 0].argmin() == 0 and contour[:, 0].argmax() == CONTOUR_POINTS // 2
        quarter = CONTOUR_POINTS // 4
        assert contour[quarter, 1] >= contour[-quarter, 1] - 1e-4
        assert abs(contour[quarter, 0]) < 1e-3 and abs(contour[-quarter, 0]) < 1e-3
