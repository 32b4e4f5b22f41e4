"""`avatron bench track`: how near tracks are to the truth of films that were drawn, and to films of real people."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from avatron.cli.report import Progress, note, print_json, print_table
from avatron.errors import InvalidValueError
from avatron.evaluation.machine import machine
from avatron.evaluation.tracking.methods import METHODS, method_named
from avatron.evaluation.tracking.suite import measure_films
from avatron.evaluation.tracking.table import condition_rows, film_rows, method_rows, real_rows
from avatron.evaluation.tracking.truth import TruthFilm
from avatron.io.atomic import write_file

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb: tables, or everything as JSON."""
    methods = tuple(parsed.methods or METHODS)
    for name in methods:
        method_named(name)
    if parsed.real and parsed.data is None:
        raise InvalidValueError("films of real people are in the data folder; give `--data FOLDER`")
    output = None if parsed.output is None else Path(parsed.output)
    with TemporaryDirectory(prefix="avatron-films-") as temporary:
        folder = Path(temporary) if output is None else output
        result = _measured(parsed, folder, methods)
        if output is not None:
            document = json.dumps(result, indent=2) + "\n"
            write_file(output / "track.json", document, overwrite=True)
    if parsed.json:
        print_json(result)
        return 0
    print_table(method_rows(result))
    print()
    print_table(film_rows(result))
    print()
    print_table(condition_rows(result))
    if "real" in result:
        print()
        print_table(real_rows(result["real"]))
    return 0


def _measured(parsed: argparse.Namespace, folder: Path, methods: tuple[str, ...]) -> dict[str, Any]:
    progress = Progress("drawing films", quiet=parsed.quiet)
    films = _films(parsed, folder, progress)
    progress.close()
    progress = Progress("tracking", quiet=parsed.quiet)
    result = measure_films(films, methods, processes=parsed.processes, progress=progress)
    progress.close()
    return {"machine": machine(), "full_set": parsed.data is not None, **result}


def _films(parsed: argparse.Namespace, folder: Path, progress: Progress) -> list[TruthFilm]:
    folder.mkdir(parents=True, exist_ok=True)
    if parsed.data is None:
        from avatron.evaluation.tracking.synthetic.small import build_small_films

        note("without `--data`, two small films of the package's own people stand for the set", quiet=parsed.quiet)
        return build_small_films(folder / "films")
    from avatron.evaluation.tracking.synthetic.build import build_films
    from avatron.evaluation.tracking.synthetic.plans import CLIPS, plan_named

    plans = [plan_named(name) for name in parsed.films] if parsed.films else CLIPS
    return build_films(Path(parsed.data), folder / "films", plans, processes=parsed.processes, progress=progress)
