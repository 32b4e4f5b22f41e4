"""Cuts out mouths while the frames of a clip go by, and reads them a chunk at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.landmarks.follower import SeenFace
from avatron.track.lips.crop import CROP_SIZE, crop_mouth, mouth_frames
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.reader import LipReader

__all__ = ["LipWatcher"]


class LipWatcher:
    """Holds crops, 83 kB each, until they are taken."""

    def __init__(self, reader: LipReader, first_frame: int = 0) -> None:
        """Nothing seen yet; the first frame that will be is number `first_frame`."""
        self._reader = reader
        self._first_frame = first_frame
        self._crops: list[NDArray[np.float32]] = []
        self._frames: list[NDArray[np.float64]] = []
        self._valid: list[bool] = []

    def see(self, picture: NDArray[np.uint8], face: SeenFace) -> None:
        """The next frame, `picture` [H, W, 3], with the face that was seen in it."""
        frame = mouth_frames(face.landmarks[None])[0]
        width, height = CROP_SIZE
        crop = crop_mouth(picture, frame) if face.valid else np.zeros((height, width, 3), np.float32)
        self._crops.append(crop)
        self._frames.append(frame)
        self._valid.append(face.valid)

    def take(self) -> LipObservations:
        """The lips of all frames since the last time.

        Raises:
            ValueError: no frame was seen since.
        """
        found = self._reader.read(np.stack(self._crops), np.stack(self._frames), np.array(self._valid, np.bool_))
        found = replace(found, first_frame=self._first_frame)
        self._first_frame += len(found)
        self._crops, self._frames, self._valid = [], [], []
        return found
