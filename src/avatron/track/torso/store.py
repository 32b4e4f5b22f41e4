"""The torso of a clip on disk, in the chunks of its other observations."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from avatron.track.store import CHUNK_FRAMES
from avatron.track.torso.observations import ARRAYS, TorsoObservations
from avatron.track.work import WorkFolder

__all__ = ["TorsoStore"]

_STATE = ("numbers", "to_picture", "reference", "weight")


class TorsoStore:
    """Chunks by the frame that they begin with, each with the state of the watcher after it."""

    def __init__(self, folder: WorkFolder) -> None:
        """With what is in `folder` already."""
        self._folder = folder

    def add(self, first_frame: int, part: TorsoObservations, state: dict[str, NDArray[Any]]) -> None:
        """Keep one chunk.

        Raises:
            OutputError: it cannot be written.
        """
        self._folder.write(_name(first_frame), {**{name: getattr(part, name) for name in ARRAYS}, **state})

    def state_before(self, first_frame: int) -> dict[str, NDArray[Any]] | None:
        """That of the watcher when the chunk that begins with `first_frame` came; None for the first one."""
        if not first_frame:
            return None
        return self._folder.read(_name(first_frame - CHUNK_FRAMES), *_STATE)

    def read(self, frames: int) -> TorsoObservations:
        """All frames of a clip of so many.

        Raises:
            UnreadableFileError: they were not kept.
        """
        parts = [self._folder.read(_name(first), *ARRAYS) for first in range(0, frames, CHUNK_FRAMES)]
        return TorsoObservations.joined([TorsoObservations(**part) for part in parts])


def _name(first_frame: int) -> str:
    return f"torso-{first_frame // CHUNK_FRAMES:06d}"
