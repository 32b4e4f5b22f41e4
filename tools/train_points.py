"""Trains and exports the point reader: `python tools/train_points.py --pictures FOLDER --run FOLDER [--out FOLDER]`.

A run that was stopped goes on with `--resume`; `--only-export` writes the folder of a run that is done, or of the state
that a run has reached.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

_RECIPE = Path(__file__).resolve().parent.parent / "recipes" / "tracking" / "points.py"


def main() -> None:
    """Reads the command line, trains, exports."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from avatron.training.points.recipe import PointRecipe
    from avatron.training.points.run import export_point_reader, train_point_reader
    from avatron.training.recipes import find_recipe

    parser = argparse.ArgumentParser(description="train the point reader")
    parser.add_argument("--recipe", type=Path, default=_RECIPE, help="Python file with a `PointRecipe`")
    parser.add_argument("--pictures", type=Path, help="folder of tools/build_face_pictures.py")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, help="folder of the point reader to write")
    parser.add_argument("--measured", type=Path, help="JSON with what was measured, for the card")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--only-export", action="store_true", help="train no more")
    arguments = parser.parse_args()
    recipe = find_recipe(arguments.recipe, PointRecipe)
    weights = arguments.run / "model.safetensors"
    if not arguments.only_export:
        weights = train_point_reader(recipe, arguments.pictures, arguments.run, resume=arguments.resume)
    if arguments.out:
        measured = json.loads(arguments.measured.read_text(encoding="utf-8")) if arguments.measured else None
        export_point_reader(recipe, weights, arguments.out, measured, overwrite=True)


if __name__ == "__main__":
    main()
