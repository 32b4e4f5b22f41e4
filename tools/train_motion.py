"""Trains and exports a learned animator: `python tools/train_motion.py RECIPE --clips FOLDER ... --run FOLDER`.

RECIPE is a Python file such as `recipes/motion/avatron.py`. A run that was stopped goes on with `--resume`;
`--only-export` writes the folder of a run that is done, or of the state that a run has reached.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path


def main() -> None:
    """Reads the command line, trains, exports."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    parser = argparse.ArgumentParser(description="train a learned animator")
    parser.add_argument("recipe", type=Path, help="Python file with a `MotionRecipe`")
    parser.add_argument("--clips", type=Path, nargs="+", help="folders of tools/build_motion_data.py")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, help="folder of the animator to write")
    parser.add_argument("--measured", type=Path, help="JSON with what was measured, for the card")
    parser.add_argument("--seed", type=int, help="another than the recipe's")
    parser.add_argument("--learning-rate", type=float, help="at its peak, another than the recipe's")
    parser.add_argument("--steps", type=int, help="how many, instead of the recipe's: a short search of learning rates")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--only-export", action="store_true", help="train no more")
    arguments = parser.parse_args()
    if not arguments.only_export and not arguments.clips:
        parser.error("give the folders of clips with --clips, or --only-export")

    from avatron.training.motion.export import export_decoder
    from avatron.training.motion.recipe import MotionRecipe
    from avatron.training.motion.run import train_decoder
    from avatron.training.recipes import find_recipe

    recipe = find_recipe(arguments.recipe, MotionRecipe)
    if arguments.seed is not None:
        recipe = replace(recipe, loop=replace(recipe.loop, seed=arguments.seed))
    if arguments.steps is not None:
        recipe = replace(recipe, loop=replace(recipe.loop, steps=arguments.steps))
    if arguments.learning_rate is not None:
        schedule = replace(recipe.stage.schedule, peak=arguments.learning_rate)
        recipe = replace(recipe, stage=replace(recipe.stage, schedule=schedule))
    if not arguments.only_export:
        train_decoder(recipe, arguments.clips, arguments.run, resume=arguments.resume)
    if arguments.out:
        measured = json.loads(arguments.measured.read_text(encoding="utf-8")) if arguments.measured else None
        export_decoder(recipe, arguments.run, arguments.out, measured, overwrite=True)


if __name__ == "__main__":
    main()
