"""`avatron bench replica CLIP...`: replicas built of clips and measured on the part that they never learned from."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from avatron.cli.report import Progress, note, print_json, print_table
from avatron.evaluation.commit import commit
from avatron.evaluation.machine import machine
from avatron.evaluation.replica.suite import GOALS, measure_clip, replica_rows
from avatron.io.atomic import output_errors, write_file
from avatron.replica.builder.config import BuildConfig

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb: a table, or everything as JSON."""
    config = BuildConfig(seed=parsed.seed)
    if parsed.quality is not None:
        config = replace(config, quality=parsed.quality)
    output = None if parsed.output is None else Path(parsed.output)
    if output is not None:
        with output_errors(output):
            output.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    with TemporaryDirectory(prefix="avatron-replicas-") as temporary:
        folder = Path(temporary) if output is None else output
        for clip in parsed.clips:
            progress = Progress(f"building {Path(clip).name}", parsed.quiet)
            results.append(
                measure_clip(
                    Path(clip),
                    Path(parsed.consent),
                    folder,
                    config,
                    on_progress=progress,
                    on_note=lambda text: note(text, parsed.quiet),
                )
            )
            progress.close()
    document = {"machine": machine(), "commit": commit(), "goals": GOALS, "clips": results}
    if output is not None:
        # A table that is there may be of other clips: each run has its own.
        write_file(output / "replica.json", json.dumps(document, indent=1) + "\n", overwrite=True)
    if parsed.json:
        print_json(document)
    else:
        print_table(replica_rows(results))
    return 0
