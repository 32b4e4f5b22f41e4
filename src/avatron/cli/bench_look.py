"""`avatron bench look`: pictures of every avatar in every light, a turntable, and the times of each stage."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from avatron.avatar.store import COLLECTION, load_avatar
from avatron.cli.report import Progress, note, print_json, print_table
from avatron.errors import InvalidValueError, OutputExistsError
from avatron.evaluation.look.gallery import GalleryOptions, draw_gallery
from avatron.evaluation.look.page import as_html, as_markdown
from avatron.evaluation.look.times import measure_times, speech_motion
from avatron.evaluation.machine import machine
from avatron.io.atomic import PendingFolder
from avatron.pipeline.options import parse_size
from avatron.render.light import LIGHTS, light_named

__all__ = ["run"]

_FOR_DOCS = GalleryOptions(cell_px=160, portrait_px=640, quality=80, film=False)
_MOST_FOR_DOCS_BYTES = 1_500_000
_OWN = {"index.md", "index.html", "times.json", "expressions.jpg", "lights.jpg", "sizes.jpg", "turntable.jpg"}


def run(parsed: argparse.Namespace) -> int:
    """The verb: the folder's path on stdout, or all of the result as JSON."""
    output = Path(parsed.output)
    names = parsed.avatars or list(COLLECTION.names())
    lights = tuple(parsed.lights or LIGHTS)
    for light in lights:
        light_named(light)
    sizes = [parse_size(size) for size in parsed.sizes]
    if not 64 <= parsed.cell <= 1024:
        raise InvalidValueError(f"cell {parsed.cell} px is outside 64 .. 1024")
    options = GalleryOptions(cell_px=parsed.cell, film=not parsed.no_film, lights=lights)
    if parsed.for_docs:
        options = GalleryOptions(**{**vars(_FOR_DOCS), "lights": lights})
    _check_replaceable(output, overwrite=parsed.overwrite)
    avatars = [load_avatar(name) for name in names]
    progress = Progress("drawing", quiet=parsed.quiet)
    with PendingFolder(output, overwrite=parsed.overwrite) as pending:
        pictures = draw_gallery(avatars, pending.partial, options, progress)
        progress.close()
        times = []
        if not parsed.skip_times:
            motion = speech_motion()
            times = [row for avatar in avatars for row in measure_times(avatar, motion, sizes)]
        about = machine()
        result = {"avatars": [avatar.name for avatar in avatars], "machine": about, "times": times}
        (pending.partial / "index.md").write_text(as_markdown(pictures, times, about), encoding="utf-8")
        (pending.partial / "index.html").write_text(as_html(pictures, times, about), encoding="utf-8")
        (pending.partial / "times.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        total = sum(file.stat().st_size for file in pending.partial.iterdir())
    if parsed.for_docs and total > _MOST_FOR_DOCS_BYTES:
        note(f"the folder has {total / 1e6:.1f} MB; pictures of the docs should stay below 1.5 MB", quiet=parsed.quiet)
    if parsed.json:
        print_json({"path": str(output), "bytes": total, "pictures": [name for name, _ in pictures], **result})
        return 0
    if times:
        columns = list(times[0])
        print_table([tuple(columns), *(tuple(str(row[column]) for column in columns) for row in times)])
    print(output)
    return 0


def _check_replaceable(output: Path, *, overwrite: bool) -> None:
    """Only a folder of this verb's is ever replaced."""
    if not output.is_dir() or not overwrite:
        return
    here = {entry.name for entry in output.iterdir()}
    strangers = sorted(name for name in here - _OWN if not (name.endswith((".jpg", ".mp4")) and "times.json" in here))
    if strangers:
        raise OutputExistsError(f"`{output}` is not replaced: it holds `{strangers[0]}`; choose another folder")
