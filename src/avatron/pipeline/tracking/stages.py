"""The tracker and the report before it, as a request wants them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from avatron.core.track import FaceTrack
from avatron.io.clips import ClipInfo
from avatron.pipeline.tracking.options import TrackOptions

__all__ = ["track_clip"]


def track_clip(
    info: ClipInfo,
    options: TrackOptions,
    work: Path | None,
    on_progress: Callable[[str, int, int], None],
    on_note: Callable[[str], None] | None,
) -> FaceTrack:
    """The track of a clip; `work` is a folder where unfinished work waits.

    Raises:
        InputError: a clip that the report refuses, unless `options.force` is set, or that shows no face.
        MissingComponentError: the landmark networks are not there.
        OutputError: unfinished work cannot be written.
    """
    from avatron.track.tracker import Tracker

    return Tracker().track(info.path, work=work, on_progress=on_progress)
