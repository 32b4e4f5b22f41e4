"""`avatron produce MOTION`: curves from elsewhere (or from an earlier run) drawn with an avatar."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import Progress, print_json
from avatron.core.timeline import FrameClock
from avatron.errors import UsageError
from avatron.io.curves import read_motion
from avatron.pipeline.options import SpeakOptions, parse_size
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
    motion = read_motion(Path(parsed.motion))
    options = SpeakOptions(
        avatar=parsed.avatar,
        size=parse_size(parsed.size),
        # The curves say their own rate; the option can only resample, which is asked for by giving it.
        fps=motion.fps if parsed.fps is None else FrameClock.parse(parsed.fps).fps,
        framing=parsed.framing,
        light=parsed.light,
        background=parsed.background,
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
