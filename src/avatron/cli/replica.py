"""`avatron replica list|inspect|preview|verify|add|delete`."""

from __future__ import annotations

import argparse
import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from avatron.cli.report import complain, note, print_json, print_table
from avatron.errors import ConsentError, InputError
from avatron.io.atomic import write_file
from avatron.replica.delete import delete_replica
from avatron.replica.replica import PREVIEW_FILE
from avatron.replica.store import ReplicaSummary, add_replica, list_replicas, load_replica, summary_of

__all__ = ["delete", "inspect", "install", "list_all", "preview", "summary_as_json", "verify"]


def summary_as_json(summary: ReplicaSummary) -> dict[str, Any]:
    """For `--json`."""
    return {key: str(value) if isinstance(value, Path) else value for key, value in dataclasses.asdict(summary).items()}


def list_all(parsed: argparse.Namespace) -> int:
    """The replicas that can be asked for by name."""
    summaries, damaged = [], 0
    for name in list_replicas():
        try:
            summaries.append(dataclasses.replace(summary_of(load_replica(name)), name=name))
        except (InputError, ConsentError) as error:
            damaged = error.exit_code
            complain(str(error))
    if parsed.json:
        print_json([summary_as_json(summary) for summary in summaries])
        return damaged
    rows: list[tuple[str, ...]] = [("name", "subject", "consent", "for", "until", "size")]
    for summary in summaries:
        scope, size = ", ".join(summary.scope), f"{summary.size_bytes / 1e6:.1f} MB"
        rows.append((summary.name, summary.subject, summary.consent, scope, summary.expires or "-", size))
    print_table(rows)
    return damaged


def inspect(parsed: argparse.Namespace) -> int:
    """One replica, with its files checked."""
    replica = load_replica(parsed.name)
    told = summary_as_json(summary_of(replica))
    report = replica.report
    if parsed.json:
        print_json({**told, "report": report})
        return 0
    rows = [(key, ", ".join(value) if isinstance(value, list | tuple) else str(value)) for key, value in told.items()]
    for way in ("tracked", "audio"):
        for measure, value in report.get("heldout", {}).get(way, {}).items():
            rows.append((f"{way} {measure}", str(value)))
    for stage, numbers in report.get("stages", {}).items():
        rows.append((f"{stage} seconds", str(numbers.get("seconds"))))
    print_table(rows)
    return 0


def preview(parsed: argparse.Namespace) -> int:
    """The film of a replica beside its video."""
    replica = load_replica(parsed.name)
    path = replica.folder.file(PREVIEW_FILE)
    if parsed.output is not None:
        path = write_file(Path(parsed.output), replica.folder.read_bytes(PREVIEW_FILE), overwrite=parsed.overwrite)
    if parsed.json:
        print_json({"name": replica.name, "preview": str(path)})
    else:
        print(path)
    return 0


def verify(parsed: argparse.Namespace) -> int:
    """Every file against its hash, the consent against the video, and against a use where one is named."""
    replica = load_replica(parsed.name)
    # What a first use would read is read now.
    frames = len(replica.track)
    size = replica.likeness.camera
    if parsed.use is not None:
        replica.allowed_for(parsed.use, date.today())
    summary = summary_of(replica)
    if parsed.json:
        print_json({**summary_as_json(summary), "files": dict(replica.folder.files), "verified": True})
        return 0
    print(
        f"{replica.folder.path}: replica of {summary.subject} ({summary.consent}, for {', '.join(summary.scope)}), "
        f"{len(replica.folder.files)} files, all as they were written; {frames} frames of {size.width}x{size.height}"
    )
    return 0


def install(parsed: argparse.Namespace) -> int:
    """Copy a replica to the user's own."""
    summary = summary_of(add_replica(Path(parsed.folder), parsed.name))
    if parsed.json:
        print_json({"done": "added", **summary_as_json(summary)})
    else:
        print(summary.path)
    return 0


def delete(parsed: argparse.Namespace) -> int:
    """Delete a replica, and say what is gone."""
    deletion = delete_replica(parsed.name)
    for path in deletion.kept:
        note(f"`{path}` belongs to no replica and stays", parsed.quiet)
    if parsed.json:
        print_json(
            {
                "done": "deleted",
                "removed": [str(path) for path in deletion.removed],
                "removed_bytes": deletion.removed_bytes,
                "kept": [str(path) for path in deletion.kept],
            }
        )
        return 0
    for path in deletion.removed:
        print(path)
    return 0
