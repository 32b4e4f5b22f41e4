"""A film of our own avatar and its track, as tests of outputs share them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.pipeline.tracking.run import Tracked

__all__ = ["SpokenClip", "TrackedClip"]


@dataclass(frozen=True)
class SpokenClip:
    """A film and what is known of it."""

    video: Path
    motion: FaceMotion
    """What was drawn."""


@dataclass(frozen=True)
class TrackedClip:
    """A film that was tracked."""

    clip: SpokenClip
    npz: Path
    track: FaceTrack
    tracked: Tracked
