"""The tracked person: motion of every frame, and shape, texture and light of those that may be learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.track import FaceTrack
from avatron.errors import InputError
from avatron.face.shipped import shipped_head
from avatron.io.npz import read_npz, write_npz
from avatron.io.tracks import read_track, write_track
from avatron.replica.builder.stage import Stage, StageRun
from avatron.replica.builder.stages.sound import read_heard
from avatron.track.config import TrackConfig
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.texture import shown_texture
from avatron.track.tracker import Tracker

__all__ = ["TRACK", "TRACK_FILE", "SeenLook", "read_clip_track", "read_seen_look"]

TRACK_FILE = "track.npz"
_LOOK_FILE = "look.npz"
_STAGES = {"landmarks": (0.0, 0.25), "fit": (0.25, 0.5), "photometric": (0.5, 1.0)}
"""Where each part of tracking begins and ends in the whole of it, about."""
_PHOTOMETRIC = {
    "full": PhotometricConfig(coarse_iterations=1, fine_iterations=1),
    "draft": PhotometricConfig(),
}
"""By quality. Where motion is held against the Gaussians later, half of the iterations find where that begins."""


def read_clip_track(folder: Path) -> FaceTrack:
    """The track that the stage has left in `folder`.

    Raises:
        UnreadableFileError: it cannot be read.
    """
    return read_track(folder / TRACK_FILE)


@dataclass(frozen=True, eq=False)
class SeenLook:
    """How the person looks in the frames that were learned from."""

    albedo: NDArray[np.uint8]
    """[H, W, 3] sRGB on the head's atlas, as it was seen: eyes and the mouth's inside with it."""
    light: NDArray[np.float32]
    """[9, 3] spherical harmonics on normals in camera space, their mean."""


def read_seen_look(folder: Path) -> SeenLook:
    """The look that the stage has left in `folder`.

    Raises:
        UnreadableFileError: it cannot be read.
    """
    kept = read_npz(folder / _LOOK_FILE, "a person's look", ("albedo", "light"))
    return SeenLook(kept["albedo"], kept["light"])


def _run(run: StageRun) -> None:
    source, learned = run.source, run.source.learned_frames
    photometric = _PHOTOMETRIC[source.config.quality]
    config = TrackConfig(photometric=photometric, subject=source.config.subject, learned_frames=learned)

    def hear(stage: str, done: int, frames: int) -> None:
        start, end = _STAGES.get(stage, (0.0, 0.0))
        run.on_progress(start + (end - start) * done / max(frames, 1))

    track, look = Tracker(config).track_with_look(
        source.video, heard=read_heard(run.results["sound"]), work=run.unfinished / "tracker", on_progress=hear
    )
    if look is None or not track.valid[:learned].any():
        raise InputError(
            f"no face can be trusted in the first {learned} frames of `{source.video}`, which the replica would learn "
            "from; begin the video with the face in view"
        )
    write_track(run.place / TRACK_FILE, track, albedo=shown_texture(look, shipped_head()))
    light: NDArray[Any] = look.light[:learned][track.valid[:learned]].mean(0)
    albedo = np.rint(look.albedo * 255).astype(np.uint8)
    write_npz(run.place / _LOOK_FILE, {"light": light.astype(np.float32), "albedo": albedo})


TRACK = Stage(
    "track",
    _run,
    needs=("check", "sound"),
    settings=lambda config: {
        "subject": config.subject,
        "held_out_share": config.held_out_share,
        "quality": config.quality,
    },
    cost_ms=47.0,
)
