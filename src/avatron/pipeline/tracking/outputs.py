"""The files of a track: each appears when it is whole, the track itself first, since finding it took longest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from avatron.core.track import FaceTrack
from avatron.io.atomic import write_file
from avatron.io.curves import CurveCsvWriter
from avatron.io.tracks import write_track
from avatron.pipeline.tracking.options import TrackTarget

__all__ = ["write_outputs"]

Progress = Callable[[str, int, int], None]


def write_outputs(
    numbers: Callable[[], dict[str, Any]],
    track: FaceTrack,
    targets: tuple[TrackTarget, ...],
    *,
    overwrite: bool,
    on_progress: Progress,
) -> tuple[Path, ...]:
    """Write every target; what they are called. `numbers` are those that a json holds.

    Raises:
        OutputExistsError: one is there and `overwrite` is not set.
        OutputError: one cannot be written; those before it are there.
    """
    writers: dict[str, Callable[[Path], None]] = {
        "npz": lambda path: write_track(path, track, overwrite=overwrite),
        "csv": lambda path: _write_curves(path, track, overwrite),
        "json": lambda path: _write_numbers(path, numbers(), overwrite),
    }
    for target in targets:
        writers[target.format](target.path)
        on_progress(target.format, 1, 1)
    return tuple(target.path for target in targets)


def _write_curves(path: Path, track: FaceTrack, overwrite: bool) -> None:
    with CurveCsvWriter(path, overwrite=overwrite) as writer:
        writer.write(track.motion)


def _write_numbers(path: Path, numbers: dict[str, Any], overwrite: bool) -> None:
    write_file(path, json.dumps(numbers, indent=1) + "\n", overwrite=overwrite)
