"""The frames of a clip that an appearance learns from, held in memory: as many as fit, spread over all that is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.track import FaceTrack
from avatron.io.clips import ClipInfo, read_frames
from avatron.render.splats.geometry import SplatGeometry

__all__ = ["ClipFrames", "PosedFrame", "chosen_frames"]

Floats = NDArray[np.float32]

_MOST_BYTES = 800 * 2**20
"""Of pictures in memory, however long the clip is."""


@dataclass(frozen=True, eq=False)
class PosedFrame:
    """One frame: what is seen, and where the person's triangles are in it."""

    number: int
    """In the clip."""
    picture: NDArray[np.uint8]
    """[H, W, 3] sRGB"""
    vertices: Floats
    """[V, 3] metres."""


def chosen_frames(track: FaceTrack, stop: int, most: int) -> NDArray[np.int64]:
    """Up to `most` numbers of frames before `stop` that can be trusted, ascending, evenly over time."""
    trusted = np.flatnonzero(track.valid[:stop])
    if len(trusted) <= most:
        return trusted
    return np.asarray(trusted[np.linspace(0, len(trusted) - 1, most).round().astype(np.int64)])


class ClipFrames:
    """Pictures and poses by row."""

    def __init__(self, info: ClipInfo, track: FaceTrack, geometry: SplatGeometry, stop: int, *, most: int) -> None:
        """Decode up to `most` of the frames before `stop`, which are learned from.

        Raises:
            UnreadableFileError: the clip cannot be read.
        """
        size = info.width * info.height * 3
        self.numbers = chosen_frames(track, stop, min(most, max(_MOST_BYTES // size, 8)))
        self.geometry = geometry
        self.follow(track)
        self.pictures = np.empty((len(self.numbers), info.height, info.width, 3), np.uint8)
        wanted = iter(enumerate(self.numbers))
        row, number = next(wanted, (0, -1))
        for frame, picture in enumerate(read_frames(info, 0, int(self.numbers[-1]) + 1)):
            if frame == number:
                self.pictures[row] = picture
                row, number = next(wanted, (row, -1))

    def follow(self, track: FaceTrack) -> None:
        """Take the motion of all frames from `track`."""
        self.track = track
        self.rotations, self.translations = self.geometry.head.joint_motions(track.motion)

    def __len__(self) -> int:
        return len(self.numbers)

    def vertices(self, number: int) -> Floats:
        """[V, 3] metres, of any frame of the clip."""
        motion = self.track.motion
        joints = self.rotations[number], self.translations[number]
        return self.geometry.vertices(motion.expression[number], *joints, motion.sway[number])

    def frame(self, row: int) -> PosedFrame:
        """The frame in a row."""
        number = int(self.numbers[row])
        return PosedFrame(number, self.pictures[row], self.vertices(number))

    def some(self, count: int) -> Iterator[PosedFrame]:
        """Up to `count` frames, evenly over the clip."""
        return map(self.frame, self.some_rows(count))

    def some_rows(self, count: int) -> list[int]:
        """Their rows."""
        rows = np.unique(np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(np.int64))
        return [int(row) for row in rows]
