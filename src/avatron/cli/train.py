"""`avatron train RECIPE [STAGE]`: load the training side, which needs torch, and run a recipe or one stage of it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

from avatron.cli.report import complain, print_json, print_table
from avatron.errors import InvalidValueError, MissingComponentError

__all__ = ["remarks_off", "run", "training_component"]

INTERRUPTED = 130


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    with training_component():
        from avatron.training import recipes
        from avatron.training.run import run as run_recipe
    if parsed.list:
        return _list(parsed.json)
    if parsed.recipe is None:
        raise InvalidValueError(f"no recipe is given; known: {', '.join(recipes.known_recipes())}, or a `PATH.py`")
    if parsed.data is None:
        raise InvalidValueError("no data is given; expected `--data CORPUS`, a folder that `avatron prepare` has made")
    out = Path(parsed.out) if parsed.out else Path("runs") / Path(parsed.recipe).stem
    try:
        with remarks_off(parsed.quiet):
            folder = run_recipe(
                parsed.recipe,
                Path(parsed.data),
                out,
                resume=parsed.resume,
                only=parsed.stage,
                threads=parsed.threads,
                overwrite=parsed.overwrite,
            )
    except KeyboardInterrupt:
        complain(f"interrupted; the checkpoints in `{out}` are kept: the same command with `--resume` goes on")
        return INTERRUPTED
    if parsed.json:
        print_json({"out": str(folder)})
    else:
        print(folder)
    return 0


def _list(as_json: bool) -> int:
    """The recipes that are found by name, with their stages."""
    from avatron.training import recipes

    found = {name: recipes.find_recipe(name) for name in recipes.known_recipes()}
    if as_json:
        print_json(
            [
                {"name": name, "description": recipe.description, "stages": [stage.name for stage in recipe.stages]}
                for name, recipe in found.items()
            ]
        )
        return 0
    rows = [("recipe", "stages", "makes")]
    for name, recipe in found.items():
        rows.append((name, " ".join(stage.name for stage in recipe.stages), recipe.description))
    print_table(rows)
    return 0


@contextmanager
def training_component() -> Iterator[None]:
    """Turns an import that is missing into the line that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == "avatron":
            raise
        raise MissingComponentError(
            f"training needs `{error.name}`, which is not installed; install it with "
            '`pip install torch==2.13.0 && pip install "avatron[train]"`'
        ) from None


@contextmanager
def remarks_off(quiet: bool) -> Iterator[None]:
    """With `quiet`, what the training side says on stderr goes nowhere; errors are raised, and said outside."""
    if not quiet:
        yield
        return
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        yield
    sys.stderr.flush()
