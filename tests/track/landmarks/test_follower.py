from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.track.landmarks.follower import FaceFollower, FollowerConfig
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.landmarks.observe import observe
from reference.drawn_person import DrawnFace, DrawnPerson

Image = NDArray[np.uint8]
FRAMES = 12


@pytest.fixture(scope="module")
def nodding(person: DrawnPerson) -> list[DrawnFace]:
    """A head that turns from one side to the other."""
    rest = FaceMotion.at_rest(FRAMES)
    turned = np.zeros((FRAMES, 3), np.float32)
    turned[:, 1] = np.linspace(-0.35, 0.35, FRAMES)
    return list(person.faces(replace(rest, head_rotation=turned)))


def placed(image: Image, left: int, top: int, size: tuple[int, int] = (400, 700)) -> Image:
    """`image` on a grey frame of `size` (height, width)."""
    frame = np.full((*size, 3), 90, np.uint8)
    frame[top : top + image.shape[0], left : left + image.shape[1]] = image
    return frame


def middle(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    centre: NDArray[np.float32] = (landmarks[:, :2].min(0) + landmarks[:, :2].max(0)) / 2
    return centre


def test_a_turning_head_is_followed_without_the_detector(landmarker: FaceLandmarker, nodding: list[DrawnFace]) -> None:
    follower = FaceFollower(landmarker)
    seen = [follower.see(face.image) for face in nodding]
    assert [face.found_anew for face in seen] == [True] + [False] * (FRAMES - 1)
    for found, face in zip(seen, nodding, strict=True):
        error = np.linalg.norm(found.landmarks[:, :2] - face.landmarks, axis=1).mean() / face.eye_distance_px
        assert found.valid and error < 0.045


def test_frames_without_a_face_are_invalid_and_the_face_is_found_again(
    landmarker: FaceLandmarker, nodding: list[DrawnFace]
) -> None:
    image = nodding[0].image
    black = np.zeros_like(image)
    (seen,) = observe([image, black, black, image, image], landmarker)
    assert seen.valid.tolist() == [True, False, False, True, True]
    assert (seen.landmarks[1:3] == 0).all() and (seen.blendshapes[1:3] == 0).all()
    assert seen.presence[1] < 0.5


def test_a_cut_to_a_face_elsewhere_is_followed_at_once(landmarker: FaceLandmarker, nodding: list[DrawnFace]) -> None:
    small = nodding[0].image[::2, ::2]
    follower = FaceFollower(landmarker)
    assert follower.see(placed(small, 20, 20)).valid
    after = follower.see(placed(small, 460, 190))
    assert after.valid and after.found_anew
    assert middle(after.landmarks)[0] > 460


def test_the_larger_of_two_faces_is_the_subject_and_stays_it(
    landmarker: FaceLandmarker, nodding: list[DrawnFace]
) -> None:
    large, small = nodding[0].image, nodding[0].image[::2, ::2]
    both = placed(large, 300, 10)
    both[100:292, 40:232] = small
    follower = FaceFollower(landmarker)
    assert middle(follower.see(both).landmarks)[0] > 300
    # Once the small one is followed, a larger one beside it changes nothing.
    follower.reset()
    assert middle(follower.see(placed(small, 40, 100)).landmarks)[0] < 240
    assert middle(follower.see(both).landmarks)[0] < 240


def test_after_a_short_loss_the_face_that_lies_where_the_subject_was_is_it(
    landmarker: FaceLandmarker, nodding: list[DrawnFace]
) -> None:
    face = nodding[0].image[60:320, 60:320]
    follower = FaceFollower(landmarker)
    assert follower.see(placed(face, 10, 20)).valid
    assert not follower.see(np.zeros((400, 700, 3), np.uint8)).valid
    # The other face is nearer to the middle.
    both = placed(face, 300, 60)
    both[20:280, 10:270] = face
    assert middle(follower.see(both).landmarks)[0] < 270
    follower.reset()
    assert middle(follower.see(both).landmarks)[0] > 300


def test_chunks_hold_the_frames_in_order_whatever_their_length(
    landmarker: FaceLandmarker, nodding: list[DrawnFace]
) -> None:
    images = [face.image for face in nodding]
    (whole,) = observe(images, landmarker)
    chunks = list(observe(iter(images), landmarker, chunk_frames=5, first_frame=7))
    assert [len(chunk) for chunk in chunks] == [5, 5, 2]
    assert [chunk.first_frame for chunk in chunks] == [7, 12, 17]
    assert np.array_equal(np.concatenate([chunk.landmarks for chunk in chunks]), whole.landmarks)
    assert list(observe([], landmarker)) == []


def test_frames_are_taken_a_few_ahead_and_no_more(landmarker: FaceLandmarker, nodding: list[DrawnFace]) -> None:
    taken = []

    def frames() -> Iterator[Image]:
        for number in range(1000):
            taken.append(number)
            yield nodding[0].image

    chunks = observe(frames(), landmarker, chunk_frames=3)
    next(chunks)
    time.sleep(0.1)
    assert 3 <= len(taken) <= 8
    chunks.close()  # type: ignore[attr-defined]
    before = len(taken)
    time.sleep(0.05)
    assert len(taken) == before


def test_what_goes_wrong_with_a_frame_is_heard_after_the_frames_before_it(
    landmarker: FaceLandmarker, nodding: list[DrawnFace]
) -> None:
    def frames() -> Iterator[Image]:
        yield nodding[0].image
        yield nodding[1].image
        raise UnreadableFileError("broken off")

    chunks = observe(frames(), landmarker, chunk_frames=2)
    assert len(next(chunks)) == 2
    with pytest.raises(UnreadableFileError, match="broken off"):
        next(chunks)


def test_settings_that_make_no_sense_are_refused(landmarker: FaceLandmarker) -> None:
    for wrong in ({"least_presence": 1.5}, {"largest_growth": 1.0}, {"settling_looks": 0}):
        with pytest.raises(InvalidValueError):
            FollowerConfig(**wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidValueError):
        next(observe([], landmarker, chunk_frames=0))
