"""The tracked head as a scene: with its motion for engines, or at rest with its texture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.track import FaceTrack
from avatron.export.bundle import PendingBundle
from avatron.export.scene import make_scene, scene_files
from avatron.export.tracked import avatar_of_track

__all__ = ["write_tracked_scene"]


def write_tracked_scene(
    path: Path, name: str, track: FaceTrack, albedo: NDArray[np.uint8] | None, *, overwrite: bool
) -> None:
    """Write the head of `track` to `path`: a glb moves, an obj is at rest; `albedo` [H, W, 3] sRGB is its texture.

    Raises:
        InvalidValueError: too many frames for one clip.
        OutputExistsError: the output, or what lies beside it, is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    avatar = avatar_of_track(track, name, albedo)
    moves = path.suffix.lower() != ".obj"
    scene = make_scene(avatar, track.motion if moves else None)
    PendingBundle(path.parent, scene_files(scene, path), overwrite=overwrite).commit()
