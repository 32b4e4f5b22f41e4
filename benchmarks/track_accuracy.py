"""How near tracks are to films with a truth, and to films of real people: `avatron bench track` with its commit.

    python benchmarks/track_accuracy.py --data FOLDER --films DIR            # films are drawn into DIR once
    python benchmarks/track_accuracy.py --data FOLDER --films DIR --most 40  # more films of GRID

FOLDER holds `head/`, `avatar_parts/`, `clips/` and `grid_s1/`. Written to benchmarks/results/track.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from avatron.cli.report import Progress, print_table
from avatron.evaluation.tracking.closures import read_closure_labels
from avatron.evaluation.tracking.methods import METHODS
from avatron.evaluation.tracking.real import measure_real
from avatron.evaluation.tracking.suite import measure_films
from avatron.evaluation.tracking.synthetic.build import build_films
from avatron.evaluation.tracking.synthetic.plans import CLIPS, plan_named
from avatron.evaluation.tracking.table import condition_rows, film_rows, method_rows, real_rows
from record import write_result

LABELS = Path(__file__).parent / "labels" / "grid_closures.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--films", type=Path, required=True, help="where the drawn films are kept")
    parser.add_argument("--only", nargs="+", help="names of films (default: all)")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--most", type=int, default=20, help="films of GRID; 0 leaves out real people")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    plans = [plan_named(name) for name in arguments.only] if arguments.only else CLIPS
    progress = Progress("drawing", stream=sys.stderr)
    films = build_films(arguments.data, arguments.films, plans, processes=arguments.processes, progress=progress)
    progress = Progress("tracking", stream=sys.stderr)
    result: dict[str, Any] = measure_films(films, arguments.methods, processes=arguments.processes, progress=progress)
    # Real people take longest: what is known of the films is kept before them.
    print(write_result("track", result), file=sys.stderr)
    if arguments.most:
        progress = Progress("real people", stream=sys.stderr)
        real = [name for name in arguments.methods if name != "true landmarks"]
        labels = read_closure_labels(LABELS)
        result["real"] = measure_real(arguments.data, real, most=arguments.most, labels=labels, progress=progress)
        print(write_result("track", result), file=sys.stderr)
    for rows in (method_rows(result), film_rows(result), condition_rows(result)):
        print_table(rows)
        print()
    if "real" in result:
        print_table(real_rows(result["real"]))


if __name__ == "__main__":
    main()
