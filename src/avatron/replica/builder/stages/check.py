"""The first stage: whether a replica can be made of the video at all."""

from __future__ import annotations

import json

from avatron.errors import InputError
from avatron.io.atomic import write_file
from avatron.replica.builder.stage import Stage, StageRun
from avatron.track.report.check import check_clip

__all__ = ["CHECK"]


def _run(run: StageRun) -> None:
    source = run.source
    report = check_clip(source.video, subject=source.config.subject, on_progress=run.on_progress)
    if report.verdict == "refuse" and not source.config.force:
        reasons = "; ".join(report.reasons)
        raise InputError(f"`{source.video}` makes no replica: {reasons} (`--force` builds it all the same)")
    weak = [finding.measure for finding in report.findings if finding.verdict == "usable"]
    if weak:
        told = ", ".join(weak)
        run.on_note(f"{told}: could be better; `avatron check {source.video}` says what to record instead")
    write_file(run.place / "check.json", json.dumps(report.as_json(), indent=1) + "\n")


CHECK = Stage("check", _run, settings=lambda config: {"subject": config.subject, "force": config.force}, cost_ms=4.0)
