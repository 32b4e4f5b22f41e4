"""Replicas measured: what their builds cost, how near they come to frames they never saw, how fast they play."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from avatron.errors import MissingComponentError
from avatron.evaluation.replica.identity import shape_difference_percent
from avatron.evaluation.replica.matte import matte_difference
from avatron.evaluation.replica.memory import watched_memory
from avatron.evaluation.replica.playback import measure_playback
from avatron.io.clips import probe_clip, read_frames
from avatron.render.view import View
from avatron.replica.builder.build import build_replica
from avatron.replica.builder.config import BuildConfig
from avatron.replica.replica import Replica
from avatron.replica.store import load_replica

__all__ = ["GOALS", "measure_clip", "replica_rows"]

GOALS = {"minutes": 10.0, "psnr_full_db": 35.0, "lmd_px": 2.5, "peak_memory_mb": 4096.0, "folder_mb": 40.0}
"""For a frontal clip of a minute at 512 px on two cores: at most, but of the PSNR, which is at least."""

_SHOWN = ("psnr_full_db", "psnr_face_db", "psnr_mouth_db", "ssim", "lmd_px", "opening_correlation", "change_error")


def measure_clip(
    video: Path,
    consent: Path,
    folder: Path,
    config: BuildConfig | None = None,
    *,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Build the replica of `video` as `folder`/NAME, or take the one that is there, and measure it.

    Raises:
        As `build_replica`; ForbiddenUseError: the consent does not cover `evaluation`.
    """
    place = folder / video.stem
    peak_mb = None
    if place.exists():
        replica = load_replica(place)
    else:
        with watched_memory() as peak:
            replica = build_replica(video, consent, place, config, on_progress=on_progress, on_note=on_note)
        peak_mb = peak.megabytes
    replica.allowed_for("evaluation")
    report = replica.report
    size_bytes = sum(replica.folder.file(name).stat().st_size for name in replica.folder.files)
    return {
        "clip": video.name,
        "frames": len(replica.track),
        "size": replica.folder.config["video"]["size"],
        "likeness": replica.likeness_kind,
        "heldout": report["heldout"],
        "identity_shape_percent": _identity(replica, video),
        "matte_error": _matte(replica, video),
        "minutes": round(report["seconds"] / 60, 3),
        "stage_minutes": {name: round(stage["seconds"] / 60, 3) for name, stage in report["stages"].items()},
        "peak_memory_mb": peak_mb,
        "folder_mb": round(size_bytes / 1e6, 3),
        "playback": [one.as_json() for one in measure_playback(replica)],
    }


def _identity(replica: Replica, video: Path) -> float | None:
    if replica.learned_frames >= len(replica.track):
        return None
    info = probe_clip(video)
    renderer = replica.likeness.renderer(View((info.width, info.height)))
    pictures = read_frames(info, replica.learned_frames, len(replica.track))
    return shape_difference_percent(replica.track, replica.learned_frames, pictures, renderer, replica.track.motion)


def _matte(replica: Replica, video: Path) -> float | None:
    """None where there is nothing held out, or no network to compare with."""
    info, count = probe_clip(video), len(replica.track)
    renderer = replica.likeness.renderer(View((info.width, info.height), alone=True))
    pictures = read_frames(info, replica.learned_frames, count)
    try:
        return matte_difference(pictures, renderer, replica.track.motion.part(replica.learned_frames, count))
    except MissingComponentError:
        return None


def replica_rows(results: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """A table for people: a line for each clip and each way it was driven."""
    rows: list[tuple[str, ...]] = [
        ("clip", "driven by", *_SHOWN, "identity %", "matte", "minutes", "peak MB", "folder MB", "512 ms")
    ]
    for result in results:
        played = next((f"{one['ms']:.1f}" for one in result["playback"] if one["size"] == "512 1:1"), "-")
        for way in ("tracked", "audio"):
            measured = result["heldout"].get(way)
            if measured is None:
                continue
            costs = (
                _told(result["identity_shape_percent"]),
                _told(result["matte_error"]),
                _told(result["minutes"]),
                _told(result["peak_memory_mb"]),
                _told(result["folder_mb"]),
                played,
            )
            # What belongs to the clip stands in its first line only.
            rows.append(
                (
                    result["clip"] if way == "tracked" else "",
                    way,
                    *(_told(measured.get(name)) for name in _SHOWN),
                    *(costs if way == "tracked" else ("",) * len(costs)),
                )
            )
    return rows


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
