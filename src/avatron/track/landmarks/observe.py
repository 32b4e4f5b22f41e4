"""The landmarks of a whole clip, in chunks, in memory that does not grow with its length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.io.ahead import ahead
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.follower import FaceFollower, FollowerConfig, SeenFace
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.observations import FaceObservations

__all__ = ["observe"]

CHUNK_FRAMES = 100
_FRAMES_AHEAD = 3


def observe(
    frames: Iterable[NDArray[np.uint8]],
    landmarker: FaceLandmarker | None = None,
    *,
    config: FollowerConfig | None = None,
    chunk_frames: int = CHUNK_FRAMES,
    first_frame: int = 0,
    subject: FaceCrop | None = None,
    on_face: Callable[[NDArray[np.uint8], SeenFace], None] | None = None,
) -> Iterator[FaceObservations]:
    """What the networks see of the subject in `frames` [H, W, 3], `chunk_frames` at a time, the last chunk shorter.

    Frames are taken a few ahead, in a thread of their own, since decoding and looking both let go of Python's lock; and
    let go of at once. `on_face` gets each of them with its face before that.
    `landmarker` None loads one; `subject` is where the face is, as `FaceFollower` takes it.

    Raises:
        MissingComponentError: the networks cannot be fetched or run.
        InvalidValueError: chunks of no frame.
    """
    if chunk_frames < 1:
        raise InvalidValueError(f"chunks of {chunk_frames} frames; expected 1 or more")
    follower = FaceFollower(landmarker or FaceLandmarker.load(), config, subject)
    waiting: list[SeenFace] = []
    with closing(ahead(iter(frames), _FRAMES_AHEAD)) as coming:
        for frame in coming:
            waiting.append(follower.see(frame))
            if on_face is not None:
                on_face(frame, waiting[-1])
            if len(waiting) == chunk_frames:
                yield _gathered(waiting, first_frame)
                first_frame += len(waiting)
                waiting = []
    if waiting:
        yield _gathered(waiting, first_frame)


def _gathered(faces: list[SeenFace], first_frame: int) -> FaceObservations:
    return FaceObservations(
        landmarks=np.stack([face.landmarks for face in faces]),
        presence=np.array([face.presence for face in faces], np.float32),
        blendshapes=np.stack([face.blendshapes for face in faces]),
        valid=np.array([face.valid for face in faces]),
        first_frame=first_frame,
    )
