"""`avatron produce MOTION`: curves from elsewhere (or from an earlier run) drawn with an avatar."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import Progress, print_json
from avatron.cli.speak import check_stdout
from avatron.core.timeline import FrameClock
from avatron.errors import UsageError
from avatron.io.curves import read_motion
from avatron.pipeline.options import SpeakOptions, parse_blur, parse_size
from avatron.pipeline.plan import plan_outputs
from avatron.pipeline.replay import replay

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    if not parsed.output:
        raise UsageError("nothing says where to write; give `-o PATH`, e.g. `-o film.mp4`")
    plan = plan_outputs(
        parsed.output,
        format_name=parsed.format,
        codec=parsed.codec,
        quality=parsed.quality,
        overwrite=parsed.overwrite,
    )
    check_stdout(plan)
    given = None if parsed.fps is None else FrameClock.parse(parsed.fps).fps
    # The timecodes of a csv count whole frames a second, so 29.97 must be given; an npz knows its own rate.
    is_csv = parsed.motion.lower().endswith(".csv")
    motion = read_motion(Path(parsed.motion), given if is_csv else None)
    options = SpeakOptions(
        avatar=parsed.avatar,
        size=parse_size(parsed.size),
        fps=given or motion.fps,
        framing=parsed.framing,
        light=parsed.light,
        background=parsed.background,
        background_blur=parse_blur(parsed.background_blur),
    )
    progress = Progress("drawing", parsed.quiet)
    try:
        production = replay(motion, Path(parsed.audio) if parsed.audio else None, plan, options, on_progress=progress)
    finally:
        progress.close()
    if plan.to_stdout:
        return 0
    if parsed.json:
        print_json(production.as_json())
    else:
        for path in production.paths:
            print(path)
    return 0
