"""What every family is given: the film, the track of its person, and which frames may be learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.face.shipped import shipped_head
from avatron.io.clips import ClipInfo, probe_clip
from avatron.io.npz import write_npz
from avatron.io.tracks import write_track
from avatron.render.protocol import Renderer
from avatron.render.splats.geometry import SplatGeometry
from avatron.render.splats.sheets import hair_sheet, torso_sheet
from avatron.render.view import View
from avatron.replica.builder.config import BuildConfig
from avatron.replica.builder.stages.track import SeenLook, read_clip_track, read_seen_look
from avatron.track.config import TrackConfig
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.tracker import Tracker
from avatron.training.appearance.frames import ClipFrames

__all__ = ["Film", "Learned", "tracked_film"]

_MOST_FRAMES = 700
"""That are held in memory and learned from, evenly over the film; as builds of replicas have it."""


@dataclass(frozen=True, eq=False)
class Film:
    """A film with its track."""

    info: ClipInfo
    track: FaceTrack
    look: SeenLook
    """Texture and light of the tracked head, of learned frames."""
    learned: int
    """Frames from the first on that may be learned from."""
    frames: ClipFrames
    """Pictures and poses of learned frames."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.info.width, self.info.height

    def learned_motion(self) -> FaceMotion:
        """The motion of the frames in `frames`, row by row."""
        return self.track.motion.rows(self.frames.numbers)


class Learned(Protocol):
    """What one family has learned of a person."""

    parameters: int
    """Numbers that were learned of this person."""
    size_bytes: int
    """As it would be stored: numbers in half precision, pictures as PNG."""

    def renderer(self, view: View) -> Renderer:
        """What draws the person in `view`, moved by any motion of the track's kind."""


def tracked_film(video: Path, folder: Path) -> Film:
    """`video` with its track, which is kept in `folder`; the last fifth has no say in anything but its own motion."""
    info = probe_clip(video)
    learned = BuildConfig().learned_frames(info.frames)
    if not (folder / "look.npz").exists():
        folder.mkdir(parents=True, exist_ok=True)
        config = TrackConfig(photometric=PhotometricConfig(), learned_frames=learned)
        track, look = Tracker(config).track_with_look(video)
        assert look is not None, "photometric refinement finds a look"
        write_track(folder / "track.npz", track, overwrite=True)
        light: NDArray[np.float32] = look.light[:learned][track.valid[:learned]].mean(0)
        albedo = np.rint(look.albedo * 255).astype(np.uint8)
        write_npz(folder / "look.npz", {"light": light.astype(np.float32), "albedo": albedo}, overwrite=True)
    track = read_clip_track(folder)
    posed = shipped_head().posed(track.identity, track.displacement if len(track.displacement) else None)
    geometry = SplatGeometry(posed, hair_sheet(track.camera), torso_sheet(track.camera))
    frames = ClipFrames(info, track, geometry, learned, most=_MOST_FRAMES)
    return Film(info, track, read_seen_look(folder), learned, frames)
