"""The files of a track: each appears when it is whole, the track itself first, since finding it took longest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.track import FaceTrack
from avatron.io.atomic import write_file
from avatron.io.clips import ClipInfo
from avatron.io.curves import CurveCsvWriter
from avatron.io.tracks import write_track
from avatron.pipeline.tracking.options import TrackTarget

__all__ = ["FoundTrack", "write_outputs"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class FoundTrack:
    """What there is to write."""

    info: ClipInfo
    track: FaceTrack
    frame_percent: NDArray[np.float32]
    """[T] reprojection of each frame in percent of the eyes' distance."""
    albedo: NDArray[np.uint8] | None
    """[H, W, 3] sRGB on the head's atlas."""
    numbers: dict[str, Any]
    """For a json."""


def write_outputs(
    found: FoundTrack, targets: tuple[TrackTarget, ...], *, overwrite: bool, on_progress: Progress
) -> tuple[Path, ...]:
    """Write every target; what they are called.

    Raises:
        OutputExistsError: one is there and `overwrite` is not set.
        OutputError: one cannot be written; those before it are there.
    """
    for target in targets:
        _write(found, target, overwrite, on_progress)
        on_progress(target.format, 1, 1)
    return tuple(target.path for target in targets)


def _write(found: FoundTrack, target: TrackTarget, overwrite: bool, on_progress: Progress) -> None:
    path, track = target.path, found.track
    if target.format == "npz":
        write_track(path, track, albedo=found.albedo, overwrite=overwrite)
    elif target.format == "csv":
        with CurveCsvWriter(path, overwrite=overwrite) as writer:
            writer.write(track.motion)
    elif target.format == "json":
        write_file(path, json.dumps(found.numbers, indent=1) + "\n", overwrite=overwrite)
    elif target.format in ("glb", "obj"):
        from avatron.pipeline.tracking.scene import write_tracked_scene

        write_tracked_scene(path, found.info.path.name, track, found.albedo, overwrite=overwrite)
    else:
        from avatron.pipeline.tracking.film import write_overlay

        write_overlay(path, found.info, track, found.frame_percent, overwrite=overwrite, on_progress=on_progress)
