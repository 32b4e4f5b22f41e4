"""`avatron check`: what a video is good for, and what to record instead."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from avatron.cli.report import Progress, print_json, print_table
from avatron.track.report.check import ClipReport, check_clip
from avatron.track.report.config import ReportConfig

__all__ = ["run"]

_SAYS = {
    "good": "good: track it",
    "usable": "usable: it can be tracked; the advice above makes it better",
    "refuse": "refuse: it cannot be tracked; see above what to record instead",
    "not measured": "not measured",
}


def run(parsed: argparse.Namespace) -> int:
    """The verb: 0 where the video is good or usable, 1 where it is refused."""
    config = ReportConfig()
    if parsed.every_frame:
        config = dataclasses.replace(config, sampling=dataclasses.replace(config.sampling, every_frame=True))
    progress = Progress("checking", quiet=parsed.quiet)
    report = check_clip(Path(parsed.video), config, on_progress=progress)
    progress.close()
    if parsed.json:
        print_json(report.as_json())
    else:
        _print(report)
    return 1 if report.verdict == "refuse" else 0


def _print(report: ClipReport) -> None:
    print(report.path)
    print()
    print_table([(finding.verdict, finding.measure, finding.says) for finding in report.findings])
    advice = [finding for finding in report.findings if finding.advice]
    if advice:
        print()
        for finding in advice:
            print(f"{finding.measure}: {finding.advice}")
    print()
    seen = "" if report.info is None else f" ({report.frames_seen} of {report.info.frames} frames looked at)"
    print(f"{_SAYS[report.verdict]}{seen}")
