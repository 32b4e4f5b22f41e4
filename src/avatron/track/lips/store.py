"""The lips of a clip on disk, in the chunks of its other observations."""

from __future__ import annotations

import numpy as np

from avatron.track.lips.observations import ARRAYS, LipObservations
from avatron.track.store import CHUNK_FRAMES
from avatron.track.work import WorkFolder

__all__ = ["LipStore"]


class LipStore:
    """Lips by frame number; all chunks but the last have `CHUNK_FRAMES` frames."""

    def __init__(self, folder: WorkFolder) -> None:
        """With what is in `folder` already."""
        self._folder = folder

    def add(self, part: LipObservations) -> None:
        """Keep one chunk.

        Raises:
            OutputError: it cannot be written.
        """
        assert part.first_frame % CHUNK_FRAMES == 0
        arrays = {name: getattr(part, name) for name in ARRAYS}
        self._folder.write(_name(part.first_frame // CHUNK_FRAMES), arrays)

    def read(self, start: int, stop: int) -> LipObservations:
        """The frames `start` .. `stop` - 1.

        Raises:
            UnreadableFileError: they were not kept.
        """
        first, last = start // CHUNK_FRAMES, max(stop - 1, start) // CHUNK_FRAMES
        parts = [self._folder.read(_name(chunk), *ARRAYS) for chunk in range(first, last + 1)]
        rows = slice(start - first * CHUNK_FRAMES, stop - first * CHUNK_FRAMES)
        points, whitening, slit, deviation, closed, valid = (
            np.concatenate([part[name] for part in parts])[rows] for name in ARRAYS
        )
        return LipObservations(points, whitening, slit, deviation, closed, valid, first_frame=start)


def _name(chunk: int) -> str:
    return f"lips-{chunk:06d}"
