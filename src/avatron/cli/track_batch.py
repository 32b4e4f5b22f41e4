"""`avatron track --batch`: every video of a folder, resumable, with a table of how good each track is."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from avatron.cli.report import Progress, complain, note, print_json
from avatron.cli.track_options import options_of
from avatron.errors import UsageError
from avatron.io.atomic import write_file
from avatron.io.spoken_words import read_spoken_words
from avatron.pipeline.tracking.batch import QUALITY_FILE, ClipResult, batch_summary, clips_of, track_batch
from avatron.pipeline.tracking.one_person import person_of_batch
from avatron.pipeline.tracking.options import TRACK_FORMATS
from avatron.track.fit.person import PersonBefore

__all__ = ["run_batch"]

SUMMARY_FILE = "summary.json"


def run_batch(parsed: argparse.Namespace) -> int:
    """Track every video of the batch; the exit code is 1 where one of them failed."""
    if parsed.video is not None:
        raise UsageError("`--batch` brings its own videos; leave out VIDEO")
    if parsed.source is not None or parsed.transcript is not None:
        raise UsageError("`--from` and `--transcript` are for one video; `--words` knows what is said in all")
    if len(parsed.output) != 1:
        raise UsageError("`--batch` needs one output folder: `-o DIR`")
    if parsed.one_person and parsed.subject is not None:
        raise UsageError("`--one-person` finds one person in all clips by itself; leave out `--subject`")
    folder = Path(parsed.output[0])
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file; `--batch` needs a folder")
    formats = tuple(name.strip().lower() for name in parsed.formats.split(",") if name.strip())
    for name in formats:
        if name not in TRACK_FORMATS:
            raise UsageError(f"unknown output type `{name}`; known: {', '.join(TRACK_FORMATS)}")
    words = None if parsed.words is None else read_spoken_words(parsed.words)
    options = options_of(parsed, None if words is None else ())
    clips = clips_of(Path(parsed.batch))
    if parsed.one_person:
        options = replace(options, person=_one_person(parsed, clips, folder))
    progress = Progress(f"tracking {len(clips)} clips", parsed.quiet)
    start = time.perf_counter()
    kept = 0

    def tell(result: ClipResult, is_new: bool) -> None:
        nonlocal kept
        kept += not is_new
        if is_new and result.status == "failed":
            progress.close()
            complain(f"`{result.clip}` failed: {result.reason}")
        elif is_new and not parsed.json:
            print(folder / f"{Path(result.clip).stem}.npz", flush=True)

    try:
        results = track_batch(
            clips,
            folder,
            options,
            formats=formats,
            words=words,
            jobs=parsed.jobs,
            overwrite=parsed.overwrite,
            on_result=tell,
            on_progress=progress,
        )
    finally:
        progress.close()
    summary = {**_measured(time.perf_counter() - start, kept, parsed.jobs), **batch_summary(results)}
    write_file(folder / SUMMARY_FILE, json.dumps(summary, indent=2, ensure_ascii=False) + "\n", overwrite=True)
    if parsed.json:
        print_json(summary)
    note(
        f"{summary['made']} of {summary['clips']} clips tracked ({kept} were there already); the table is "
        f"`{folder / QUALITY_FILE}`, its summary `{folder / SUMMARY_FILE}`",
        parsed.quiet,
    )
    return 1 if summary["failed"] else 0


def _one_person(parsed: argparse.Namespace, clips: Sequence[Path], folder: Path) -> PersonBefore:
    progress = Progress("finding the person", parsed.quiet)
    try:
        return person_of_batch(
            clips, folder, overwrite=parsed.overwrite, on_progress=lambda done, count: progress(done / count)
        )
    finally:
        progress.close()


def _measured(wall_seconds: float, kept: int, jobs: int) -> dict[str, Any]:
    from datetime import UTC, datetime

    from avatron.evaluation.machine import machine

    return {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "jobs": jobs,
        "kept_from_before": kept,
        "wall_seconds": round(wall_seconds, 1),
    }
