"""Many videos tracked one after another: what is done stays done, and one bad file never stops the rest."""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from avatron.errors import AvatronError, InvalidValueError, UnreadableFileError, UsageError
from avatron.io.atomic import output_errors, write_file
from avatron.pipeline.tracking.options import TrackOptions, plan_track_outputs
from avatron.pipeline.tracking.workers import Lost, work_off

__all__ = ["ClipResult", "ClipTask", "batch_summary", "clips_of", "track_batch"]

VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m4v", ".flv", ".wmv", ".mts"})
QUALITY_FILE = "quality.csv"
_MOST_LIST_BYTES = 16 * 2**20


@dataclass(frozen=True)
class ClipTask:
    """One video of a batch."""

    video: Path
    outputs: tuple[Path, ...]
    options: TrackOptions
    overwrite: bool


@dataclass(frozen=True)
class ClipResult:
    """One line of the table; what could not be measured is None."""

    clip: str
    status: str
    """`made`, or `failed`."""
    frames: int | None = None
    fps: str | None = None
    valid_share: float | None = None
    reprojection_px: float | None = None
    reprojection_percent: float | None = None
    """Of the distance between the eyes."""
    jitter_mm: float | None = None
    """A frame squared, in the stillest quarter of the clip."""
    closures: int | None = None
    closed_share: float | None = None
    photometric_psnr_db: float | None = None
    audio_evidence: bool | None = None
    audio_offset_s: float | None = None
    seconds: float | None = None
    frames_per_second: float | None = None
    reason: str | None = None
    """Why it failed."""


def clips_of(source: Path) -> tuple[Path, ...]:
    """The videos of a folder, sorted, or those that a text file names one a line (from its own folder on).

    Raises:
        UnreadableFileError: neither, or without any video.
        InvalidValueError: two videos of one name, whose outputs would be one file.
    """
    if source.is_dir():
        found = tuple(sorted(path for path in source.iterdir() if path.suffix.lower() in VIDEO_SUFFIXES))
    else:
        found = tuple(_listed(source))
    if not found:
        raise UnreadableFileError(f"`{source}` has no video in it; known types: {', '.join(sorted(VIDEO_SUFFIXES))}")
    seen: dict[str, Path] = {}
    for path in found:
        if path.stem in seen:
            raise InvalidValueError(f"`{seen[path.stem]}` and `{path}` would both be written to `{path.stem}`")
        seen[path.stem] = path
    return found


def _listed(source: Path) -> Iterable[Path]:
    try:
        if source.stat().st_size > _MOST_LIST_BYTES:
            raise UnreadableFileError(f"`{source}` is no list of videos: it is larger than 16 MiB")
        lines = source.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise UnreadableFileError(f"`{source}` is no list of videos, one a line: it is not UTF-8 text") from None
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{source}`: {error.strerror or error}") from error
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            yield source.parent / line.strip()


def track_batch(
    clips: Sequence[Path],
    folder: Path,
    options: TrackOptions,
    *,
    formats: Sequence[str] = ("npz",),
    words: Mapping[str, tuple[tuple[float, float, str], ...]] | None = None,
    jobs: int = 1,
    overwrite: bool = False,
    on_result: Callable[[ClipResult, bool], None] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[ClipResult, ...]:
    """Track `clips` into `folder`, CLIP.npz each (and other `formats`), and keep its `quality.csv` after each of them.

    Clips that are in the table as made, with their files there, are done already; those that failed are tried again.
    `words` gives what is said by the clip's name without its ending. `on_result` hears each line and whether it is new.

    Raises:
        UsageError: a format that is not ours.
        OutputError: the folder cannot be written to.
        UnreadableFileError: a table that is not ours.
    """
    if "npz" not in formats:
        raise UsageError("a batch writes the tracks themselves: `npz` must be among its formats")
    if jobs < 1:
        raise InvalidValueError(f"{jobs} jobs; expected 1 or more")
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    table = folder / QUALITY_FILE
    results = {} if overwrite else _known(table)
    tasks = []
    for clip in clips:
        outputs = tuple(folder / f"{clip.stem}.{name}" for name in formats)
        known = results.get(clip.name)
        if known is not None and known.status == "made" and all(path.is_file() for path in outputs):
            if on_result is not None:
                on_result(known, False)
            continue
        said = None if words is None else words.get(clip.stem)
        tasks.append(ClipTask(clip, outputs, replace(options, words=said), overwrite=True))
    if tasks:
        # What would fail for every clip fails now.
        plan_track_outputs(tasks[0].outputs, overwrite=True)
    done = 0
    beat = None if on_progress is None else (lambda: on_progress(done / len(tasks)))
    order = [clip.name for clip in clips]
    for outcome in work_off(tasks, track_task, jobs=jobs, on_beat=beat):
        if isinstance(outcome, Lost):
            outcome = ClipResult(outcome.task.video.name, "failed", reason=outcome.reason)
        done += 1
        results[outcome.clip] = outcome
        write_file(table, _as_csv(results, order), overwrite=True)
        if on_result is not None:
            on_result(outcome, True)
    return tuple(results[name] for name in order if name in results)


def track_task(task: ClipTask) -> ClipResult:
    """One line of the table, whatever happens."""
    start = time.perf_counter()
    try:
        from avatron.pipeline.tracking.run import track_to

        targets = plan_track_outputs(task.outputs, overwrite=task.overwrite)
        tracked = track_to(task.video, targets, task.options, keep_albedo=False, overwrite=task.overwrite)
    except Exception as error:
        # A fault of ours must not cost the others their night either; it is in the table.
        kind = "" if isinstance(error, AvatronError) else f"unexpected {type(error).__name__}: "
        reason = " ".join(f"{kind}{error}".split())
        seconds = round(time.perf_counter() - start, 3)
        return ClipResult(task.video.name, "failed", seconds=seconds, reason=reason)
    numbers = tracked.as_json(frames=False)
    names = {field.name for field in fields(ClipResult)} - {"clip", "status", "reason"}
    return ClipResult(task.video.name, "made", **{name: numbers[name] for name in names if name in numbers})


def batch_summary(results: Sequence[ClipResult]) -> dict[str, Any]:
    """The table in numbers: counts, and of every column mean, median, extremes and the worst clip."""
    made = [result for result in results if result.status == "made"]
    failed = [result for result in results if result.status != "made"]
    frames = sum(result.frames or 0 for result in made)
    seconds = sum(result.seconds or 0.0 for result in made)
    columns: dict[str, Any] = {}
    for name, worst_is_high in (
        ("valid_share", False),
        ("reprojection_px", True),
        ("reprojection_percent", True),
        ("jitter_mm", True),
        ("closures", None),
        ("closed_share", None),
        ("photometric_psnr_db", False),
        ("audio_offset_s", None),
        ("frames_per_second", None),
    ):
        known = [(float(value), result.clip) for result in made if (value := getattr(result, name)) is not None]
        if not known:
            continue
        values = np.array([value for value, _ in known])
        columns[name] = {
            "count": len(values),
            "mean": round(float(values.mean()), 4),
            "median": round(float(np.median(values)), 4),
            "p95": round(float(np.percentile(values, 95)), 4),
            "least": round(float(values.min()), 4),
            "most": round(float(values.max()), 4),
        }
        if worst_is_high is not None:
            columns[name]["worst_clip"] = (max if worst_is_high else min)(known)[1]
    return {
        "clips": len(results),
        "made": len(made),
        "failed": {result.clip: result.reason for result in failed},
        "frames": frames,
        "valid_frames": round(sum((result.frames or 0) * (result.valid_share or 0.0) for result in made)),
        "closures": sum(result.closures or 0 for result in made),
        "seconds": round(seconds, 1),
        "columns": columns,
    }


def _as_csv(results: Mapping[str, ClipResult], order: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in fields(ClipResult)]
    writer.writerow(names)
    # Clips of an earlier run that were not asked for this time keep their lines.
    for clip in (*order, *sorted(set(results) - set(order))):
        if clip in results:
            row = asdict(results[clip])
            writer.writerow(["" if row[name] is None else row[name] for name in names])
    return text.getvalue()


def _known(table: Path) -> dict[str, ClipResult]:
    if not os.path.lexists(table):
        return {}
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return {row["clip"]: _result_of(row) for row in rows}
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise UnreadableFileError(f"`{table}` is no table of a batch: {error}; move it away") from error
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{table}`: {error.strerror or error}") from error


def _result_of(row: Mapping[str, str]) -> ClipResult:
    readers: dict[str, Callable[[str], Any]] = {
        **dict.fromkeys(("frames", "closures"), int),
        **dict.fromkeys(("clip", "status", "fps", "reason"), str),
        "audio_evidence": lambda text: text == "True",
    }
    values: dict[str, Any] = {
        field.name: readers.get(field.name, float)(row[field.name]) if row[field.name] != "" else None
        for field in fields(ClipResult)
    }
    return ClipResult(**values)
