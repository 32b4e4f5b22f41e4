"""`avatron bench gallery`: the page that shows films of several systems side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.film_sets import film_set
from avatron.cli.report import Progress, note, print_json
from avatron.evaluation.gallery.build import GalleryOptions, build_gallery
from avatron.evaluation.gallery.metrics import read_metrics
from avatron.io.atomic import check_target

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb: the folder's path on stdout, or what was made as JSON."""
    output = Path(parsed.output)
    check_target(output, overwrite=parsed.overwrite, folder=True)
    defaults = GalleryOptions()
    options = GalleryOptions(
        title=parsed.title or defaults.title,
        about=defaults.about if parsed.about is None else parsed.about,
        metrics=[read_metrics(Path(path)) for path in parsed.metrics],
    )
    with film_set(parsed, tuple(parsed.paces)) as films:
        progress = Progress("building", quiet=parsed.quiet)
        try:
            size = build_gallery(films, output, options, overwrite=parsed.overwrite, on_progress=progress)
        finally:
            progress.close()
    if parsed.json:
        print_json(
            {"folder": str(output), "systems": films.systems, "sentences": films.sentences, "bytes": size}
        )  # fmt: skip
        return 0
    note(f"{len(films.films)} films, {size / 1e6:.1f} MB; open `{output / 'index.html'}`", quiet=parsed.quiet)
    print(output)
    return 0
