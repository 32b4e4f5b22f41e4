"""`avatron avatar sheet`: every expression of an avatar on one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.avatar.store import load_avatar
from avatron.cli.report import Progress, print_json
from avatron.errors import InvalidValueError
from avatron.evaluation.look.sheet import SheetOptions, draw_sheet
from avatron.io.atomic import check_target

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb: the path of the sheet on stdout."""
    output = Path(parsed.output)
    if output.suffix.lower() != ".png":
        raise InvalidValueError(f"a sheet is a png, but `{parsed.output}` does not end in `.png`")
    options = SheetOptions(cell_px=parsed.cell, columns=parsed.columns, light=parsed.light)
    check_target(output, overwrite=parsed.overwrite)
    avatar = load_avatar(parsed.name)
    progress = Progress("drawing", quiet=parsed.quiet)
    width, height = draw_sheet(avatar, output, options, overwrite=parsed.overwrite, on_progress=progress)
    progress.close()
    if parsed.json:
        print_json({"path": str(output), "avatar": avatar.name, "size": f"{width}x{height}"})
    else:
        print(output)
    return 0
