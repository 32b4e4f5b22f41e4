"""The observations of a clip on disk, in chunks: memory does not grow with the clip's length."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from avatron.track.landmarks.crop import FaceCrop
from avatron.track.observations import FaceObservations
from avatron.track.work import WorkFolder

__all__ = ["CHUNK_FRAMES", "ObservationStore"]

CHUNK_FRAMES = 200
_ARRAYS = ("landmarks", "presence", "blendshapes", "valid", "deviation")


class ObservationStore:
    """Observations by frame number; all chunks but the last have `CHUNK_FRAMES` frames."""

    def __init__(self, folder: WorkFolder, frames: int) -> None:
        """Of a clip of `frames` frames, with what is in `folder` already."""
        self._folder = folder
        self.frames = frames

    @property
    def seen(self) -> int:
        """How many frames are there, from the first on."""
        chunk = 0
        while chunk * CHUNK_FRAMES < self.frames and self._folder.has(_name(chunk)):
            chunk += 1
        return min(chunk * CHUNK_FRAMES, self.frames)

    def add(self, observations: Iterable[FaceObservations]) -> None:
        """Keep observations that come in chunks of `CHUNK_FRAMES`, from frame `seen` on.

        Raises:
            OutputError: they cannot be written.
        """
        for part in observations:
            assert part.first_frame % CHUNK_FRAMES == 0
            arrays = {name: getattr(part, name) for name in _ARRAYS}
            self._folder.write(_name(part.first_frame // CHUNK_FRAMES), arrays)

    def last_face(self) -> FaceCrop | None:
        """Where the face was last seen in the frames that are there; None where it was not."""
        for stop in range(self.seen, 0, -CHUNK_FRAMES):
            part = self.read((stop - 1) // CHUNK_FRAMES * CHUNK_FRAMES, stop)
            if part.valid.any():
                return FaceCrop.of_landmarks(part.landmarks[np.flatnonzero(part.valid)[-1]])
        return None

    def read(self, start: int, stop: int) -> FaceObservations:
        """The frames `start` .. `stop` - 1."""
        first, last = start // CHUNK_FRAMES, max(stop - 1, start) // CHUNK_FRAMES
        parts = [self._folder.read(_name(chunk), *_ARRAYS) for chunk in range(first, last + 1)]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in _ARRAYS}
        rows = slice(start - first * CHUNK_FRAMES, stop - first * CHUNK_FRAMES)
        return FaceObservations(**{name: joined[name][rows] for name in _ARRAYS}, first_frame=start)


def _name(chunk: int) -> str:
    return f"observations-{chunk:06d}"
