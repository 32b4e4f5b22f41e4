"""How the person looks: learned from the frames that may be learned from, by the kind that the quality asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.track import FaceTrack
from avatron.errors import InputError, MissingComponentError, OutputError
from avatron.face.shipped import shipped_head
from avatron.io.clips import ClipInfo, read_frames
from avatron.io.folders import ModelFolder
from avatron.io.tracks import read_track, read_track_albedo, write_track
from avatron.replica.builder.config import BuildConfig
from avatron.replica.builder.stage import Stage, StageRun
from avatron.replica.builder.stages.track import TRACK_FILE, read_clip_track, read_seen_look
from avatron.replica.draft.likeness import DraftLikeness
from avatron.replica.likeness import Likeness, load_likeness
from avatron.replica.splats.likeness import SplatLikeness
from avatron.track.person import PersonSegmenter

__all__ = ["APPEARANCE", "built_likeness", "likeness_kind", "read_seen_track", "seen_track_file"]

_TRACK = "seen.npz"

_PLATE_FRAMES = 41
"""Of which the scene is the median: enough that nobody who moves is in it."""


def likeness_kind(config: BuildConfig) -> str:
    """The name of the likeness that is built."""
    return config.quality


def built_likeness(config: BuildConfig, place: Path) -> Likeness:
    """The likeness that the stage has left in `place`.

    Raises:
        DamagedModelError: it is not what it should be.
    """
    files = {path.relative_to(place).as_posix(): "" for path in place.rglob("*") if path.is_file()}
    return load_likeness(likeness_kind(config), ModelFolder(place, "replica", {}, files))


def read_seen_track(place: Path, tracked: Path) -> FaceTrack:
    """The track of the whole clip as this likeness sees it, which the stage has left in `place`.

    Raises:
        UnreadableFileError: it cannot be read.
    """
    return read_track(seen_track_file(place, tracked))


def seen_track_file(place: Path, tracked: Path) -> Path:
    """Where it is; where this likeness has left none, that of the tracker, in `tracked`."""
    return place / _TRACK if (place / _TRACK).exists() else tracked / TRACK_FILE


def _run(run: StageRun) -> None:
    if run.source.config.quality == "draft":
        _draft(run)
    else:
        _full(run)


def _full(run: StageRun) -> None:
    from avatron.training.appearance.build import AppearanceConfig, build_appearance

    track = read_clip_track(run.results["track"])
    built = build_appearance(
        run.source.info,
        track,
        run.source.learned_frames,
        shipped_head(),
        look=_segmenter(run),
        config=AppearanceConfig().scaled(run.source.config.effort),
        seed=run.source.config.seed,
        work=run.unfinished / "appearance",
        on_progress=run.on_progress,
    )
    SplatLikeness(built.appearance).write(run.place)
    albedo = read_track_albedo(run.results["track"] / TRACK_FILE)
    write_track(run.place / _TRACK, replace(track, motion=built.motion), albedo=albedo)


def _segmenter(run: StageRun) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None:
    """What tells a person from the wall; None where its network cannot be had."""
    try:
        return PersonSegmenter.load(threads=2).look
    except (MissingComponentError, OutputError) as error:
        run.on_note(f"motion and colours alone tell the person from the wall, which is less sure: {error}")
        return None


def _draft(run: StageRun) -> None:
    tracked = run.results["track"]
    track = read_clip_track(tracked)
    look = read_seen_look(tracked)
    plate = _median_picture(run.source.info, run.source.learned_frames, run)
    likeness = DraftLikeness(
        track.identity,
        track.displacement,
        look.albedo,
        look.light,
        track.camera,
        track.radial_distortion,
        plate,
    )
    likeness.write(run.place)


def _median_picture(info: ClipInfo, frames: int, run: StageRun) -> NDArray[np.uint8]:
    """[H, W, 3] of frames from all over the first `frames`."""
    stride = -(-frames // _PLATE_FRAMES)
    kept = []
    for number, picture in enumerate(read_frames(info, 0, frames)):
        if number % stride == 0:
            kept.append(picture)
        run.on_progress((number + 1) / frames)
    if not kept:
        raise InputError(f"`{info.path}` has no picture that can be read")
    # In strips: the median of all of them at once would need several times the memory of the frames.
    rows = np.array_split(np.arange(info.height), 8)
    strips = [np.median([picture[part] for picture in kept], 0) for part in rows if len(part)]
    return np.concatenate(strips).astype(np.uint8)


APPEARANCE = Stage(
    "appearance",
    _run,
    needs=("track",),
    settings=lambda config: {
        "quality": config.quality,
        "effort": config.effort,
        "held_out_share": config.held_out_share,
        "seed": config.seed,
    },
    cost_ms=160.0,
    version=2,
)
