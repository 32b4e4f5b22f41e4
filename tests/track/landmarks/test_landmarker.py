from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import ARKIT_NAMES
from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.track.landmarks.blendshapes import OUTPUT_NAMES, SUBSET
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.detector import anchors, merge, squares
from avatron.track.landmarks.landmarker import FaceLandmarker
from reference.drawn_person import DrawnPerson


def test_the_detectors_anchors_are_the_896_centres_of_its_two_grids() -> None:
    centres = anchors()
    assert centres.shape == (896, 2)
    assert np.allclose(centres[:2], [0.5 / 16, 0.5 / 16]) and np.allclose(centres[2], [1.5 / 16, 0.5 / 16])
    assert np.allclose(centres[512:518], [0.5 / 8, 0.5 / 8]) and np.allclose(centres[-1], [7.5 / 8, 7.5 / 8])


def test_boxes_of_one_face_are_averaged_by_score_and_others_kept() -> None:
    box = np.array([[0.0, 0.0], [10.0, 10.0], [5.0, 5.0]])
    points = np.stack([box + 1, box, box + 100])
    (first, face), (second, other) = merge(points, np.array([0.3, 0.9, 0.6]), 0.3)
    assert (first, second) == (0.9, 0.6)
    assert np.allclose(face, box + 0.25) and np.allclose(other, box + 100)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (480, 640), (300, 300)])
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_every_pixel_is_in_a_square_of_every_level(width: int, height: int, level: int) -> None:
    seen = np.zeros((height, width), bool)
    for (x, y), side in squares(width, height, level):
        seen[max(math.ceil(y), 0) : int(y + side), max(math.ceil(x), 0) : int(x + side)] = True
    # The grid of squares may cut a pixel in two.
    assert seen.mean() > 0.97


def test_small_faces_are_found_in_parts_of_the_picture(landmarker: FaceLandmarker, person: DrawnPerson) -> None:
    small = np.full((720, 1280, 3), 90, np.uint8)
    small[500:596, 900:996] = person.face().image[::4, ::4]
    assert landmarker.detect(small) == ()
    (found,) = landmarker.detect(small, level=3)
    assert np.abs(found.centre_px - [948, 548]).max() < 20 and 20 < found.size_px < 60


def test_the_blendshape_networks_names_are_mediapipes() -> None:
    assert len(set(SUBSET)) == len(SUBSET) == 146 and max(SUBSET) == 477
    assert len(OUTPUT_NAMES) == 52 and set(OUTPUT_NAMES[1:]) < set(ARKIT_NAMES)
    # A few of `kBlendshapeNames` by number, as the comment of `face_blendshapes_graph.cc` lists them.
    known = {0: "_neutral", 1: "browDownLeft", 9: "eyeBlinkLeft", 25: "jawOpen", 27: "mouthClose", 32: "mouthFunnel"}
    known |= {33: "mouthLeft", 38: "mouthPucker", 44: "mouthSmileLeft", 51: "noseSneerRight"}
    assert all(OUTPUT_NAMES[place] == name for place, name in known.items())


def test_a_crop_places_its_own_middle_and_axes() -> None:
    crop = FaceCrop((100.0, 50.0), 64.0, math.pi / 2)
    points = np.array([[128, 128, 10], [256, 128, 0], [128, 256, 0]], np.float32)
    assert np.allclose(crop.place(points, 256), [[100, 50, 2.5], [100, 82, 0], [68, 50, 0]], atol=1e-4)


@pytest.mark.parametrize("turn", [0.0, 0.5, -1.0])
def test_a_crop_turns_with_the_eyes_and_holds_the_face(turn: float) -> None:
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    points = np.random.default_rng(0).uniform(-20, 20, (478, 2))
    points[33], points[263] = (-15, 0), (15, 0)
    crop = FaceCrop.of_landmarks(points @ rotation.T + 90)
    assert crop.angle == pytest.approx(turn)
    inverse = np.linalg.inv(np.vstack([crop.to_frame(256), [0, 0, 1]]))
    inside = np.c_[points @ rotation.T + 90, np.ones(478)] @ inverse[:2].T
    assert inside.min() > 0 and inside.max() < 256


def test_a_drawn_face_is_found_and_its_landmarks_lie_on_it(landmarker: FaceLandmarker, person: DrawnPerson) -> None:
    face = person.face()
    (found,) = landmarker.detect(face.image)
    assert found.score > 0.8
    look = landmarker.look(face.image, found.crop())
    look = landmarker.look(face.image, FaceCrop.of_landmarks(look.landmarks))
    assert look.presence > 0.99
    error = np.linalg.norm(look.landmarks[:, :2] - face.landmarks, axis=1) / face.eye_distance_px
    assert error.mean() < 0.03


def test_landmarks_follow_a_face_that_is_turned_upside_down(landmarker: FaceLandmarker, person: DrawnPerson) -> None:
    face = person.face()
    size = len(face.image)
    crop = FaceCrop.of_landmarks(face.landmarks)
    turned = FaceCrop((size - crop.centre_px[0], size - crop.centre_px[1]), crop.side_px, crop.angle + math.pi)
    upright = landmarker.look(face.image, crop).landmarks
    upside_down = landmarker.look(np.ascontiguousarray(face.image[::-1, ::-1]), turned).landmarks
    assert np.abs(upside_down[:, :2] - (size - upright[:, :2])).max() < 0.05
    assert np.allclose(upside_down[:, 2], upright[:, 2], atol=0.05)


def test_expressions_that_are_drawn_are_guessed(landmarker: FaceLandmarker, person: DrawnPerson) -> None:
    def guess(**weights: float) -> dict[str, float]:
        face = person.face(**weights)
        look = landmarker.look(face.image, FaceCrop.of_landmarks(face.landmarks))
        return dict(zip(ARKIT_NAMES, landmarker.blendshapes(look.landmarks).tolist(), strict=True))

    rest = guess()
    assert guess(jawOpen=0.8)["jawOpen"] > rest["jawOpen"] + 0.3
    assert guess(eyeBlinkLeft=1.0)["eyeBlinkLeft"] > rest["eyeBlinkLeft"] + 0.2
    smile = guess(mouthSmileLeft=0.9, mouthSmileRight=0.9)
    assert smile["mouthSmileLeft"] > 0.4 and smile["mouthSmileRight"] > 0.4
    assert rest["tongueOut"] == 0


def test_a_picture_without_a_face_has_none(landmarker: FaceLandmarker) -> None:
    assert landmarker.detect(np.zeros((200, 300, 3), np.uint8)) == ()
    noise = np.random.default_rng(3).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    assert landmarker.detect(noise) == ()
    assert landmarker.look(noise, FaceCrop((150, 100), 150, 0)).presence < 0.5


def test_other_files_are_refused(landmarker: FaceLandmarker, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"missing\.task"):
        FaceLandmarker.load(tmp_path / "missing.task")
    other = tmp_path / "other.task"
    other.write_bytes(b"no zip")
    with pytest.raises(UnreadableFileError, match=r"other\.task"):
        FaceLandmarker.load(other)
    names = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")
    with zipfile.ZipFile(other, "w") as bundle:
        for name in names:
            bundle.writestr(name, b"no network")
    with pytest.raises(DamagedModelError, match="face_detector"):
        FaceLandmarker.load(other)
