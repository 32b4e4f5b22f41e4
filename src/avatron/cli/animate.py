"""`avatron animate --from MOTION`: a tracked performance on another head."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.produce import drawing_of, plan_of, say_what_was_made
from avatron.cli.report import Progress
from avatron.pipeline.animate import animate_to, read_performance
from avatron.pipeline.retarget.retarget import RetargetOptions

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    plan = plan_of(parsed)
    manner = RetargetOptions(head=parsed.head, eye_contact=not parsed.no_eye_contact, steady=not parsed.no_steady)
    performance = read_performance(parsed.source)
    options = drawing_of(parsed, performance.performer.motion.fps)
    progress = Progress("animating", parsed.quiet)
    try:
        production = animate_to(
            performance, Path(parsed.audio) if parsed.audio else None, plan, options, manner, on_progress=progress
        )
    finally:
        progress.close()
    return say_what_was_made(parsed, plan, production)
