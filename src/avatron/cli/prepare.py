"""`avatron prepare FOLDER -o CORPUS`: recordings and texts become a corpus to train on."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import note, print_json, print_table
from avatron.cli.train import remarks_off, training_component

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    with training_component():
        from avatron.training.preparation.prepare import prepare
        from avatron.training.preparation.recordings import PrepareConfig
    with remarks_off(parsed.quiet):
        report = prepare(
            Path(parsed.folder),
            Path(parsed.output),
            Path(parsed.base) if parsed.base else None,
            base_data=Path(parsed.base_data) if parsed.base_data else None,
            config=PrepareConfig(language=parsed.language),
            overwrite=parsed.overwrite,
            threads=parsed.threads,
        )
    if parsed.json:
        print_json({"out": parsed.output, **report.as_json()})
        return 0
    print_table(report.rows())
    print(f"each clip and each reason: {Path(parsed.output) / 'report.json'}")
    for remark in report.remarks():
        note(remark, parsed.quiet)
    return 0
