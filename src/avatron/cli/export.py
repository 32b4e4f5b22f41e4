"""`avatron export [MOTION]`: an avatar and its motion as files for engines and other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from avatron.avatar.store import load_avatar
from avatron.cli.report import note, print_json
from avatron.core.motion import FaceMotion
from avatron.core.timeline import FrameClock
from avatron.errors import UsageError
from avatron.export.request import ExportRequest, export
from avatron.io.curves import ARKIT_NOTE, read_motion
from avatron.pipeline.options import parse_size

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    if not parsed.output:
        raise UsageError("nothing says where to write; give `-o PATH`, e.g. `-o ava.glb`")
    motion = _motion(parsed)
    if parsed.flame is not None:
        return _run_flame(parsed, motion)
    request = ExportRequest(
        outputs=parsed.output,
        motion=motion,
        audio=None if parsed.audio is None else Path(parsed.audio),
        frame=parsed.frame,
        correctives=not parsed.no_correctives,
        tolerance_mm=parsed.tolerance,
        compact=parsed.compact,
        film=parsed.film,
        page_size=parse_size(parsed.size),
        three=parsed.three,
        overwrite=parsed.overwrite,
    )
    exported = export(load_avatar(parsed.avatar), request)
    if any(str(output).lower().endswith(".csv") for output in parsed.output):
        note(ARKIT_NOTE, parsed.quiet)
    if exported.largest_error_mm > 2 * parsed.tolerance and not parsed.no_correctives:
        note(
            f"the clip is up to {exported.largest_error_mm:.2f} mm from our own head, which no more morph targets were "
            "spent on",
            parsed.quiet,
        )
    if parsed.json:
        print_json(exported.as_json())
    else:
        for path in exported.paths:
            print(path)
    return 0


def _motion(parsed: argparse.Namespace) -> FaceMotion | None:
    if parsed.motion is None:
        if parsed.fps is not None:
            raise UsageError("`--fps` is for the timecodes of a csv, and there is no motion; leave it out")
        return None
    fps = None if parsed.fps is None else FrameClock.parse(parsed.fps).fps
    is_csv = parsed.motion.lower().endswith(".csv")
    if fps is not None and not is_csv:
        raise UsageError("an npz knows its own rate; `--fps` is for the timecodes of a csv: leave it out")
    return read_motion(Path(parsed.motion), fps)


def _run_flame(parsed: argparse.Namespace, motion: FaceMotion | None) -> int:
    from avatron.export.flame_curves import write_flame_curves

    if motion is None or len(parsed.output) != 1 or not parsed.output[0].lower().endswith(".npz"):
        raise UsageError("`--flame` writes the coefficients of a motion to one npz: give the motion and `-o NAME.npz`")
    fit = write_flame_curves(
        Path(parsed.output[0]), Path(parsed.flame), motion, load_avatar(parsed.avatar), overwrite=parsed.overwrite
    )
    if parsed.json:
        print_json({"outputs": [parsed.output[0]], **fit.as_json()})
    else:
        print(parsed.output[0])
        print(f"avatron: note: {fit.summary()}", file=sys.stderr)
    return 0
