"""`avatron produce MOTION`: curves from elsewhere (or from an earlier run) drawn with an avatar."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from avatron.cli.outputs import check_stdout, say_what_was_made
from avatron.cli.report import Progress
from avatron.core.timeline import FrameClock
from avatron.errors import UsageError
from avatron.io.curves import read_motion
from avatron.io.provenance.origin import Disabled
from avatron.pipeline.options import SpeakOptions, parse_blur, parse_size
from avatron.pipeline.plan import OutputPlan, plan_outputs
from avatron.pipeline.replay import replay

__all__ = ["drawing_of", "plan_of", "run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    plan = plan_of(parsed)
    given = None if parsed.fps is None else FrameClock.parse(parsed.fps).fps
    # The timecodes of a csv count whole frames a second, so 29.97 must be given; an npz knows its own rate.
    is_csv = parsed.motion.lower().endswith(".csv")
    motion = read_motion(Path(parsed.motion), given if is_csv else None)
    options = drawing_of(parsed, given or motion.fps)
    progress = Progress("drawing", parsed.quiet)
    try:
        production = replay(motion, Path(parsed.audio) if parsed.audio else None, plan, options, on_progress=progress)
    finally:
        progress.close()
    return say_what_was_made(parsed, plan, production)


def plan_of(parsed: argparse.Namespace) -> OutputPlan:
    """The outputs that the arguments name.

    Raises:
        As `plan_outputs`.
    """
    if not parsed.output:
        raise UsageError("nothing says where to write; give `-o PATH`, e.g. `-o film.mp4`")
    plan = plan_outputs(
        parsed.output,
        format_name=parsed.format,
        codec=parsed.codec,
        quality=parsed.quality,
        overwrite=parsed.overwrite,
        sidecar=parsed.sidecar,
    )
    check_stdout(plan)
    return plan


def drawing_of(parsed: argparse.Namespace, fps: Fraction) -> SpeakOptions:
    """How the arguments want motion of `fps` drawn.

    Raises:
        As `SpeakOptions`.
    """
    return SpeakOptions(
        avatar=parsed.avatar,
        size=parse_size(parsed.size),
        fps=fps,
        framing=parsed.framing,
        light=parsed.light,
        background=parsed.background,
        mode=parsed.mode,
        use=parsed.use,
        background_blur=parse_blur(parsed.background_blur),
        provenance=None if parsed.no_provenance is None else Disabled(parsed.no_provenance),
    )
