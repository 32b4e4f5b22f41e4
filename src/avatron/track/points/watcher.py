"""Cuts out faces while the frames of a clip go by, and reads their landmarks again, a chunk at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.landmarks.follower import SeenFace
from avatron.track.observations import FaceObservations
from avatron.track.points.crop import crop_face, face_frames
from avatron.track.points.reader import PointReader

__all__ = ["PointWatcher"]


class PointWatcher:
    """Holds crops, 49 kB each, until they are taken."""

    def __init__(self, reader: PointReader) -> None:
        """Nothing seen yet."""
        self._reader = reader
        self._crops: list[NDArray[np.uint8]] = []
        self._frames: list[NDArray[np.float64]] = []

    def see(self, picture: NDArray[np.uint8], face: SeenFace) -> None:
        """The next frame, `picture` [H, W, 3], with the face that was seen in it."""
        if face.valid:
            frame = face_frames(face.landmarks[None])[0]
            self._crops.append((crop_face(picture, frame) + 0.5).astype(np.uint8))
            self._frames.append(frame)

    def taken(self, seen: FaceObservations) -> FaceObservations:
        """`seen`, of all frames since the last time, with its landmarks read again.

        Raises:
            ValueError: another number of faces than were seen since.
        """
        rows = np.flatnonzero(seen.valid)
        if len(rows) != len(self._crops):
            raise ValueError(f"{len(self._crops)} faces were seen, and {len(rows)} are given")
        if not len(rows):
            return seen
        crops, frames = np.stack(self._crops).astype(np.float32), np.stack(self._frames)
        self._crops, self._frames = [], []
        landmarks, deviation = seen.landmarks.copy(), seen.deviation.copy()
        landmarks[rows, :, :2], deviation[rows] = self._reader.read(crops, frames, seen.landmarks[rows])
        return replace(seen, landmarks=landmarks, deviation=deviation)
