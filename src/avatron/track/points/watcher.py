"""Cuts out faces while the frames of a clip go by, and reads their landmarks again in a thread of its own."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.landmarks.follower import SeenFace
from avatron.track.observations import FaceObservations
from avatron.track.points.crop import crop_face, face_frames
from avatron.track.points.reader import READ_AT_ONCE, PointReader

__all__ = ["PointWatcher"]

Read = tuple[NDArray[np.float32], NDArray[np.float32]]


class PointWatcher:
    """Holds crops, 49 kB each, until they are read: a few at a time, while the next frames are looked at."""

    def __init__(self, reader: PointReader) -> None:
        """Nothing seen yet."""
        self._reader = reader
        self._thread = ThreadPoolExecutor(1, "avatron-points")
        self._waiting: list[tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float32]]] = []
        self._read: list[Future[Read]] = []
        self._seen = 0

    def see(self, picture: NDArray[np.uint8], face: SeenFace) -> None:
        """The next frame, `picture` [H, W, 3], with the face that was seen in it."""
        if not face.valid:
            return
        frame = face_frames(face.landmarks[None])[0]
        self._waiting.append(((crop_face(picture, frame) + 0.5).astype(np.uint8), frame, face.landmarks))
        self._seen += 1
        if len(self._waiting) == READ_AT_ONCE:
            self._send()

    def taken(self, seen: FaceObservations) -> FaceObservations:
        """`seen`, of all frames since the last time, with its landmarks read again.

        Raises:
            ValueError: another number of faces than were seen since.
        """
        rows = np.flatnonzero(seen.valid)
        if len(rows) != self._seen:
            raise ValueError(f"{self._seen} faces were seen, and {len(rows)} are given")
        if not len(rows):
            return seen
        if self._waiting:
            self._send()
        points, deviations = zip(*(part.result() for part in self._read), strict=True)
        self._read, self._seen = [], 0
        landmarks, deviation = seen.landmarks.copy(), seen.deviation.copy()
        landmarks[rows, :, :2], deviation[rows] = np.concatenate(points), np.concatenate(deviations)
        return replace(seen, landmarks=landmarks, deviation=deviation)

    def _send(self) -> None:
        crops, frames, landmarks = (np.stack(column) for column in zip(*self._waiting, strict=True))
        self._waiting = []
        self._read.append(self._thread.submit(self._reader.read, crops.astype(np.float32), frames, landmarks))
